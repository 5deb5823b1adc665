/**
 * Layer 4. A body, an answer or a file of records into its records: chunks and parameter sets.
 *
 * @see core/chunk/FORMAT.md, "Bodies and files"
 * @module
 */

import { ByteReader } from "../bytes/mod.ts";
import { chunkByteLength } from "./layout.ts";
import { PARAMETER_SET_MAGIC, parameterSetRecordByteLength } from "./parameter_set_record.ts";

/** One record of a concatenation, undoubted: `bytes` is a view of it, frame included. */
export interface FramedRecord {
  readonly kind: "chunk" | "parameter-set";
  readonly bytes: Uint8Array;
}

/** Where the magics of the two kinds differ. */
const KIND_OFFSET = 2;

/**
 * Yields each record in order. Only frames are read, nothing is verified.
 *
 * @throws {TruncatedInputError} The last record is not whole; the ones before were yielded.
 * @throws {CorruptInputError} Something that is no record stands between or behind them.
 * @throws {UnsupportedError} A record of a newer format version.
 * @throws {LimitExceededError} A parameter set that is declared larger than a set may be.
 */
export function* splitRecords(bytes: Uint8Array): Iterable<FramedRecord> {
  for (let offset = 0; offset < bytes.byteLength;) {
    const record = recordAt(bytes, offset);
    yield record;
    offset += record.bytes.byteLength;
  }
}

/** The record that begins at `offset`; throws as {@link splitRecords}. */
export function recordAt(bytes: Uint8Array, offset: number): FramedRecord {
  const isSet = bytes[offset + KIND_OFFSET] === PARAMETER_SET_MAGIC[KIND_OFFSET];
  const byteLength = isSet
    ? parameterSetRecordByteLength(bytes, offset)
    : chunkByteLength(bytes, offset);
  const kind = isSet ? "parameter-set" : "chunk";
  return { kind, bytes: new ByteReader(bytes, { offset, what: kind }).bytes(byteLength) };
}
