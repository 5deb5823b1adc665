/**
 * Layer 4. Samples to bytes.
 *
 * Sole writer of chunks. What it is given is the caller's own, so a misfit is a bug and fails an
 * assertion; bytes from outside never come this way.
 *
 * @module
 */

import { ByteWriter } from "../bytes/mod.ts";
import { crc32c, type Sha256 } from "../checksum/mod.ts";
import { codecByName, type Samples } from "../codec/mod.ts";
import { type ChunkHeader, writeChunkHeader } from "./chunk_header.ts";
import {
  chunkDigest,
  type ChunkIdentity,
  chunkSignatureMessage,
  samplesDigest,
} from "./digests.ts";
import { CRC_BYTES, HEADER_BYTES, SIGNATURE_BYTES } from "./layout.ts";

/** Everything that makes a chunk. */
export interface ChunkInput extends
  Omit<
    ChunkHeader,
    "signed" | "payloadByteLength" | "sampleDigest" | "parameterSetDigest"
  >,
  ChunkIdentity {
  /** Shape (channelCount, sampleCount), channel after channel, of the class that `kind` says. */
  readonly samples: Samples;
  /** Ed25519 under the device's key; 64 bytes. Absent in segments whose policy is "none". */
  readonly sign?: (message: Uint8Array) => Uint8Array;
}

/**
 * Encodes one chunk.
 *
 * @returns The whole chunk, and its digest: the `previousDigest` of the chunk after it. Equal input
 * gives equal bytes.
 * @throws {UnsupportedError} The codec is reserved and not in this build.
 */
export function encodeChunk(
  input: ChunkInput,
  sha256: Sha256,
): { bytes: Uint8Array<ArrayBuffer>; chunkDigest: Uint8Array } {
  const { kind, channelCount, sampleCount, samples, sign } = input;
  const payload = codecByName(input.codec).encode(samples, input);
  const header: ChunkHeader = {
    ...input,
    signed: sign !== undefined,
    payloadByteLength: payload.byteLength,
    sampleDigest: samplesDigest(kind, channelCount, sampleCount, samples, sha256),
    parameterSetDigest: null,
  };
  const digest = chunkDigest(header, input, sha256);
  const writer = new ByteWriter(
    HEADER_BYTES + payload.byteLength + SIGNATURE_BYTES + CRC_BYTES,
  );
  writeChunkHeader(writer, header);
  writer.bytes(payload);
  if (sign !== undefined) writer.fixed(sign(chunkSignatureMessage(digest)), SIGNATURE_BYTES);
  writer.u32(crc32c(writer.finish()));
  return { bytes: writer.finish(), chunkDigest: digest };
}
