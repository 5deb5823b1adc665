/**
 * Layer 1. A cursor over bytes that cannot read past the end.
 *
 * Sole owner of bounds-checked little-endian reads. Every failure names the offset in the *whole*
 * input, also when the reader was opened in the middle of it. Hazard: {@link ByteReader.bytes} returns
 * a view, not a copy; keep it no longer than the input.
 *
 * @module
 */

import { CorruptInputError, TruncatedInputError } from "../error.ts";

/**
 * Reads integers, text and runs of bytes one after the other.
 *
 * @example
 * ```ts
 * import { strictEqual, throws } from "node:assert/strict";
 * import { ByteReader } from "@wavekeep/core/bytes";
 *
 * const reader = new ByteReader(Uint8Array.of(0x34, 0x12, 0xff), { what: "sample" });
 * strictEqual(reader.u16(), 0x1234);
 * throws(() => reader.u32(), /Cannot read 4 bytes of sample at offset 2: input ends at 3/);
 * ```
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #what: string;
  #offset: number;

  /**
   * @param bytes The whole input; offsets in errors count from its start.
   * @param options.offset Where to begin, 0 unless told.
   * @param options.end Where to stop, the end of `bytes` unless told; clipped to it.
   * @param options.what What is being read, for messages.
   */
  constructor(
    bytes: Uint8Array,
    options: { offset?: number; end?: number; what?: string } = {},
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = options.offset ?? 0;
    this.#end = Math.min(options.end ?? bytes.byteLength, bytes.byteLength);
    this.#what = options.what ?? "input";
  }

  /** Bytes from the start of the input. */
  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return Math.max(0, this.#end - this.#offset);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true);
  }

  /**
   * A u64 that a JavaScript number holds exactly.
   *
   * @throws {CorruptInputError} The value is 2^53 or more; no sample index of ours gets there.
   */
  u64Number(field: string): number {
    const offset = this.#offset;
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new CorruptInputError(
        `Cannot read ${field} of ${this.#what} at offset ${offset}: ${value} is 2^53 or more`,
        { offset, field },
      );
    }
    return Number(value);
  }

  /** The next `byteLength` bytes as a view into the input. */
  bytes(byteLength: number): Uint8Array {
    const start = this.#advance(byteLength);
    return this.#bytes.subarray(start, start + byteLength);
  }

  /**
   * Text as u16 byte length and UTF-8.
   *
   * @throws {CorruptInputError} The bytes are not well-formed UTF-8.
   */
  text16(field: string): string {
    const offset = this.#offset;
    const bytes = this.bytes(this.u16());
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new CorruptInputError(
        `Cannot read ${field} of ${this.#what} at offset ${offset}: not well-formed UTF-8`,
        { offset, field, cause },
      );
    }
  }

  /**
   * Accepts the end and nothing else.
   *
   * @throws {CorruptInputError} Bytes are left over.
   */
  expectEnd(): void {
    if (this.remaining > 0) {
      throw new CorruptInputError(
        `Cannot accept ${this.#what}: ${this.remaining} bytes follow its end at offset ${this.#offset}`,
        { offset: this.#offset, field: "trailing bytes" },
      );
    }
  }

  /** Moves past `byteLength` bytes and returns where they began. */
  #advance(byteLength: number): number {
    const start = this.#offset;
    if (!(byteLength <= this.#end - start)) {
      throw new TruncatedInputError(
        `Cannot read ${byteLength} bytes of ${this.#what} at offset ${start}: input ends at ${this.#end}`,
        { offset: start, neededBytes: byteLength, availableBytes: this.remaining },
      );
    }
    this.#offset = start + byteLength;
    return start;
  }
}
