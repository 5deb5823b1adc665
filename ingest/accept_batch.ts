/**
 * Accepting many chunks of one request: each gets its own answer, and one bad chunk takes no other down.
 *
 * All chunks of a request belong to the sender's site, so they go into one transaction, which may hold
 * other requests too. When it aborts for a reason that is not "the store is away", the request has been
 * tried alone already (`commit_queue.ts`), and each chunk is tried alone.
 * Parameter sets may stand anywhere among the chunks. They have no place of their own: a set is stored
 * with the chunks that name it, for their recording, and shares what becomes of them.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { splitRecords } from "@wavekeep/core/chunk";
import { ProblemError } from "@wavekeep/core/problem";
import { acceptChunk, acceptChunks, type ChunkVerdict } from "./accept_chunk.ts";
import { checkChunk, type CheckedChunk } from "./check_chunk.ts";
import { isAboutTheStore } from "./commit_queue.ts";
import { refuseUncovered, signatureRequired } from "./check_signature.ts";
import type { IngestDeps } from "./deps.ts";
import { type NamedSet, readSentSet, RequestSets } from "./request_sets.ts";
import { needsNext } from "./seal_rows.ts";
import type { Sender } from "./store/ingest_store.ts";

/** What became of one parameter set of a body. */
export interface SetVerdict {
  /** Null when the record is damaged. */
  readonly digest: Uint8Array | null;
  /** 201 when it was not stored before, 200 when it was. */
  readonly verdict: 200 | 201 | ProblemError;
}

/** Verdicts in the order of the body. */
export interface BatchVerdicts {
  readonly chunks: readonly ChunkVerdict[];
  readonly sets: readonly SetVerdict[];
}

type BatchDeps = IngestDeps & { toProblem(error: unknown): ProblemError };

/** Chunks of one request that are checked at once: enough to keep workers busy, and no more in their line. */
const CHECKS_AT_ONCE = 48;

/** A request of so many is worth a worker that would have to be started. */
const MANY_CHUNKS = 8;

/** A chunk that was checked, and where it stood among the chunks of the body. */
interface Candidate {
  readonly index: number;
  readonly chunk: CheckedChunk;
}

/**
 * Takes a body of whole chunks and parameter sets, one after the other.
 *
 * @throws {CoreError} The body is not a row of whole records (an upload that was cut off): nothing of it
 * was stored.
 * @throws {ProblemError} No chunk, or too many.
 * @throws {StoreUnavailableError | CommitOutcomeUnknownError} Nothing is acknowledged; send all again.
 */
export async function acceptBatch(
  deps: BatchDeps,
  sender: Sender,
  body: Uint8Array,
): Promise<BatchVerdicts> {
  const { chunks: pieces, sets: records } = splitBody(body, deps.limits.batchChunksMax);
  const sent = records.map((record) => readSet(deps, record));
  const sets = new RequestSets(
    deps,
    sent.filter((set): set is NamedSet => !(set instanceof ProblemError)),
  );
  const verdicts: ChunkVerdict[] = [];
  const candidates: Candidate[] = [];
  const checked = refuseUncovered(await checkAll(deps, sender, pieces, sets));
  for (const [index, chunk] of checked.entries()) {
    if (chunk instanceof ProblemError) verdicts[index] = chunk;
    else candidates.push({ index, chunk });
  }
  const group = candidates.map(({ chunk }) => chunk);
  const outcomes = group.length === 0 ? [] : await acceptTogetherOrAlone(deps, sender, group);
  for (const [position, { index }] of candidates.entries()) verdicts[index] = outcomes[position]!;
  return {
    chunks: verdicts,
    sets: sent.map((set) =>
      set instanceof ProblemError
        ? { digest: null, verdict: set }
        : { digest: set.digest, verdict: setVerdict(set, group, outcomes) }
    ),
  };
}

/**
 * Checks every chunk, several at once.
 *
 * @returns The checked chunk or its problem, in the order of `pieces`.
 */
async function checkAll(
  deps: BatchDeps,
  sender: Sender,
  pieces: readonly Uint8Array[],
  sets: RequestSets,
): Promise<(CheckedChunk | ProblemError)[]> {
  const checked: (CheckedChunk | ProblemError)[] = [];
  const isOneOfMany = pieces.length >= MANY_CHUNKS;
  const rest = pieces.entries();
  const lane = async () => {
    for (const [index, bytes] of rest) {
      try {
        checked[index] = await checkChunk(deps, sender, bytes, {
          sets,
          isInRun: true,
          isOneOfMany,
        });
      } catch (error) {
        if (isAboutTheStore(error)) throw error;
        const problem = deps.toProblem(error);
        deps.metrics?.refused(problem);
        checked[index] = problem;
      }
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, lane));
  return checked;
}

