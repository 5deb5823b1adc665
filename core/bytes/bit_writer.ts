/**
 * Layer 1. Bits into bytes, most significant bit first.
 *
 * Mirror of {@link BitReader}. The last byte is filled up with zero bits, and a reader insists on them,
 * so equal bits always have equal bytes.
 *
 * @module
 */

import { assert } from "../assert.ts";

/**
 * A growable run of bits.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { BitWriter } from "@wavekeep/core/bytes";
 *
 * const writer = new BitWriter();
 * writer.bits(0b101, 3);
 * writer.unary(4);
 * deepStrictEqual(writer.finish(), Uint8Array.of(0b1010_0001));
 * ```
 */
export class BitWriter {
  #view: DataView<ArrayBuffer>;
  /** Whole words already in the view, in bytes. */
  #byteLength = 0;
  /** The word being filled, from its top bit down. */
  #word = 0;
  /** Bits of `#word` still free, 1 to 32. */
  #free = 32;

  constructor(capacity = 4096) {
    this.#view = new DataView(new ArrayBuffer((capacity + 3) & ~3));
  }

  /** Bits written so far. */
  get bitLength(): number {
    return this.#byteLength * 8 + 32 - this.#free;
  }

  /** The low `width` bits of `value`, 0 to 32 of them. Bits of `value` above them must be zero. */
  bits(value: number, width: number): void {
    const free = this.#free;
    if (width < free) {
      this.#word |= value << (free - width);
      this.#free = free - width;
      return;
    }
    const spill = width - free;
    this.#pushWord(this.#word | (value >>> spill));
    this.#word = spill === 0 ? 0 : value << (32 - spill);
    this.#free = 32 - spill;
  }

  /** `count` zero bits and a one. */
  unary(count: number): void {
    let rest = count;
    while (rest >= 32) {
      this.bits(0, 32);
      rest -= 32;
    }
    this.bits(0, rest);
    this.bits(1, 1);
  }

  /** Fills the last byte with zero bits and returns all bytes as a fresh array. */
  finish(): Uint8Array<ArrayBuffer> {
    const byteLength = Math.ceil(this.bitLength / 8);
    assert(byteLength < 2 ** 29, `${byteLength} bytes of bits can be read again`);
    const bytes = new Uint8Array(this.#byteLength + 4);
    bytes.set(new Uint8Array(this.#view.buffer, 0, this.#byteLength));
    new DataView(bytes.buffer).setInt32(this.#byteLength, this.#word);
    assert(byteLength <= bytes.byteLength, "the last word holds the last bits");
    return bytes.slice(0, byteLength);
  }

  #pushWord(word: number): void {
    if (this.#byteLength + 4 > this.#view.byteLength) {
      const grown = new Uint8Array(Math.max(64, this.#view.byteLength * 2));
      grown.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(grown.buffer);
    }
    this.#view.setInt32(this.#byteLength, word);
    this.#byteLength += 4;
  }
}
