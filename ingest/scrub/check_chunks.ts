/**
 * Checking stored chunks against everything that is said of them.
 *
 * Sole owner of the two depths. The plain one opens the seal and hashes all bytes once: when that is the
 * stored digest, the bytes are those that were decoded before they were acknowledged, bit for bit, so
 * decoding them again could only find a changed decoder; identity, chain, log leaf and signature are checked
 * by the header. The deep one decodes besides, and asks for the parameter set. Decision 0029.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import {
  chunkDigest,
  type ChunkHeader,
  decodeChunk,
  gridRange,
  readChunkHeader,
} from "@wavekeep/core/chunk";
import type { ParameterSet } from "@wavekeep/core/codec";
import { chunkPlace, nodeSha256, unsealAside } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { makeChunkLeaf } from "@wavekeep/core/log";
import { formatSeconds, type SampleRate, secondsOfSample } from "@wavekeep/core/time";
import type { RecordingSecrets } from "../recording_key.ts";
import { CHUNK_SAMPLE_COUNT_MAX } from "../verify/verifier.ts";
import type { FailedCheck, Finding } from "./finding.ts";
import type { ChunkRow, ScrubbedStream, UnreadableRow } from "./scrub_store.ts";
import type { SignatureWalk, WalkedChunk } from "./signature_walk.ts";

/** A stream with what opens it. */
export interface OpenedStream {
  readonly stream: ScrubbedStream;
  readonly rate: SampleRate;
  readonly secrets: RecordingSecrets;
}

/** The chunk before the first one that is checked. */
export interface ChunkBefore {
  readonly sequence: number;
  readonly chunkDigest: Uint8Array;
}

/** How to check. */
export interface CheckOptions {
  /** Undefined: it is not known, and the first row's link is taken as it is. */
  readonly before?: ChunkBefore | undefined;
  /** Which chunks are decoded as well. */
  readonly isDeep: (sequence: number) => boolean;
  /** The device's signatures, along the pass that these rows are a page of. */
  readonly signatures: SignatureWalk;
  /** Gives the sets that deep checks need; undefined when one is not there, or damaged. */
  readonly findSet: (digest: Uint8Array) => Promise<ParameterSet | undefined>;
}

const KINDS: readonly ChunkHeader["kind"][] = ["int32", "binary32", "binary64"];

/** Opens and checks rows of one stream, in order; those that fail are told. */
export async function checkChunks(
  rows: readonly (ChunkRow | UnreadableRow)[],
  opened: OpenedStream,
  options: CheckOptions,
): Promise<Finding[]> {
  const { signatures } = options;
  const findings: Finding[] = [];
  const bodies = await Promise.all(rows.map((row) => open(row, opened)));
  let { before } = options;
  for (const [index, row] of rows.entries()) {
    const body = bodies[index]!;
    const { sequence } = row;
    const isDeep = options.isDeep(sequence);
    const checked = "unreadable" in row || !(body instanceof Uint8Array)
      ? body as Failure
      : checkChunk(body, row, opened, before);
    const failure = "failed" in checked
      ? checked
      : isDeep
      ? await decode(checked.bytes, options)
      : undefined;
    const isChained = before?.sequence === sequence - 1;
    const unsigned = "failed" in checked
      ? signatures.skip()
      : signatures.add(checked, { isChained, isDeep });
    findings.push(...signatureFindings(opened, unsigned));
    if (failure !== undefined) findings.push(findingOf(opened, sequence, failure));
    // The column is what the next one is held against, whatever became of this body.
    before = "unreadable" in row ? undefined : row;
  }
  return findings;
}

/** Chunks whose signature fails, or that none covers. */
export function signatureFindings(
  opened: OpenedStream,
  sequences: readonly number[],
): Finding[] {
  return sequences.map((sequence) => findingOf(opened, sequence, failed("signature")));
}

interface Failure {
  readonly failed: FailedCheck;
  readonly cause?: unknown;
}

function failed(check: FailedCheck, cause?: unknown): Failure {
  return { failed: check, cause };
}

