/**
 * From a sealed row to a chunk that can be trusted.
 *
 * Sole owner of opening stored chunks. A chunk that goes out as it is stored is authenticated by its seal,
 * which binds every byte of it to this row, and checked by its CRC-32C and by the place that it says it
 * has. Before query decodes one itself, it checks the digests besides: of the bytes as stored, of the
 * samples, and the chunk digest that the device chained and the log will hold. Whoever gets chunks checks
 * these on his own, as the viewer does. Hazard: nothing that failed a check may reach an answer, not even
 * partly.
 *
 * @see PROTOCOL, "Reading": CRC on every read, digests in the scrub and in the viewer
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
import { chunkPlace, nodeSha256, unsealAside } from "@wavekeep/core/crypto";
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
 * Opens a stored chunk without decoding its payload. Several at once are opened beside each other.
 *
 * @throws {IntegrityError} A check failed; it names the chunk and the check.
 */
export async function openChunk(
  stored: StoredChunk,
  identity: StreamIdentity,
): Promise<OpenChunk> {
  const place = chunkPlace({ ...identity, sequence: stored.sequence });
  const bytes = await unsealAside(identity.key, place, stored.body).catch((cause: unknown) => {
    throw failureOf(stored, identity)("seal", cause);
  });
  const header = attempt(
    () => verifyChecksum(bytes),
    (cause) => failureOf(stored, identity)("crc", cause),
  );
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
  const { header, bytes } = await openChunk(stored, identity);
  checkDigests({ header, bytes }, stored, identity);
  const { parameterSetDigest } = header;
  const set = parameterSetDigest && await sets.get(identity, parameterSetDigest);
  const sampleCountMax = identity.channelCount * stored.sampleCount;
  const parameterSet = () => set ?? undefined;
  return attempt(
    () => decodeChunk(bytes, { sha256: nodeSha256, sampleCountMax, parameterSet }).samples,
    (cause) => failureOf(stored, identity)("decode", cause),
  );
}

function checkPlace(header: ChunkHeader, stored: StoredChunk, identity: StreamIdentity): void {
  const fits = header.stream === identity.stream &&
    header.sequence === stored.sequence &&
    header.firstSample === stored.firstSample &&
    header.sampleCount === stored.sampleCount &&
    header.kind === identity.kind &&
    header.channelCount === identity.channelCount &&
    formatHex(header.segmentId) === identity.segmentId;
  if (!fits) throw failureOf(stored, identity)("key");
}

/**
 * Checks what the digests beside a chunk say of it: its bytes as they were stored, and its identity.
 *
 * @throws {IntegrityError} One does not match; it names the chunk and the check.
 */
export function checkDigests(
  { header, bytes }: OpenChunk,
  stored: StoredChunk,
  identity: StreamIdentity,
): void {
  if (!equalBytes(nodeSha256(bytes), stored.storedDigest)) {
    throw failureOf(stored, identity)("stored-digest");
  }
  if (!equalBytes(chunkDigest(header, identity, nodeSha256), stored.chunkDigest)) {
    throw failureOf(stored, identity)("chunk-digest");
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
