/**
 * Layer 6. A chunk that comes: compared with what a spool has of its place, and written where there is nothing.
 *
 * Runs inside the caller's transaction.
 *
 * @module
 */
import { equalBytes } from "../bytes/mod.ts";
import { problemSlug, toProblem } from "../problem/mod.ts";
import { DISPUTED, LANE_BACKLOG, LANE_LIVE, LEVEL_HELD, STORED } from "./open_database.ts";
import { readProblem, readReceipt } from "./read_answer.ts";
import type { ChunkToHold, HoldOutcome } from "./spool.ts";
import type { NewEntry, Tables } from "./tables.ts";

/** Second bodies kept of one place; PROTOCOL section 3. */
const DISPUTED_BODIES_PER_PLACE = 3;

/** A chunk with its body sealed. */
export interface SealedChunk {
  readonly chunk: ChunkToHold;
  readonly key: Uint8Array;
  readonly body: Uint8Array;
  readonly senderNo: number;
  /** Of an entry that is written now. */
  readonly fresh: Pick<NewEntry, "state" | "heldAt" | "heldAge">;
}

/** What holding added to a spool. */
export interface HoldChange {
  waitingChunks: number;
  waitingBytes: number;
  disputedEntries: number;
}

/**
 * Holds one.
 *
 * @param change Is added to.
 * @returns `entryNo` where it is held now.
 */
export function holdChunk(
  tables: Tables,
  { chunk, key, body, senderNo, fresh }: SealedChunk,
  change: HoldChange,
): { readonly outcome: HoldOutcome; readonly entryNo?: number } {
  const { segmentId, stream, sequence, chunkDigest } = chunk;
  const there = tables.byKey(key);
  if (there !== undefined && equalBytes(there.digest, chunkDigest)) {
    const receipt = there.state === STORED ? readReceipt(there) : null;
    return { outcome: { outcome: "repeated", receipt } };
  }
  const disputed = tables.disputedAt(key);
  const same = disputed.find(({ digest }) => equalBytes(digest, chunkDigest));
  if (same !== undefined && there === undefined) {
    const problem = readProblem(same);
    // What was damaged here was never refused, and is welcome once more.
    if (problemSlug(problem) !== "integrity-failed") {
      return { outcome: { outcome: "disputed", problem } };
    }
  }
  const entry = {
    ...fresh,
    recordingNo: chunk.recordingNo,
    senderNo,
    key,
    digest: chunkDigest,
    segmentId,
    stream,
    sequence,
    setDigest: chunk.setDigest,
    needsNext: chunk.needsNext ? 1 : 0,
    byteLength: body.byteLength,
    body,
  };
  if (there !== undefined) {
    if (same === undefined && disputed.length < DISPUTED_BODIES_PER_PLACE) {
      const problem = toProblem("chunk-conflict", {
        detail: "The relay holds a different chunk",
      });
      const answer = JSON.stringify(problem);
      tables.insert({ ...entry, state: DISPUTED, lane: LANE_BACKLOG, answer });
      change.disputedEntries++;
    }
    return { outcome: { outcome: "conflict" } };
  }
  const lane = tables.isNewest(segmentId, stream, sequence) ? LANE_LIVE : LANE_BACKLOG;
  const entryNo = tables.insert({ ...entry, lane });
  tables.runs.add({ segmentId, stream, level: LEVEL_HELD }, {
    start: sequence,
    end: sequence + 1,
    endDigest: chunkDigest,
  });
  change.waitingChunks++;
  change.waitingBytes += body.byteLength;
  return { outcome: { outcome: "held" }, entryNo };
}
