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
import { codecByName, type EncodedPayload, type Samples } from "../codec/mod.ts";
import { type ChunkHeader, writeChunkHeader } from "./chunk_header.ts";
import {
  chunkDigest,
  type ChunkIdentity,
  chunkSignatureMessage,
  samplesDigest,
} from "./digests.ts";
import { CRC_BYTES, HEADER_BYTES, SIGNATURE_BYTES } from "./layout.ts";
import { parameterSetDigest } from "./parameter_set_record.ts";

/** Everything that makes a chunk, but for its coding. */
export interface ChunkFields extends
  Omit<
    ChunkHeader,
    "codec" | "signed" | "payloadByteLength" | "sampleDigest" | "parameterSetDigest"
  >,
  ChunkIdentity {
  /** Shape (channelCount, sampleCount), channel after channel, of the class that `kind` says. */
  readonly samples: Samples;
  /** Ed25519 under the device's key; 64 bytes. Absent in segments whose policy is "none". */
  readonly sign?: (message: Uint8Array) => Uint8Array;
}

/** A chunk to be coded by a codec that needs no parameter set. */
export interface ChunkInput extends ChunkFields {
  readonly codec: ChunkHeader["codec"];
}

/** A chunk whose samples a stream's encoder has coded; header and digests are made here. */
export interface EncodedChunkInput extends ChunkFields {
  readonly encoded: EncodedPayload;
}

/**
 * Encodes one chunk.
 *
 * @param input With `encoded`, codec and parameter-set digest follow from it; who sends the chunk sees to
 * it that the reader gets the set ({@link encodeParameterSetRecord}).
 * @returns The whole chunk, and its digest: the `previousDigest` of the chunk after it. Equal input
 * gives equal bytes.
 */
export function encodeChunk(
  input: ChunkInput | EncodedChunkInput,
  sha256: Sha256,
): { bytes: Uint8Array<ArrayBuffer>; chunkDigest: Uint8Array } {
  const { kind, channelCount, sampleCount, samples, sign } = input;
  const { codec, payload, parameterSet } = "encoded" in input ? input.encoded : {
    codec: input.codec,
    payload: codecByName(input.codec).encode(samples, input),
    parameterSet: null,
  };
  const header: ChunkHeader = {
    ...input,
    codec,
    signed: sign !== undefined,
    payloadByteLength: payload.byteLength,
    sampleDigest: samplesDigest(kind, channelCount, sampleCount, samples, sha256),
    parameterSetDigest: parameterSet && parameterSetDigest(parameterSet.bytes, sha256),
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
