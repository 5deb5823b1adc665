/**
 * The records of a .wkc file, one after the other, from any byte source.
 *
 * Memory is one record. A length that the file cannot hold is refused before anything is allocated.
 *
 * @module
 */

import { chunkByteLength, CRC_BYTES, HEADER_BYTES } from "@wavekeep/core/chunk";
import { type ByteSource, readExactly } from "@wavekeep/core/edf";
import { CorruptInputError, isCoreError, TruncatedInputError } from "@wavekeep/core/error";
import { FILE_CRC_BYTES, FILE_HEAD_BYTES } from "./wkc_header.ts";

export type WkcRecordKind = "file" | "parameter-set" | "chunk";

export interface WkcRecord {
  readonly kind: WkcRecordKind;
  /** From the start of the file. */
  readonly offset: number;
  /** Magic to checksum. */
  readonly bytes: Uint8Array;
}

const KINDS: ReadonlyMap<string, WkcRecordKind> = new Map([
  ["WKF1", "file"],
  ["WKP1", "parameter-set"],
  ["WKC1", "chunk"],
]);

/**
 * Every record in order. Only frames are read, nothing is verified.
 *
 * @throws {TruncatedInputError} The file ends inside a record; the ones before were given.
 * @throws {CorruptInputError} Something else stands where a record should begin.
 */
export async function* readWkcRecords(source: ByteSource): AsyncIterable<WkcRecord> {
  for (let offset = 0; offset < source.byteLength;) {
    const available = source.byteLength - offset;
    const head = await source.read(offset, Math.min(HEADER_BYTES, available));
    const kind = KINDS.get(String.fromCharCode(...head.subarray(0, 4)));
    if (kind === undefined) {
      throw new CorruptInputError(
        `Cannot read .wkc file: no record begins at offset ${offset}`,
        { offset, field: "magic" },
      );
    }
    const byteLength = kind === "chunk"
      ? chunkLengthAt(head, offset)
      : framedLengthAt(head, offset);
    if (byteLength > available) throw truncated(offset, byteLength, available);
    yield {
      kind,
      offset,
      bytes: await readExactly(source, { offset, byteLength }, `record at offset ${offset}`),
    };
    offset += byteLength;
  }
}

function chunkLengthAt(head: Uint8Array, offset: number): number {
  try {
    return chunkByteLength(head);
  } catch (error) {
    if (!isCoreError(error, "TruncatedInputError")) throw error;
    throw truncated(offset, HEADER_BYTES + CRC_BYTES, head.byteLength);
  }
}

/** The frame that file headers and parameter sets share. */
function framedLengthAt(head: Uint8Array, offset: number): number {
  if (head.byteLength < FILE_HEAD_BYTES) {
    throw truncated(offset, FILE_HEAD_BYTES + FILE_CRC_BYTES, head.byteLength);
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return FILE_HEAD_BYTES + view.getUint32(FILE_HEAD_BYTES - 4, true) + FILE_CRC_BYTES;
}

function truncated(offset: number, neededBytes: number, availableBytes: number) {
  return new TruncatedInputError(
    `Cannot read .wkc file: the record at offset ${offset} has ${neededBytes} bytes or more, the ` +
      `file has ${availableBytes} there`,
    { offset, neededBytes, availableBytes },
  );
}