function splitBody(
  body: Uint8Array,
  countMax: number,
): { chunks: Uint8Array[]; sets: Uint8Array[] } {
  const chunks: Uint8Array[] = [];
  const sets: Uint8Array[] = [];
  for (const { kind, bytes } of splitRecords(body)) {
    (kind === "chunk" ? chunks : sets).push(bytes);
    if (chunks.length > countMax || sets.length > countMax) {
      throw new ProblemError("body-too-large", {
        detail: `Request holds more than ${countMax} ${
          kind === "chunk" ? "chunks" : "parameter sets"
        }`,
        extensions: { "limit_chunks": countMax },
      });
    }
  }
  if (chunks.length > 0) return { chunks, sets };
  if (sets.length === 0) {
    throw new ProblemError("chunk-truncated", { detail: "Request body is empty" });
  }
  throw new ProblemError("parameter-set-unclaimed", {
    detail: `Request holds ${sets.length} parameter sets and no chunk that says whose they are`,
  });
}

function readSet(deps: BatchDeps, record: Uint8Array): NamedSet | ProblemError {
  try {
    return readSentSet(record, deps.sha256);
  } catch (error) {
    return deps.toProblem(error);
  }
}

/**
 * What became of a set: stored with a chunk that names it, stored before, or the fate of those chunks.
 *
 * @param group The chunks that were tried, and `outcomes` what became of each.
 */
function setVerdict(
  { digest }: NamedSet,
  group: readonly CheckedChunk[],
  outcomes: readonly ChunkVerdict[],
): SetVerdict["verdict"] {
  let isKnown = false;
  let failure: ProblemError | undefined;
  for (const [position, { header, newSet }] of group.entries()) {
    const named = header.parameterSetDigest;
    if (named === null || !equalBytes(named, digest)) continue;
    const outcome = outcomes[position]!;
    if (newSet === null) isKnown = true;
    else if (outcome instanceof ProblemError && !isCommitted(outcome)) failure = outcome;
    else return 201;
  }
  if (isKnown) return 200;
  return failure ?? new ProblemError("parameter-set-unclaimed", {
    detail: `No chunk of the request that could be taken names parameter set ${formatHex(digest)}`,
    extensions: { "parameter_set": formatHex(digest) },
  });
}

/** Whether the transaction of a chunk returned: then its set is stored, even if the chunk had no place. */
function isCommitted({ slug }: ProblemError): boolean {
  return slug === "chunk-conflict" || slug === "beyond-end";
}

async function acceptTogetherOrAlone(
  deps: BatchDeps,
  sender: Sender,
  group: readonly CheckedChunk[],
): Promise<ChunkVerdict[]> {
  try {
    return await acceptChunks(deps, sender, group);
  } catch (error) {
    if (isAboutTheStore(error) || group.length === 1) throw error;
    deps.logger.warn("batch aborted", { chunkCount: group.length, error });
  }
  const verdicts: ChunkVerdict[] = [];
  // The last of a run first: what it covers may be stored once it stands, and not before.
  for (const index of lastFirst(group)) {
    const chunk = group[index]!;
    try {
      if (needsNext(chunk)) requireNext(chunk, group, verdicts);
      verdicts[index] = await acceptChunk(deps, sender, chunk, { isAlone: true });
    } catch (error) {
      verdicts[index] = deps.toProblem(error);
    }
  }
  return verdicts;
}

/** Indexes of chunks, the highest sequence first. */
function lastFirst(group: readonly CheckedChunk[]): number[] {
  return group.map((_, index) => index)
    .sort((a, b) => group[b]!.header.sequence - group[a]!.header.sequence);
}

/** @throws {ProblemError} The chunk that covers this one does not stand. */
function requireNext(
  { segment, header, chunkDigest }: CheckedChunk,
  group: readonly CheckedChunk[],
  verdicts: readonly ChunkVerdict[],
): void {
  const stands = group.some((other, index) =>
    equalBytes(other.segment.segmentId, segment.segmentId) &&
    other.header.stream === header.stream && other.header.sequence === header.sequence + 1 &&
    equalBytes(other.header.previousDigest, chunkDigest) &&
    verdicts[index] !== undefined && !(verdicts[index] instanceof ProblemError)
  );
  if (!stands) throw signatureRequired(segment.segmentId);
}
