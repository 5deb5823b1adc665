/**
 * Layer 4. The cheap check: frame, length and CRC-32C of one chunk.
 *
 * The checksum is compared before any header field is believed, so an accident anywhere is reported as
 * one, and not as an unknown codec. It proves nothing against an adversary; the digests do.
 *
 * @module
 */

import { ByteReader } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { ChecksumMismatchError } from "../error.ts";
import { type ChunkHeader, readChunkHeader } from "./chunk_header.ts";
import { chunkByteLength, CRC_BYTES, HEADER_BYTES, SIGNATURE_BYTES } from "./layout.ts";

/**
 * Checks length and CRC-32C of one whole chunk, and reads its header. Samples are not decoded.
 *
 * @throws {TruncatedInputError} `bytes` ends early.
 * @throws {ChecksumMismatchError} The bytes do not match the CRC-32C at their end.
 * @throws {CorruptInputError} Bytes follow the chunk, or a field is outside its range.
 * @throws {UnsupportedError} The format version or codec id is newer than this build.
 */
export function verifyChecksum(
  bytes: Uint8Array,
): ChunkHeader & { readonly byteLength: number } {
  checkedBytes(bytes, chunkByteLength(bytes), "chunk");
  return readChunkHeader(bytes);
}

/**
 * The bytes of a record before the CRC-32C that ends it.
 *
 * @param byteLength Of the whole record, which is all that `bytes` may hold.
 * @throws {TruncatedInputError | CorruptInputError | ChecksumMismatchError}
 */
export function checkedBytes(bytes: Uint8Array, byteLength: number, what: string): Uint8Array {
  const reader = new ByteReader(bytes, { what });
  const covered = reader.bytes(byteLength - CRC_BYTES);
  const expected = reader.u32();
  reader.expectEnd();
  const actual = crc32c(covered);
  if (actual !== expected) {
    throw new ChecksumMismatchError(
      `Cannot accept ${what}: CRC-32C is ${hex32(actual)}, its end says ${hex32(expected)}`,
      { expected: hex32(expected), actual: hex32(actual) },
    );
  }
  return covered;
}

/** The payload of a whole chunk, as a view. */
export function chunkPayload(bytes: Uint8Array, header: ChunkHeader): Uint8Array {
  return bytes.subarray(HEADER_BYTES, HEADER_BYTES + header.payloadByteLength);
}

/** The signature of a whole chunk, as a view, or undefined when it is not signed. */
export function chunkSignature(bytes: Uint8Array, header: ChunkHeader): Uint8Array | undefined {
  if (!header.signed) return undefined;
  const start = HEADER_BYTES + header.payloadByteLength;
  return bytes.subarray(start, start + SIGNATURE_BYTES);
}

function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