async function open(
  row: ChunkRow | UnreadableRow,
  { stream, secrets: { key } }: OpenedStream,
): Promise<Uint8Array | Failure> {
  if ("unreadable" in row) return failed("storage", row.unreadable);
  const { recording: { siteId, recordingId }, segmentNumber } = stream;
  const { sequence } = row;
  const place = { siteId, recordingId, segmentNumber, stream: stream.stream, sequence };
  try {
    return await unsealAside(key, chunkPlace(place), row.body);
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    return failed("seal", cause);
  }
}

function checkChunk(
  bytes: Uint8Array,
  row: ChunkRow,
  opened: OpenedStream,
  before: ChunkBefore | undefined,
): Failure | WalkedChunk {
  if (!equalBytes(nodeSha256(bytes), row.storedDigest)) return failed("stored-digest");
  let header: ChunkHeader & { readonly byteLength: number };
  try {
    header = readChunkHeader(bytes);
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    return failed("frame", cause);
  }
  if (header.byteLength !== bytes.byteLength) return failed("frame");
  if (!isInPlace(header, row, opened)) return failed("key");
  const digest = chunkDigest(header, opened.stream, nodeSha256);
  if (!equalBytes(digest, row.chunkDigest)) return failed("chunk-digest");
  if (!isChained(header, opened, before)) return failed("chain");
  if (!equalBytes(leafHashOf(row, opened), row.leafHash)) return failed("leaf");
  return { header, bytes, chunkDigest: digest };
}

function isInPlace(
  header: ChunkHeader,
  row: ChunkRow,
  { stream, rate }: OpenedStream,
): boolean {
  const grid = gridRange(rate, row.sequence);
  return header.stream === stream.stream && header.sequence === row.sequence &&
    header.firstSample === row.firstSample && header.sampleCount === row.sampleCount &&
    row.firstSample === grid.start && row.sampleCount <= grid.end - grid.start &&
    header.kind === KINDS[stream.kind - 1] && header.channelCount === stream.channelCount &&
    equalBytes(header.segmentId, stream.segmentId);
}

/** Where the chunk before is not stored, its link is the only word of it and is taken as it is. */
function isChained(
  { sequence, previousDigest }: ChunkHeader,
  { stream }: OpenedStream,
  before: ChunkBefore | undefined,
): boolean {
  if (sequence === 0 || stream.isImplicit) return equalBytes(previousDigest, stream.segmentDigest);
  if (before?.sequence !== sequence - 1) return true;
  return equalBytes(previousDigest, before.chunkDigest);
}

/** Chunks of before version 12 of the schema have a salt of their own; of all others it is derived. */
function leafHashOf(
  { sequence, chunkDigest, storedDigest, receivedAtMicros, leafSalt }: ChunkRow,
  { stream, secrets: { pseudonym, saltOf } }: OpenedStream,
): Uint8Array {
  const { leafHash } = makeChunkLeaf({
    siteId: stream.recording.siteId,
    pseudonym,
    segmentId: stream.segmentId,
    stream: stream.stream,
    sequence,
    chunkDigest,
    storedDigest,
    receivedAtMicros,
    saltOf: leafSalt === null ? saltOf : () => leafSalt,
  }, nodeSha256);
  return leafHash;
}

async function decode(
  bytes: Uint8Array,
  { findSet }: CheckOptions,
): Promise<Failure | undefined> {
  const { parameterSetDigest } = readChunkHeader(bytes);
  const set = parameterSetDigest === null ? undefined : await findSet(parameterSetDigest);
  try {
    decodeChunk(bytes, {
      sha256: nodeSha256,
      sampleCountMax: CHUNK_SAMPLE_COUNT_MAX,
      parameterSet: () => set,
      isLent: true,
    });
    return undefined;
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    return failed(
      isCoreError(cause, "MissingParameterSetError") ? "parameter-set" : "decode",
      cause,
    );
  }
}

function findingOf(
  { stream, rate }: OpenedStream,
  sequence: number,
  { failed, cause }: Failure,
): Finding {
  const { recording: { recordingId }, segmentNumber } = stream;
  const start = gridRange(rate, sequence).start;
  return {
    recordingId,
    thing: "chunk",
    place: `${segmentNumber}/${stream.stream}/${sequence}`,
    failed,
    chunk: {
      segmentNumber,
      stream: stream.stream,
      sequence,
      segmentSeconds: formatSeconds(secondsOfSample(rate, start)),
    },
    cause,
  };
}
