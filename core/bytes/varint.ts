/**
 * Layer 1. Unsigned LEB128 with one spelling for each value.
 *
 * At most five bytes, at most 2^32 − 1, and no padding: `80 00` is corruption, because two spellings of
 * one value would let equal content have different bytes.
 *
 * @module
 */

import { CorruptInputError } from "../error.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";

/**
 * @param value A u32.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { ByteReader, ByteWriter, readVarint, writeVarint } from "@wavekeep/core/bytes";
 *
 * const writer = new ByteWriter();
 * writeVarint(writer, 300);
 * deepStrictEqual(writer.finish(), Uint8Array.of(0xac, 0x02));
 * strictEqual(readVarint(new ByteReader(writer.finish())), 300);
 * ```
 */
export function writeVarint(writer: ByteWriter, value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    writer.u8((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  writer.u8(rest);
}

/**
 * @throws {CorruptInputError} Above 2^32 − 1, or padded with a last byte of zero.
 * @throws {TruncatedInputError} The input ends inside it.
 */
export function readVarint(reader: ByteReader): number {
  const offset = reader.offset;
  let value = 0;
  for (let i = 0, unit = 1; i < 5; i++, unit *= 128) {
    const byte = reader.u8();
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) {
      if (value > 0xffffffff || (i > 0 && byte === 0)) break;
      return value;
    }
  }
  throw new CorruptInputError(
    `Cannot read varint at offset ${offset}: above 2^32 - 1 or padded`,
    { offset, field: "varint" },
  );
}
