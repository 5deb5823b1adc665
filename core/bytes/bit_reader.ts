/**
 * Layer 1. Bits out of bytes, most significant bit first.
 *
 * Mirror of {@link BitWriter}; bounds-checked like {@link ByteReader}. Hazard: `words` and `position` are
 * public so that an entropy decoder can keep them in local variables through its inner loop; whoever
 * moves `position` must check it against `bitLength` before believing what was read.
 *
 * @module
 */

import { CorruptInputError, LimitExceededError, TruncatedInputError } from "../error.ts";

/** Longest input: its bit positions still fit 32 bits, which the arithmetic on words relies on. */
export const BIT_READER_BYTES_MAX = 2 ** 29 - 1;

/**
 * A cursor over bits.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { BitReader } from "@wavekeep/core/bytes";
 *
 * const reader = new BitReader(Uint8Array.of(0b1010_0001));
 * strictEqual(reader.bits(3), 0b101);
 * strictEqual(reader.unary(10), 4);
 * reader.expectEnd();
 * ```
 */
export class BitReader {
  /** The bits as big-endian words, with two words of zeros behind, so a peek never leaves the array. */
  readonly words: Int32Array;
  readonly bitLength: number;
  /** The next bit to read. */
  position = 0;

  /** @throws {LimitExceededError} More than {@link BIT_READER_BYTES_MAX} bytes. */
  constructor(bytes: Uint8Array) {
    if (bytes.byteLength > BIT_READER_BYTES_MAX) {
      throw new LimitExceededError(
        `Cannot read bits of ${bytes.byteLength} bytes: limit is ${BIT_READER_BYTES_MAX}`,
        { limit: BIT_READER_BYTES_MAX, actual: bytes.byteLength },
      );
    }
    const wordCount = bytes.byteLength >>> 2;
    const words = new Int32Array(wordCount + 3);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < wordCount; i++) words[i] = view.getInt32(4 * i);
    for (let i = 4 * wordCount; i < bytes.byteLength; i++) {
      words[wordCount] = words[wordCount]! | bytes[i]! << (24 - 8 * (i & 3));
    }
    this.words = words;
    this.bitLength = bytes.byteLength * 8;
  }

  /** The next `width` bits, 0 to 32, as an unsigned number. */
  bits(width: number): number {
    this.need(width);
    const value = width === 0 ? 0 : this.#peek32() >>> (32 - width);
    this.position += width;
    return value;
  }

  /** The next `width` bits, 1 to 32, as a two's complement number. */
  signedBits(width: number): number {
    return (this.bits(width) << (32 - width)) >> (32 - width);
  }

  /**
   * Counts zero bits up to the next one and moves past it.
   *
   * @throws {CorruptInputError} More than `max` zeros.
   */
  unary(max: number): number {
    let count = 0;
    for (;;) {
      this.need(1);
      const zeros = Math.clz32(this.#peek32());
      const left = this.bitLength - this.position;
      if (zeros < 32 && zeros < left) {
        count += zeros;
        this.position += zeros + 1;
        if (count <= max) return count;
      } else {
        count += Math.min(32, left);
        this.position += Math.min(32, left);
      }
      if (count > max) {
        throw new CorruptInputError(
          `Cannot read unary count ending at bit ${this.position}: more than ${max} zeros`,
          { offset: this.position >>> 3, field: "unary" },
        );
      }
    }
  }

  /** @throws {TruncatedInputError} Fewer than `width` bits are left. */
  need(width: number): void {
    if (this.position + width > this.bitLength) throw this.#truncated(width);
  }

  /**
   * Accepts up to seven zero bits of padding and nothing else.
   *
   * @throws {CorruptInputError} More bits are left, or one of them is set.
   */
  expectEnd(): void {
    const left = this.bitLength - this.position;
    if (left < 0) throw this.#truncated(0);
    if (left >= 8 || (left > 0 && this.#peek32() >>> (32 - left) !== 0)) {
      throw new CorruptInputError(
        `Cannot accept bits: ${left} follow the last one wanted, at bit ${this.position}`,
        { offset: this.position >>> 3, field: "padding" },
      );
    }
  }

  #peek32(): number {
    const word = this.position >>> 5;
    const shift = this.position & 31;
    return (this.words[word]! << shift) | (this.words[word + 1]! >>> 1 >>> (31 - shift));
  }

  #truncated(width: number): TruncatedInputError {
    return new TruncatedInputError(
      `Cannot read ${width} bits at bit ${this.position}: input ends at bit ${this.bitLength}`,
      {
        offset: this.position >>> 3,
        neededBytes: Math.ceil((this.position + width) / 8) - (this.position >>> 3),
        availableBytes: Math.max(0, (this.bitLength >>> 3) - (this.position >>> 3)),
      },
    );
  }
}
