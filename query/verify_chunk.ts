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

/**
 * Opens a stored chunk without decoding its payload.
 *
 * @returns The chunk's bytes as they were sent.
 * @throws {IntegrityError} A check failed; it names the chunk and the check.
 */
export function openChunk(stored: StoredChunk, identity: StreamIdentity): Uint8Array {
  const failed = failureOf(stored, identity);
  const bytes = attempt(
    () => unseal(identity.key, chunkPlace({ ...identity, sequence: stored.sequence }), stored.body),
    (cause) => failed("seal", cause),
  );
  if (!equalBytes(nodeSha256(bytes), stored.storedDigest)) throw failed("stored-digest");
  checkPlace(
    attempt(() => verifyChecksum(bytes), (cause) => failed("crc", cause)),
    stored,
    identity,
  );
  return bytes;
}

/**
 * Opens and decodes a stored chunk.
 *
 * @returns Samples of shape (channelCount, sampleCount), channel after channel.
 * @throws {IntegrityError} A check failed; it names the chunk and the check.
 */
export function readChunk(stored: StoredChunk, identity: StreamIdentity): Samples {
  const bytes = openChunk(stored, identity);
  const sampleCountMax = identity.channelCount * stored.sampleCount;
  return attempt(
    () => decodeChunk(bytes, { sha256: nodeSha256, sampleCountMax }).samples,
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
