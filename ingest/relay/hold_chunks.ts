/**
 * Chunks of one request into the spool: what a relay doubts, and what it leaves to ingest.
 *
 * Checked here is what a device can still mend: checksum, segment, owner, stream, grid, a parameter set that
 * nobody has, a run without its signed end. What needs the samples, and every signature, is ingest's to judge; what
 * it refuses is kept among the disputed. Bytes are held as they came.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import {
  chunkDigest,
  type ChunkHeader,
  isOnGrid,
  splitRecords,
  uncoveredBySignature,
  verifyChecksum,
} from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { ProblemError, toProblem as problemOf } from "@wavekeep/core/problem";
import { toProblemError } from "@wavekeep/core/service";
import {
  type ChunkToHold,
  decodeFacts,
  type SegmentFacts,
  type SetToHold,
} from "@wavekeep/core/spool";
import type { ChunkOutcome } from "@wavekeep/core/wire";
import { segmentUnknown } from "../check_chunk.ts";
import { signatureRequired } from "../check_signature.ts";
import { readSentSet } from "../request_sets.ts";
import type { Sender } from "../store/ingest_store.ts";
import type { RelayDeps } from "./deps.ts";
import { spoolSender } from "./spool_sender.ts";
import { toProblem } from "./to_problem.ts";

/** Where a request says that its only chunk belongs. */
export interface ClaimedPlace {
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly stream: number;
  readonly sequence: number;
}

/** A chunk that may be held. */
interface Candidate {
  readonly index: number;
  readonly chunk: ChunkToHold;
  readonly header: ChunkHeader;
  readonly facts: SegmentFacts;
}

type Verdict = ChunkOutcome | ProblemError;

/**
 * Holds the chunks of a body, and the sets beside them.
 *
 * @returns One outcome per chunk: 202 held, 200 with ingest's receipt, or a problem.
 * @throws {ProblemError} Nothing was held: the body is none, the spool is full, the disk failed.
 */
export async function holdChunks(
  deps: RelayDeps,
  sender: Sender,
  body: Uint8Array,
  claimed?: ClaimedPlace,
): Promise<Verdict[]> {
  const records = [...splitRecords(body)];
  const pieces = records.filter(({ kind }) => kind === "chunk").map(({ bytes }) => bytes);
  const sent = records.filter(({ kind }) => kind === "parameter-set").map(({ bytes }) => {
    return { record: bytes, digest: readSentSet(bytes, nodeSha256).digest };
  });
  requireCount(pieces.length, sent.length, deps.limits.batchChunksMax);
  const brought = new Map(sent.map((set) => [formatHex(set.digest), set]));
  const verdicts: Verdict[] = [];
  const candidates: Candidate[] = [];
  for (const [index, bytes] of pieces.entries()) {
    try {
      candidates.push(await check(deps, sender, { index, bytes, claimed, brought }));
    } catch (error) {
      verdicts[index] = toProblemError(error, toProblem);
    }
  }
  const good = withoutUncovered(candidates, verdicts);
  if (good.length === 0) return verdicts;
  const sets = setsOf(good, brought);
  const chunks = good.map(({ chunk }) => chunk);
  const outcomes = await deps.spool.holdChunks(spoolSender(sender), chunks, sets);
  deps.wake();
  for (const { patientId, recordingId } of new Set(good.map(({ facts }) => facts))) {
    deps.onChunks({ patientId, recordingId });
  }
  for (const [position, { index, header }] of good.entries()) {
    const outcome = outcomes[position]!;
    if (outcome.outcome === "held") verdicts[index] = { status: 202, "held_by": deps.name };
    else if (outcome.outcome === "repeated") {
      verdicts[index] = outcome.receipt === null
        ? { status: 202, "held_by": deps.name }
        : { status: 200, receipt: outcome.receipt };
    } else if (outcome.outcome === "conflict") verdicts[index] = conflict(header);
    else verdicts[index] = { status: outcome.problem.status, problem: outcome.problem };
  }
  return verdicts;
}

function requireCount(chunkCount: number, setCount: number, countMax: number): void {
  if (Math.max(chunkCount, setCount) > countMax) {
    throw new ProblemError("body-too-large", {
      detail: `Request holds more than ${countMax} records of a kind`,
      extensions: { "limit_chunks": countMax },
    });
  }
  if (chunkCount === 0) {
    throw new ProblemError("chunk-truncated", { detail: "Request body holds no chunk" });
  }
}

