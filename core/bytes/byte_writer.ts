/**
 * Layer 1. A growable buffer with the writes that mirror {@link ByteReader}.
 *
 * Sole owner of little-endian writes. A value that does not fit its field is a bug of the caller and
 * fails an assertion; nothing is ever cut silently.
 *
 * @module
 */

import { assert } from "../assert.ts";

const I64_MIN = -(2n ** 63n);
const I64_END = 2n ** 63n;
const U64_END = 2n ** 64n;
const ASCII = /^[\0-\x7f]*$/;

/**
 * Collects bytes; {@link ByteWriter.finish} hands them over.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { ByteWriter } from "@wavekeep/core/bytes";
 *
 * const bytes = new ByteWriter().u16(0x1234).text16("µV").finish();
 * deepStrictEqual(bytes, Uint8Array.of(0x34, 0x12, 3, 0, 0xc2, 0xb5, 0x56));
 * ```
 */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get byteLength(): number {
    return this.#length;
  }

  u8(value: number): this {
    assertInteger(value, 0, 0xff);
    const at = this.#advance(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    assertInteger(value, 0, 0xffff);
    const at = this.#advance(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    assertInteger(value, 0, 0xffffffff);
    const at = this.#advance(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  i32(value: number): this {
    assertInteger(value, -0x80000000, 0x7fffffff);
    const at = this.#advance(4);
    this.#view.setInt32(at, value, true);
    return this;
  }

  u64(value: bigint | number): this {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) {
      const at = this.#advance(8);
      this.#view.setUint32(at, value >>> 0, true);
      this.#view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
      return this;
    }
    const wide = BigInt(value);
    // Messages only where they are needed: a number as text costs more than writing it.
    if (wide < 0n || wide >= U64_END) assert(false, `${wide} fits a u64`);
    const at = this.#advance(8);
    this.#view.setBigUint64(at, wide, true);
    return this;
  }

  i64(value: bigint): this {
    if (value < I64_MIN || value >= I64_END) assert(false, `${value} fits an i64`);
    const at = this.#advance(8);
    this.#view.setBigInt64(at, value, true);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#advance(bytes.byteLength);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Exactly `byteLength` bytes: a digest, an id, a key. */
  fixed(bytes: Uint8Array, byteLength: number): this {
    if (bytes.byteLength !== byteLength) {
      assert(false, `${bytes.byteLength} bytes are ${byteLength}`);
    }
    return this.bytes(bytes);
  }

  zeros(byteLength: number): this {
    const at = this.#advance(byteLength);
    this.#bytes.fill(0, at, at + byteLength);
    return this;
  }

  /** Text as u16 byte length and UTF-8. */
  text16(text: string): this {
    if (!ASCII.test(text)) {
      const encoded = new TextEncoder().encode(text);
      return this.u16(encoded.byteLength).bytes(encoded);
    }
    // Nearly all are short and ASCII, which needs no encoder and no call out of the engine.
    this.u16(text.length);
    const at = this.#advance(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[at + i] = text.charCodeAt(i);
    return this;
  }

  /** Forgets what was written and keeps the memory; views of it will change. */
  reset(): this {
    this.#length = 0;
    return this;
  }

  /** The bytes written so far, as a view that later writes may change or abandon. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /**
   * Makes room for `byteLength` bytes and returns where they begin. Hazard: it may replace the buffer, so
   * it is called before `#bytes` or `#view` is looked at.
   */
  #advance(byteLength: number): number {
    const start = this.#length;
    const end = start + byteLength;
    if (end > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.byteLength * 2));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = end;
    return start;
  }
}

function assertInteger(value: number, min: number, max: number): void {
  if (Number.isInteger(value) && min <= value && value <= max) return;
  assert(false, `${value} is an integer from ${min} to ${max}`);
}
