/**
 * One uploaded chunk, from bytes to a chunk that may be stored. Nothing is written here.
 *
 * Sole owner of the order in which an upload is doubted: size, checksum, payload and sample digest,
 * segment, ownership, signature, stream, grid, identity. So a sender that damaged its bytes hears of that first,
 * and nobody learns of a segment by sending garbage. A chunk that names a parameter set is asked for its
 * owner before the set is looked up: nobody learns of another's sets either.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import {
  type ChunkHeader,
  decodeChunk,
  gridRange,
  isOnGrid,
  KIND_CODES,
  readChunkHeader,
  verifyChecksum,
} from "@wavekeep/core/chunk";
import { ProblemError } from "@wavekeep/core/problem";
import { isCoreError } from "@wavekeep/core/error";
import type { ChunkSummary } from "@wavekeep/core/summary";
import { requireSigned } from "./check_signature.ts";
import type { IngestDeps } from "./deps.ts";
import { type NamedSet, RequestSets, type UsableSet } from "./request_sets.ts";
import type { KnownSegment } from "./segment_directory.ts";
import type { Sender, StoredStream } from "./store/ingest_store.ts";
import { CHUNK_SAMPLE_COUNT_MAX } from "./verify/verifier.ts";

/** A chunk that fits its segment and stream; whether its position is free, only the store can say. */
export interface CheckedChunk extends KnownSegment {
  readonly header: ChunkHeader;
  /** The whole chunk as it was sent. */
  readonly bytes: Uint8Array;
  readonly chunkDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly summary: ChunkSummary;
  /** The parameter set that must be stored with the chunk, because it is not there yet. */
  readonly newSet: NamedSet | null;
}

/** Where a request says that its chunk belongs. */
export interface ClaimedPlace {
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly stream: number;
  readonly sequence: number;
}

/** The database's sequence is a signed 32-bit integer, and so is the one after the last. */
export const SEQUENCE_MAX = 2 ** 31 - 2;

/**
 * Checks one chunk.
 *
 * @param options.claimed Given when the request names a place: the chunk must say the same.
 * @param options.sets Those of the request; without it the request brought none.
 * @param options.isOneOfMany The request brought many chunks.
 * @param options.isInRun Other chunks of the request may cover this one: whoever says so asks them.
 * @throws {CoreError} The bytes are damaged, unsupported or too large once decoded, or name a parameter
 * set that is not there.
 * @throws {ProblemError} The chunk is whole but does not belong where it says.
 */
export async function checkChunk(
  deps: Pick<
    IngestDeps,
    "segments" | "sets" | "store" | "verifier" | "deviceKeys" | "sha256" | "limits"
  >,
  sender: Pick<Sender, "siteId" | "actor">,
  bytes: Uint8Array,
  options: {
    readonly claimed?: ClaimedPlace;
    readonly sets?: RequestSets;
    readonly isInRun?: boolean;
    readonly isOneOfMany?: boolean;
  } = {},
): Promise<CheckedChunk> {
  const { claimed, sets = new RequestSets(deps), isInRun = false } = options;
  if (bytes.byteLength > deps.limits.chunkBytesMax) {
    throw new ProblemError("chunk-too-large", {
      detail: `Chunk has ${bytes.byteLength} bytes, ${deps.limits.chunkBytesMax} are allowed`,
      extensions: { limit_bytes: deps.limits.chunkBytesMax },
    });
  }
  const decoding = { sha256: deps.sha256, sampleCountMax: CHUNK_SAMPLE_COUNT_MAX };
  const framed = peekHeader(bytes);
  const known = await deps.segments.find(sender.siteId, framed.segmentId);
  const stream = known?.segment.streams.find(({ stream }) => stream === framed.stream);
  if (known === undefined || stream === undefined) {
    // Damage is told before absence, so the samples are checked even when nobody will have them.
    decodeIfPossible(bytes, { ...decoding, parameterSet: (digest) => sets.brought(digest) });
    requireSamePlace(framed, claimed);
    throw known === undefined ? segmentUnknown(framed.segmentId) : streamMissing(framed, known);
  }
  const set = await usedSet(bytes, framed, { known, sender, sets });
  const { chunkDigest, storedDigest, summary } = await deps.verifier.verify({
    bytes,
    set,
    identity: {
      descriptorDigest: stream.descriptorDigest,
      segmentDigest: known.segment.segmentDigest,
    },
    publicKey: known.segment.signing?.publicKey,
    isOneOfMany: options.isOneOfMany ?? false,
  }).catch((error) => {
    // Whose segment it is comes before whose signature.
    if (isCoreError(error, "SignatureMismatchError")) {
      requireSamePlace(framed, claimed);
      requireOwner(known, sender);
    }
    throw error;
  });
  // Its checksum holds, so it says what was written.
  const header = framed;
  requireSamePlace(header, claimed);
  requireOwner(known, sender);
  if (header.signed || known.segment.signing !== null) {
    await requireSigned(deps, known.segment, { isSigned: header.signed, isInRun });
  }
  requireSameShape(header, stream);
  requireOnGrid(header, stream);
  const newSet = set?.isNew ? set : null;
  return { ...known, header, bytes, chunkDigest, storedDigest, summary, newSet };
}

