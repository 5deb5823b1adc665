/**
 * Layer 4. Bytes to samples.
 *
 * The safety property, fuzzed: for any bytes this returns samples or throws a CoreError; it never hangs,
 * never allocates more than `sampleCountMax` allows, and never returns believable garbage: what does
 * come back has passed the CRC-32C and the SHA-256 of its samples.
 *
 * @module
 */

import { equalBytes, formatHex } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { codecByName, type ParameterSet, type Samples } from "../codec/mod.ts";
import {
  ChecksumMismatchError,
  CodecStepError,
  isCoreError,
  LimitExceededError,
  MissingParameterSetError,
} from "../error.ts";
import type { ChunkHeader } from "./chunk_header.ts";
import { samplesDigest } from "./digests.ts";
import { chunkPayload, verifyChecksum } from "./verify_checksum.ts";

/** Samples a chunk may hold, all channels together, unless the caller says otherwise: 32 MiB at most. */
export const SAMPLE_COUNT_MAX_DEFAULT = 4 * 1024 * 1024;

/**
 * Finds the parameter set that a chunk names, or undefined. The digest is a view into the chunk. Asked
 * once a chunk, after its checksum, and only by codecs that use a set.
 */
export type FindParameterSet = (digest: Uint8Array) => ParameterSet | undefined;

/** How {@link decodeChunk} decodes. */
export interface DecodeChunkOptions {
  readonly sha256: Sha256;
  /** Refuses a larger channelCount × sampleCount before allocating. */
  readonly sampleCountMax?: number;
  /** Gives the set that the chunk names; without it no set is there. */
  readonly parameterSet?: FindParameterSet;
  /** The samples may be overwritten by the next chunk that is decoded: they are read at once. */
  readonly isLent?: boolean;
}

/**
 * Decodes one whole chunk.
 *
 * @param bytes The chunk, header to checksum; trailing bytes are corruption.
 * @returns The header (its byte arrays are views into `bytes`), and unscaled samples of shape
 * (channelCount, sampleCount): a fresh array, unless they are lent.
 *
 * @throws {TruncatedInputError} `bytes` ends early; `neededBytes` says how many were wanted.
 * @throws {ChecksumMismatchError} The CRC-32C or the sample digest does not match.
 * @throws {CorruptInputError} A header field is outside its range, or bytes follow the chunk.
 * @throws {UnsupportedError} The format version or codec id is newer than this build.
 * @throws {LimitExceededError} More samples than `sampleCountMax`.
 * @throws {MissingParameterSetError} The chunk names a set that `parameterSet` does not give.
 * @throws {CodecStepError} The payload does not decode; `cause` says why.
 *
 * @example A round trip
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { createHash } from "node:crypto";
 * import { decodeChunk, encodeChunk } from "@wavekeep/core/chunk";
 *
 * const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
 * const samples = Int32Array.of(3, 1, 4, 30, 10, 40);
 * const { bytes } = encodeChunk({
 *   codec: "raw",
 *   kind: "int32",
 *   clock: "unknown",
 *   stream: 0,
 *   channelCount: 2,
 *   sequence: 0,
 *   firstSample: 0,
 *   sampleCount: 3,
 *   deviceTimeMicros: null,
 *   monotonicNs: 0n,
 *   segmentId: new Uint8Array(16),
 *   previousDigest: new Uint8Array(32),
 *   samples,
 *   descriptorDigest: new Uint8Array(32),
 *   segmentDigest: new Uint8Array(32),
 * }, sha256);
 * deepStrictEqual(decodeChunk(bytes, { sha256 }).samples, samples);
 * ```
 */
export function decodeChunk(
  bytes: Uint8Array,
  options: DecodeChunkOptions,
): { header: ChunkHeader & { readonly byteLength: number }; samples: Samples } {
  const header = verifyChecksum(bytes);
  const { kind, channelCount, sampleCount } = header;
  const limit = options.sampleCountMax ?? SAMPLE_COUNT_MAX_DEFAULT;
  if (channelCount * sampleCount > limit) {
    throw new LimitExceededError(
      `Cannot decode ${where(header)}: ${channelCount} x ${sampleCount} samples, limit is ${limit}`,
      { limit, actual: channelCount * sampleCount },
    );
  }
  const set = setOf(header, options.parameterSet);
  const samples = decodePayload(chunkPayload(bytes, header), header, {
    set,
    isLent: options.isLent ?? false,
  });
  const digest = samplesDigest(kind, channelCount, sampleCount, samples, options.sha256);
  if (!equalBytes(digest, header.sampleDigest)) {
    const expected = formatHex(header.sampleDigest);
    const actual = formatHex(digest);
    throw new ChecksumMismatchError(
      `Cannot decode ${where(header)}: sample digest is ${actual}, header says ${expected}`,
      { expected, actual },
    );
  }
  return { header, samples };
}

/** The set that a chunk needs; undefined when its codec needs none. */
function setOf(
  header: ChunkHeader,
  find: FindParameterSet | undefined,
): ParameterSet | undefined {
  const digest = header.parameterSetDigest;
  if (digest === null) return undefined;
  const set = find?.(digest);
  if (set !== undefined) return set;
  throw new MissingParameterSetError(
    `Cannot decode ${where(header)}: parameter set ${formatHex(digest)} is not there`,
    { digest: digest.slice() },
  );
}

function decodePayload(
  payload: Uint8Array,
  header: ChunkHeader,
  { set, isLent }: { set: ParameterSet | undefined; isLent: boolean },
): Samples {
  const codec = codecByName(header.codec);
  try {
    return isLent && codec.decodeLent !== undefined
      ? codec.decodeLent(payload, header, set)
      : codec.decode(payload, header, set);
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    throw new CodecStepError(`Cannot decode ${where(header)}: ${cause.message}`, {
      step: header.codec,
      cause,
    });
  }
}

function where(header: ChunkHeader): string {
  return `chunk ${header.sequence} of stream ${header.stream}`;
}
