/**
 * Testing. A second chunk decoder, written from FORMAT.md alone.
 *
 * Imports nothing of the product and shares no idea with it: bits are read one by one, sums are BigInt,
 * nothing is fast. What both decoders agree on is what the document says.
 *
 * @module
 */

/** Header fields that tests compare, and each sample's bits as an unsigned integer. */
export interface PlainChunk {
  readonly codec: number;
  readonly kind: number;
  readonly flags: number;
  readonly stream: number;
  readonly channelCount: number;
  readonly sequence: number;
  readonly firstSample: bigint;
  readonly sampleCount: number;
  readonly deviceTime: bigint;
  readonly monotonic: bigint;
  /** Shape (channelCount, sampleCount). */
  readonly sampleBits: bigint[];
}

interface Predictor {
  readonly coefficients: bigint[];
  readonly shift: bigint;
}

/** Decodes one chunk that is known to be whole; throws an Error on anything unexpected. */
export function decodeFromFormat(bytes: Uint8Array): PlainChunk {
  const le = (offset: number, width: number) => {
    let value = 0n;
    for (let i = width - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[offset + i]!);
    return value;
  };
  const number = (offset: number, width: number) => Number(le(offset, width));
  expect(String.fromCharCode(...bytes.subarray(0, 4)) === "WKC1" && bytes[4] === 1, "magic");
  const chunk = {
    codec: number(5, 1),
    kind: number(6, 1),
    flags: number(7, 1),
    stream: number(8, 2),
    channelCount: number(10, 2),
    sequence: number(12, 4),
    firstSample: le(16, 8),
    sampleCount: number(24, 4),
    deviceTime: BigInt.asIntN(64, le(32, 8)),
    monotonic: le(40, 8),
  };
  const payloadEnd = 160 + number(28, 4);
  const end = payloadEnd + (chunk.flags % 2 === 1 ? 64 : 0);
  expect(bytes.length === end + 4, "length");
  expect(checksum(bytes.subarray(0, end)) === number(end, 4), "checksum");
  const width = chunk.kind === 3 ? 8 : 4;
  const total = chunk.channelCount * chunk.sampleCount;
  if (chunk.codec === 0) {
    expect(payloadEnd === 160 + total * width, "payload length");
    const sampleBits = Array.from({ length: total }, (_, i) => le(160 + i * width, width));
    return { ...chunk, sampleBits };
  }
  expect(chunk.codec === 1, "codec");
  return { ...chunk, sampleBits: decodePredictive(bytes.subarray(160, payloadEnd), chunk) };
}

function decodePredictive(
  payload: Uint8Array,
  { kind, channelCount, sampleCount }: { kind: number; channelCount: number; sampleCount: number },
): bigint[] {
  const bits = new Bits(payload);
  const table: Predictor[] = [];
  for (let count = bits.take(4); count > 0n; count--) {
    const order = Number(bits.take(5)) + 1;
    const shift = bits.take(4);
    const width = Number(bits.take(4)) + 1;
    table.push({ shift, coefficients: Array.from({ length: order }, () => bits.signed(width)) });
  }
  const sampleBits: bigint[] = [];
  for (let channel = 0; channel < channelCount; channel++) {
    const form = kind === 1 ? -1 : Number(bits.take(5));
    const lane = readLane(bits, table, sampleCount);
    if (form === -1) sampleBits.push(...lane.map((value) => BigInt.asUintN(32, value)));
    else if (form > 0) sampleBits.push(...lane.map((value) => decimalBits(value, form - 1, kind)));
    else {
      const high = lane.map((value) =>
        BigInt.asUintN(32, value < 0n ? value ^ 0x7fffffffn : value)
      );
      if (kind === 2) sampleBits.push(...high);
      else {
        const low = readLane(bits, table, sampleCount);
        high.forEach((value, i) =>
          sampleBits.push(value * 2n ** 32n + BigInt.asUintN(32, low[i]!))
        );
      }
    }
  }
  bits.expectPadding();
  return sampleBits;
}

