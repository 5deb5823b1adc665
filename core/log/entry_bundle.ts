/**
 * Layer 2. Bundles of entries: what the leaves of a tile of level 0 are hashes of.
 *
 * Sole owner of the byte form. The one place of Wavekeep with big-endian lengths: the format is C2SP's.
 *
 * @see https://c2sp.org/tlog-tiles, "Log entries"
 * @module
 */

import { assert } from "../assert.ts";
import { ByteReader, ByteWriter } from "../bytes/mod.ts";
import { TILE_WIDTH } from "./tile.ts";

/** The longest entry that a bundle can hold. */
export const ENTRY_BYTES_MAX = 0xffff;

/**
 * The bytes of a bundle: for each entry its length as big-endian u16, then the entry.
 *
 * @param entries 1 to 256, each of up to 65,535 bytes.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { decodeEntryBundle, encodeEntryBundle } from "@wavekeep/core/log";
 *
 * const bundle = encodeEntryBundle([Uint8Array.of(7), Uint8Array.of()]);
 * deepStrictEqual(bundle, Uint8Array.of(0, 1, 7, 0, 0));
 * deepStrictEqual(decodeEntryBundle(bundle, 2), [Uint8Array.of(7), Uint8Array.of()]);
 * ```
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  assert(1 <= entries.length && entries.length <= TILE_WIDTH, `${entries.length} entries fit`);
  const writer = new ByteWriter(entries.length * 64);
  for (const entry of entries) {
    assert(entry.byteLength <= ENTRY_BYTES_MAX, `${entry.byteLength} bytes fit a bundle`);
    writer.u8(entry.byteLength >>> 8).u8(entry.byteLength & 0xff).bytes(entry);
  }
  return writer.finish();
}

/**
 * The entries of a bundle, as views into `bytes`.
 *
 * @param width How many entries the bundle's path says: 1 to 256.
 * @throws {TruncatedInputError} `bytes` ends early.
 * @throws {CorruptInputError} Bytes are left over.
 */
export function decodeEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  assert(1 <= width && width <= TILE_WIDTH, `${width} is the width of a bundle`);
  const reader = new ByteReader(bytes, { what: "entry bundle" });
  const entries = Array.from({ length: width }, () => {
    const byteLength = reader.u8() * 0x100 + reader.u8();
    return reader.bytes(byteLength);
  });
  reader.expectEnd();
  return entries;
}