/** Decodes for the sake of its complaints; a set that cannot be looked up is no damage. */
function decodeIfPossible(bytes: Uint8Array, options: Parameters<typeof decodeChunk>[1]): void {
  try {
    decodeChunk(bytes, options);
  } catch (error) {
    if (!isCoreError(error, "MissingParameterSetError")) throw error;
  }
}

/** The set that a chunk names, from the request or from the store; undefined when it names none. */
async function usedSet(
  bytes: Uint8Array,
  framed: ChunkHeader,
  { known, sender, sets }: {
    known: KnownSegment;
    sender: Pick<Sender, "actor">;
    sets: RequestSets;
  },
): Promise<UsableSet | undefined> {
  if (framed.parameterSetDigest === null) return undefined;
  try {
    requireOwner(known, sender);
    return await sets.use(known.recording, framed.parameterSetDigest);
  } catch (error) {
    // Damage is told before absence: what was asked for may be no more than a bit that flipped. Where
    // the set is there, the checksum is the verifier's business, like everything else.
    verifyChecksum(bytes);
    throw error;
  }
}

/**
 * The header, to look the segment up by; what it says counts only once `verifyChunk` has been through.
 * Where it cannot be read, the checksum tells whether it was damaged on the way or written so.
 */
function peekHeader(bytes: Uint8Array): ChunkHeader {
  try {
    return readChunkHeader(bytes);
  } catch {
    return verifyChecksum(bytes);
  }
}

export function segmentUnknown(segmentId: Uint8Array): ProblemError {
  return new ProblemError("segment-unknown", {
    detail: `Segment ${formatHex(segmentId)} has not been opened at this site`,
    extensions: { segment_id: formatHex(segmentId) },
  });
}

/** Only whoever opened a segment adds to it. */
export function requireOwner(
  { segment }: Pick<KnownSegment, "segment">,
  sender: Pick<Sender, "actor">,
): void {
  if (segment.actor !== null && segment.actor !== sender.actor) {
    throw new ProblemError("not-owner", {
      detail: "The segment was opened by another sender",
      extensions: { segment_id: formatHex(segment.segmentId) },
    });
  }
}

function requireSamePlace(header: ChunkHeader, claimed: ClaimedPlace | undefined): void {
  if (claimed === undefined) return;
  const errors = [];
  if (claimed.segmentId !== formatHex(header.segmentId)) {
    errors.push({ detail: "chunk is of another segment", pointer: "/path/segment_id" });
  }
  if (claimed.stream !== header.stream) {
    errors.push({ detail: `chunk is of stream ${header.stream}`, pointer: "/path/stream" });
  }
  if (claimed.sequence !== header.sequence) {
    errors.push({ detail: `chunk has sequence ${header.sequence}`, pointer: "/path/sequence" });
  }
  if (errors.length === 0) return;
  throw new ProblemError("chunk-mismatch", {
    detail: "The chunk is not of the place it was sent to",
    errors,
  });
}

function streamMissing(header: ChunkHeader, { segment }: KnownSegment): ProblemError {
  return new ProblemError("chunk-mismatch", {
    detail:
      `Segment has ${segment.streams.length} streams, the chunk names stream ${header.stream}`,
    extensions: { stream: header.stream },
  });
}

function requireSameShape(header: ChunkHeader, stream: StoredStream): void {
  const { channelCount, kind } = stream;
  if (header.channelCount !== channelCount) {
    throw new ProblemError("chunk-mismatch", {
      detail:
        `Stream ${stream.stream} has ${channelCount} channels, the chunk has ${header.channelCount}`,
      extensions: {
        expected_channel_count: channelCount,
        actual_channel_count: header.channelCount,
      },
    });
  }
  if (KIND_CODES[header.kind] !== kind) {
    const expected = Object.entries(KIND_CODES).find(([, code]) => code === kind)?.[0] ?? "unknown";
    throw new ProblemError("chunk-mismatch", {
      detail: `Stream ${stream.stream} holds ${expected} samples, the chunk ${header.kind}`,
      extensions: { expected_kind: expected, actual_kind: header.kind },
    });
  }
}

function requireOnGrid(header: ChunkHeader, stream: StoredStream): void {
  if (header.sequence > SEQUENCE_MAX) {
    throw new ProblemError("off-grid", {
      detail: `Sequence ${header.sequence} is above ${SEQUENCE_MAX}`,
    });
  }
  if (isOnGrid(stream.rate, header)) return;
  const { start, end } = gridRange(stream.rate, header.sequence);
  throw new ProblemError("off-grid", {
    detail: `Sequence ${header.sequence} covers samples ${start} to ${end}, the chunk has ` +
      `${header.sampleCount} from ${header.firstSample}`,
    extensions: { expected_first_sample: start, sample_count_max: end - start },
  });
}