function readLane(bits: Bits, table: readonly Predictor[], length: number): bigint[] {
  const mode = bits.take(2);
  if (mode === 0n) return Array(length).fill(bits.signed(32));
  const low = bits.take(1) === 1n ? bits.take(5) : 0n;
  const finish = (lane: bigint[]) => lane.map((value) => BigInt.asIntN(32, value << low));
  if (mode === 1n) {
    const width = Number(bits.take(5)) + 1;
    return finish(Array.from({ length }, () => bits.signed(width)));
  }
  if (mode === 2n) {
    const order = Number(bits.take(3));
    const residuals = readResiduals(bits, length);
    const lane: bigint[] = [];
    residuals.forEach((residual, i) => {
      const x = (back: number) => lane[i - back]!;
      const e = i === 0 ? 0 : i >= order ? order : Math.min(i, 2);
      const prediction = e === 0
        ? 0n
        : e === 1
        ? x(1)
        : e === 2
        ? 2n * x(1) - x(2)
        : e === 3
        ? 3n * x(1) - 3n * x(2) + x(3)
        : 4n * x(1) - 6n * x(2) + 4n * x(3) - x(4);
      lane.push(BigInt.asIntN(32, prediction + residual));
    });
    return finish(lane);
  }
  let indexWidth = 0;
  while (2 ** indexWidth < table.length) indexWidth++;
  const { coefficients, shift } = table[Number(bits.take(indexWidth))]!;
  const isWide = bits.take(1) === 1n;
  const residuals = readResiduals(bits, length);
  const lane: bigint[] = [residuals[0]!];
  for (let i = 1; i < length; i++) {
    let sum = 0n;
    coefficients.forEach((c, j) => sum += c * lane[Math.max(0, i - 1 - j)]!);
    if (!isWide) sum = BigInt.asIntN(32, sum);
    lane.push(BigInt.asIntN(32, (sum >> shift) + residuals[i]!));
  }
  return finish(lane);
}

/** Sample 0 itself, then the residuals of the others. */
function readResiduals(bits: Bits, length: number): bigint[] {
  const residuals: bigint[] = [bits.signed(Number(bits.take(5)) + 1)];
  const partitions = 2 ** Number(bits.take(3));
  for (let j = 0; j < partitions; j++) {
    const start = Math.max(1, Math.floor(j * length / partitions));
    const end = Math.floor((j + 1) * length / partitions);
    const k = bits.take(5);
    const plainWidth = k === 31n ? Number(bits.take(6)) : 0;
    for (let i = start; i < end; i++) {
      const z = k === 31n ? bits.take(plainWidth) : readCode(bits, k);
      residuals.push(z % 2n === 0n ? z / 2n : -(z + 1n) / 2n);
    }
  }
  return residuals;
}

function readCode(bits: Bits, k: bigint): bigint {
  let quotient = 0n;
  while (quotient < 24n && bits.take(1) === 0n) quotient++;
  return quotient === 24n ? bits.take(32) : quotient * 2n ** k + bits.take(Number(k));
}

function decimalBits(value: bigint, decimals: number, kind: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  const number = Number(value) / Number("1e" + decimals);
  if (kind === 2) {
    view.setFloat32(0, number);
    return BigInt(view.getUint32(0));
  }
  view.setFloat64(0, number);
  return view.getBigUint64(0);
}

function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The payload as text of zeros and ones. */
class Bits {
  readonly #text: string;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#text = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  }

  take(width: number): bigint {
    if (width === 0) return 0n;
    const piece = this.#text.slice(this.#position, this.#position + width);
    expect(piece.length === width, "bits");
    this.#position += width;
    return BigInt("0b" + piece);
  }

  signed(width: number): bigint {
    return BigInt.asIntN(width, this.take(width));
  }

  expectPadding(): void {
    expect(/^0{0,7}$/.test(this.#text.slice(this.#position)), "padding");
  }
}

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Cannot decode from FORMAT.md: ${what}`);
}
