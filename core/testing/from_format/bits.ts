/**
 * Testing. Bits as FORMAT.md writes them, one by one, for the second decoder and the second encoder.
 *
 * Imports nothing of the product. Text of zeros and ones instead of shifts and masks: nothing here can
 * share a mistake with the product's readers.
 *
 * @module
 */

/** The input breaks a rule of FORMAT.md. Any other error of the second decoder is a mistake of ours. */
export class PlainRefusal extends Error {
  override readonly name = "PlainRefusal";

  constructor(what: string) {
    super(`Cannot decode from FORMAT.md: ${what}`);
  }
}

/** Throws a {@link PlainRefusal} unless the condition holds. */
export function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new PlainRefusal(what);
}

/** Bytes read as text of zeros and ones. */
export class Bits {
  readonly #text: string;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#text = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  }

  /** Bytes that the bits taken so far reach into. */
  get bytesReached(): number {
    return Math.ceil(this.#position / 8);
  }

  take(width: number): bigint {
    if (width === 0) return 0n;
    const piece = this.#text.slice(this.#position, this.#position + width);
    expect(piece.length === width, "bits");
    this.#position += width;
    return BigInt("0b" + piece);
  }

  number(width: number): number {
    return Number(this.take(width));
  }

  signed(width: number): bigint {
    return BigInt.asIntN(width, this.take(width));
  }

  /** `code` of "Residuals". */
  code(k: number): bigint {
    let quotient = 0n;
    while (quotient < 24n && this.take(1) === 0n) quotient++;
    if (quotient < 24n) return quotient * 2n ** BigInt(k) + this.take(k);
    const z = this.take(32);
    expect(z / 2n ** BigInt(k) >= 24n, "escape of a small quotient");
    return z;
  }

  /** Zero bits to the byte. */
  align(): void {
    while (this.#position % 8 !== 0) expect(this.take(1) === 0n, "padding");
  }

  /** Zero bits to the byte, and nothing behind them. */
  end(): void {
    this.align();
    expect(this.#position === this.#text.length, "bytes behind the end");
  }
}

/** Text of zeros and ones that becomes bytes. */
export class BitText {
  readonly #pieces: string[] = [];

  put(value: number | bigint, width: number): this {
    if (width === 0) return this;
    const piece = BigInt(value).toString(2).padStart(width, "0");
    if (piece.length !== width || BigInt(value) < 0n) throw new Error(`${value} in ${width} bits`);
    this.#pieces.push(piece);
    return this;
  }

  signed(value: number | bigint, width: number): this {
    return this.put(BigInt.asUintN(width, BigInt(value)), width);
  }

  code(z: number | bigint, k: number): this {
    const quotient = BigInt(z) / 2n ** BigInt(k);
    if (quotient >= 24n) return this.put(0, 24).put(z, 32);
    return this.put(1, Number(quotient) + 1).put(BigInt(z) % 2n ** BigInt(k), k);
  }

  /** Fills the last byte with zero bits. */
  bytes(): number[] {
    const text = this.#pieces.join("");
    const bytes: number[] = [];
    for (let i = 0; i < text.length; i += 8) {
      bytes.push(Number("0b" + text.slice(i, i + 8).padEnd(8, "0")));
    }
    return bytes;
  }
}

/** z of a signed integer: 0, 1, 2, 3 are 0, −1, 1, −2. */
export function zigzagOf(value: bigint): bigint {
  return value >= 0n ? 2n * value : -2n * value - 1n;
}

/** The signed integer of z. */
export function valueOf(z: bigint): bigint {
  return z % 2n === 0n ? z / 2n : -(z + 1n) / 2n;
}

/** ⌈log2 n⌉ of n ≥ 1. */
export function bitsFor(n: number): number {
  let width = 0;
  while (2 ** width < n) width++;
  return width;
}
