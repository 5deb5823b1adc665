/**
 * Layer 5. The rows of `leaves.bin`: entries of the log, and what opens them.
 *
 * @see core/proof/FORMAT.md, "leaves.bin"
 * @module
 */

import { ByteReader, ByteWriter } from "../bytes/mod.ts";
import { CorruptInputError } from "../error.ts";
import { LEAF_SALT_BYTES, type LeafOpening, LOG_ENTRY_BYTES } from "../log/mod.ts";
import type { FrontToBack } from "./bundle_source.ts";

/** One leaf of a recording. */
export interface LeafRow {
  /** Where it is in the log. */
  readonly index: number;
  /** 56 bytes, as the log publishes them. */
  readonly entry: Uint8Array;
  /** Undefined for what was erased. */
  readonly opening: LeafOpening | undefined;
}

const HEAD_BYTES = 8 + LOG_ENTRY_BYTES + 4;

/** An opening is a salt and a content; the largest content is an erasure of 65,535 ranges. */
const OPENING_BYTES_MAX = 2 * 1024 * 1024;

/** The bytes of a row. */
export function encodeLeafRow({ index, entry, opening }: LeafRow): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(256).u64(index).fixed(entry, LOG_ENTRY_BYTES);
  if (opening === undefined) return writer.u32(0).finish();
  writer.u32(LEAF_SALT_BYTES + opening.content.byteLength);
  return writer.fixed(opening.salt, LEAF_SALT_BYTES).bytes(opening.content).finish();
}

/**
 * The next row. Its arrays are its own.
 *
 * @throws {TruncatedInputError} The file ends within it.
 * @throws {CorruptInputError} An opening that is too short or too long.
 */
export async function readLeafRow(file: FrontToBack): Promise<LeafRow> {
  const head = new ByteReader((await file.take(HEAD_BYTES)).slice(), { what: "leaf row" });
  const index = head.u64Number("leaf index");
  const entry = head.bytes(LOG_ENTRY_BYTES);
  const openingBytes = head.u32();
  if (openingBytes === 0) return { index, entry, opening: undefined };
  if (openingBytes <= LEAF_SALT_BYTES || openingBytes > OPENING_BYTES_MAX) {
    throw new CorruptInputError(
      `Cannot read leaf ${index}: its opening has ${openingBytes} bytes`,
      {
        field: "opening",
      },
    );
  }
  const bytes = (await file.take(openingBytes)).slice();
  return {
    index,
    entry,
    opening: {
      salt: bytes.subarray(0, LEAF_SALT_BYTES),
      content: bytes.subarray(LEAF_SALT_BYTES),
    },
  };
}
