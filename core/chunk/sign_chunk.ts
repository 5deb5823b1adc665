/**
 * Layer 4. A signature put into a chunk that is already made.
 *
 * A signature is not part of a chunk's identity, so the same chunk may travel with one or without, and
 * a device decides which chunk ends a run when the run goes, not when the chunk was captured.
 *
 * @see core/chunk/FORMAT.md, "Signatures"
 * @module
 */

import { assert } from "../assert.ts";
import { ByteWriter } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { readChunkHeader } from "./chunk_header.ts";
import { CRC_BYTES, FLAG_SIGNED, FLAGS_OFFSET, SIGNATURE_BYTES } from "./layout.ts";

/**
 * The same chunk with a signature, which an earlier one makes way for.
 *
 * @param chunk The whole chunk; its checksum is not looked at.
 * @param signature 64 bytes over {@link chunkSignatureMessage} of the chunk's digest.
 * @returns Fresh bytes with a checksum of their own; the chunk digest is that of `chunk`.
 */
export function withSignature(chunk: Uint8Array, signature: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = readChunkHeader(chunk);
  assert(header.byteLength === chunk.byteLength, "one whole chunk is signed");
  const unsignedBytes = chunk.byteLength - CRC_BYTES - (header.signed ? SIGNATURE_BYTES : 0);
  const writer = new ByteWriter(unsignedBytes + SIGNATURE_BYTES + CRC_BYTES);
  writer.bytes(chunk.subarray(0, FLAGS_OFFSET)).u8(chunk[FLAGS_OFFSET]! | FLAG_SIGNED);
  writer.bytes(chunk.subarray(FLAGS_OFFSET + 1, unsignedBytes));
  writer.fixed(signature, SIGNATURE_BYTES);
  writer.u32(crc32c(writer.finish()));
  return writer.finish();
}
