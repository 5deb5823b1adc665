/**
 * From a sealed row to a chunk that can be trusted.
 *
 * Sole owner of opening stored chunks. Query checks before it decodes, even if ingest did: the seal (it
 * binds the bytes to this row), the stored digest, the CRC-32C, the place the chunk says it has, and the
 * chunk digest that the device chained and the log will hold. Hazard: nothing that failed a check may
 * reach an answer, not even partly.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import {
  chunkDigest,
  type ChunkHeader,
  decodeChunk,
  type Samples,
  verifyChecksum,
} from "@wavekeep/core/chunk";
import { chunkPlace, nodeSha256, unseal } from "@wavekeep/core/crypto";
import { IntegrityError, type IntegrityKey, type IntegrityStep } from "./integrity_error.ts";
import type { ParameterSets } from "./parameter_sets.ts";
import type { StoredChunk } from "./store/query_store.ts";

/** What a chunk of one stream must fit. */
export interface StreamIdentity {
  readonly siteId: number;
  readonly recordingId: string;
  readonly segmentNumber: number;
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly segmentDigest: Uint8Array;
  readonly stream: number;
  readonly descriptorDigest: Uint8Array;
  readonly kind: ChunkHeader["kind"];
  readonly channelCount: number;
  /** Data key of the recording. */
  readonly key: Uint8Array;
}

/** A chunk that passed every check but that of its samples. */
export interface OpenChunk {
  readonly header: ChunkHeader;
  /** As they were sent. */
  readonly bytes: Uint8Array;
}

/**
 * Opens a stored chunk without decoding its payload.
 *
 * @throws {IntegrityError} A check failed; it names the chunk and the check.
 */
export function openChunk(stored: StoredChunk, identity: StreamIdentity): OpenChunk {
  const failed = failureOf(stored, identity);
  const bytes = attempt(
    () => unseal(identity.key, chunkPlace({ ...identity, sequence: stored.sequence }), stored.body),
    (cause) => failed("seal", cause),
  );
  if (!equalBytes(nodeSha256(bytes), stored.storedDigest)) throw failed("stored-digest");
  const header = attempt(() => verifyChecksum(bytes), (cause) => failed("crc", cause));
  checkPlace(header, stored, identity);
  return { header, bytes };
}

/**
 * Opens and decodes a stored chunk.
 *
 * @returns Samples of shape (channelCount, sampleCount), channel after channel.
 * @throws {IntegrityError} A check failed; it names the check, and the chunk or the parameter set.
 */
export async function readChunk(
  stored: StoredChunk,
  identity: StreamIdentity,
  sets: ParameterSets,
): Promise<Samples> {
  const { header: { parameterSetDigest }, bytes } = openChunk(stored, identity);
  const set = parameterSetDigest && await sets.get(identity, parameterSetDigest);
  const sampleCountMax = identity.channelCount * stored.sampleCount;
  const parameterSet = () => set ?? undefined;
  return attempt(
    () => decodeChunk(bytes, { sha256: nodeSha256, sampleCountMax, parameterSet }).samples,
    (cause) => failureOf(stored, identity)("decode", cause),
  );
}

function checkPlace(header: ChunkHeader, stored: StoredChunk, identity: StreamIdentity): void {
  const failed = failureOf(stored, identity);
  const fits = formatHex(header.segmentId) === identity.segmentId &&
    header.stream === identity.stream &&
    header.sequence === stored.sequence &&
    header.firstSample === stored.firstSample &&
    header.sampleCount === stored.sampleCount &&
    header.kind === identity.kind &&
    header.channelCount === identity.channelCount;
  if (!fits) throw failed("key");
  if (!equalBytes(chunkDigest(header, identity, nodeSha256), stored.chunkDigest)) {
    throw failed("chunk-digest");
  }
}

function failureOf(
  stored: StoredChunk,
  identity: StreamIdentity,
): (step: IntegrityStep, cause?: unknown) => IntegrityError {
  const key: IntegrityKey = {
    thing: "chunk",
    recordingId: identity.recordingId,
    segmentId: identity.segmentId,
    stream: identity.stream,
    sequence: stored.sequence,
  };
  return (step, cause) => new IntegrityError(step, key, cause);
}

function attempt<T>(action: () => T, failure: (cause: unknown) => IntegrityError): T {
  try {
    return action();
  } catch (cause) {
    throw failure(cause);
  }
}