async function check(
  deps: RelayDeps,
  sender: Sender,
  { index, bytes, claimed, brought }: {
    readonly index: number;
    readonly bytes: Uint8Array;
    readonly claimed: ClaimedPlace | undefined;
    readonly brought: ReadonlyMap<string, unknown>;
  },
): Promise<Candidate> {
  if (bytes.byteLength > deps.limits.chunkBytesMax) {
    throw new ProblemError("chunk-too-large", {
      detail: `Chunk has ${bytes.byteLength} bytes, ${deps.limits.chunkBytesMax} are allowed`,
    });
  }
  const header = verifyChecksum(bytes);
  const { segmentId, stream, sequence } = header;
  if (claimed !== undefined) requireClaimed(header, claimed);
  const segment = await deps.spool.segment(segmentId);
  if (segment === undefined || segment.sender.siteId !== sender.siteId) {
    throw segmentUnknown(segmentId);
  }
  if (segment.sender.subject !== sender.actor) {
    throw new ProblemError("not-owner", { detail: "The segment was opened by another sender" });
  }
  const facts = decodeFacts(segment.facts);
  const place = facts.streams[stream];
  const fits = place !== undefined && place.channelCount === header.channelCount &&
    place.kind === header.kind;
  if (!fits) {
    throw new ProblemError("chunk-mismatch", { detail: `Chunk does not fit stream ${stream}` });
  }
  if (!isOnGrid(place.rate, header)) {
    throw new ProblemError("off-grid", { detail: `Sequence ${sequence} covers other samples` });
  }
  const setDigest = header.parameterSetDigest?.slice() ?? null;
  if (
    setDigest !== null && !brought.has(formatHex(setDigest)) &&
    !deps.spool.hasSet(segment.recordingNo, setDigest)
  ) {
    throw new ProblemError("parameter-set-missing", {
      detail: "Neither the request nor the relay has the parameter set",
      extensions: { "parameter_set": formatHex(setDigest) },
    });
  }
  if (facts.policy === "none" && header.signed) {
    throw new ProblemError("signature-unexpected", { detail: "The segment is unsigned" });
  }
  const { segmentDigest } = facts;
  const identity = { segmentDigest, descriptorDigest: place.descriptorDigest };
  return {
    index,
    header,
    facts,
    chunk: {
      recordingNo: segment.recordingNo,
      segmentId: segmentId.slice(),
      stream,
      sequence,
      chunkDigest: chunkDigest(header, identity, nodeSha256),
      setDigest,
      needsNext: facts.policy === "run" && !header.signed,
      bytes,
    },
  };
}

/** Takes out what no signature of the request covers: ingest would never take it, and only now it can be mended. */
function withoutUncovered(candidates: readonly Candidate[], verdicts: Verdict[]): Candidate[] {
  const streams = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const name = `${formatHex(candidate.chunk.segmentId)}/${candidate.chunk.stream}`;
    streams.set(name, [...streams.get(name) ?? [], candidate]);
  }
  const uncovered = new Set<Candidate>();
  for (const stream of streams.values()) {
    // A repeat inside the request stands for the first of its kind.
    const bySequence = new Map(stream.map((each) => [each.chunk.sequence, each]));
    const run = [...bySequence.values()];
    const chunks = run.map(({ header, chunk }) => ({
      sequence: chunk.sequence,
      chunkDigest: chunk.chunkDigest,
      previousDigest: header.previousDigest,
      isSigned: header.signed,
    }));
    for (const position of uncoveredBySignature(run[0]!.facts.policy, chunks)) {
      uncovered.add(run[position]!);
    }
  }
  for (const { index, chunk } of uncovered) verdicts[index] = signatureRequired(chunk.segmentId);
  return candidates.filter((candidate) => !uncovered.has(candidate));
}

/** Each set that a chunk names, for the recording of that chunk. */
function setsOf(
  candidates: readonly Candidate[],
  brought: ReadonlyMap<string, { readonly digest: Uint8Array; readonly record: Uint8Array }>,
): SetToHold[] {
  const sets = new Map<string, SetToHold>();
  for (const { chunk: { recordingNo, setDigest } } of candidates) {
    const set = setDigest === null ? undefined : brought.get(formatHex(setDigest));
    if (set === undefined) continue;
    sets.set(`${recordingNo}/${formatHex(set.digest)}`, { recordingNo, ...set });
  }
  return [...sets.values()];
}

function requireClaimed(header: ChunkHeader, claimed: ClaimedPlace): void {
  const isThere = claimed.segmentId === formatHex(header.segmentId) &&
    claimed.stream === header.stream && claimed.sequence === header.sequence;
  if (isThere) return;
  throw new ProblemError("chunk-mismatch", {
    detail: "The chunk is not of the place it was sent to",
  });
}

function conflict({ sequence, stream }: ChunkHeader): ChunkOutcome {
  const problem = problemOf("chunk-conflict", {
    detail: `Sequence ${sequence} of stream ${stream} holds a different chunk`,
  });
  return { status: problem.status, problem };
}
