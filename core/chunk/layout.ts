/**
 * Layer 4. Offsets and widths of the chunk, version 1.
 *
 * Sole owner of these numbers; FORMAT.md is the authority and this file obeys it. The relations between
 * them are asserted when the module loads.
 *
 * @see core/chunk/FORMAT.md, "The chunk"
 * @module
 */

import { assert } from "../assert.ts";
import { formatHex } from "../bytes/mod.ts";
import { CorruptInputError, TruncatedInputError, UnsupportedError } from "../error.ts";

/** `WKC1` */
export const CHUNK_MAGIC: readonly number[] = [0x57, 0x4b, 0x43, 0x31];
export const CHUNK_VERSION = 1;

export const HEADER_BYTES = 160;
export const SIGNATURE_BYTES = 64;
export const CRC_BYTES = 4;
export const SEGMENT_ID_BYTES = 16;
export const DIGEST_BYTES = 32;

/** Name, offset and width in bytes of every header field, in order. */
export const HEADER_FIELDS = [
  ["magic", 0, 4],
  ["version", 4, 1],
  ["codec", 5, 1],
  ["kind", 6, 1],
  ["flags", 7, 1],
  ["stream", 8, 2],
  ["channel count", 10, 2],
  ["sequence", 12, 4],
  ["first sample", 16, 8],
  ["sample count", 24, 4],
  ["payload length", 28, 4],
  ["device time", 32, 8],
  ["monotonic", 40, 8],
  ["segment id", 48, SEGMENT_ID_BYTES],
  ["previous digest", 64, DIGEST_BYTES],
  ["sample digest", 96, DIGEST_BYTES],
  ["parameter-set digest", 128, DIGEST_BYTES],
] as const;

/** Bit 0 of the flags: a signature follows the payload. */
export const FLAG_SIGNED = 1;
/** Bits 1 and 2 of the flags: the clock. */
export const FLAG_CLOCK_SHIFT = 1;
/** Bits 3 to 7 are zero in version 1. */
export const FLAGS_KNOWN = 0b0000_0111;

/** The device time that means "none". */
export const NO_TIME = -(2n ** 63n);

const VERSION_OFFSET = 4;
export const FLAGS_OFFSET = 7;
const PAYLOAD_LENGTH_OFFSET = 28;

let end = 0;
for (const [name, offset, width] of HEADER_FIELDS) {
  assert(offset === end, `${name} starts where the field before ends`);
  end = offset + width;
}
assert(end === HEADER_BYTES, "the fields fill the header");

/**
 * Byte length of the chunk that begins at `offset`, from its magic, version, flags and payload length.
 *
 * Nothing else is looked at: this is what a reader needs to find the checksum and the next chunk. The
 * whole chunk need not be there; at least its header must.
 *
 * @throws {TruncatedInputError} The header is not complete.
 * @throws {CorruptInputError} There is no chunk at `offset`.
 * @throws {UnsupportedError} The format version is not 1.
 */
export function chunkByteLength(bytes: Uint8Array, offset = 0): number {
  const availableBytes = bytes.byteLength - offset;
  for (let i = 0; i < CHUNK_MAGIC.length && i < availableBytes; i++) {
    if (bytes[offset + i] !== CHUNK_MAGIC[i]) {
      const found = formatHex(bytes.subarray(offset, offset + CHUNK_MAGIC.length));
      throw new CorruptInputError(
        `Cannot read chunk at offset ${offset}: magic is 0x${found}, must be 0x${
          formatHex(Uint8Array.from(CHUNK_MAGIC))
        }`,
        { offset, field: "magic" },
      );
    }
  }
  if (availableBytes < HEADER_BYTES) {
    throw new TruncatedInputError(
      `Cannot read chunk header at offset ${offset}: ${HEADER_BYTES} bytes wanted, ${availableBytes} there`,
      { offset, neededBytes: HEADER_BYTES, availableBytes },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_BYTES);
  const version = view.getUint8(VERSION_OFFSET);
  if (version !== CHUNK_VERSION) {
    throw new UnsupportedError(
      `Cannot read chunk at offset ${offset}: format version is ${version}, this build knows ${CHUNK_VERSION}`,
      { feature: "chunk version", value: version },
    );
  }
  const signed = (view.getUint8(FLAGS_OFFSET) & FLAG_SIGNED) !== 0;
  const payloadByteLength = view.getUint32(PAYLOAD_LENGTH_OFFSET, true);
  return HEADER_BYTES + payloadByteLength + (signed ? SIGNATURE_BYTES : 0) + CRC_BYTES;
}
