/**
 * Accepting many chunks of one request: each gets its own answer, and one bad chunk takes no other down.
 *
 * All chunks of a request belong to the sender's site, so they make one group and one transaction. When
 * that transaction aborts for a reason that is not "the store is away", each chunk is tried alone.
 *
 * @module
 */

import { splitChunks } from "@wavekeep/core/chunk";
import { ProblemError } from "@wavekeep/core/problem";
import { CommitOutcomeUnknownError } from "@wavekeep/core/service";
import { acceptChunk, acceptChunks, type ChunkVerdict } from "./accept_chunk.ts";
import { checkChunk, type CheckedChunk } from "./check_chunk.ts";
import type { IngestDeps } from "./deps.ts";
import type { Sender } from "./store/ingest_store.ts";
import { StoreUnavailableError } from "./store/store_errors.ts";

/**
 * Takes a body of whole chunks, one after the other.
 *
 * @returns One verdict per chunk, in the order of the body.
 * @throws {CoreError} The body is not a row of whole chunks (an upload that was cut off): nothing of it
 * was stored.
 * @throws {ProblemError} No chunk, or too many.
 * @throws {StoreUnavailableError | CommitOutcomeUnknownError} Nothing is acknowledged; send all again.
 */
export async function acceptBatch(
  deps: IngestDeps & { toProblem(error: unknown): ProblemError },
  sender: Sender,
  body: Uint8Array,
): Promise<ChunkVerdict[]> {
  const pieces = splitBody(body, deps.limits.batchChunksMax);
  const verdicts: ChunkVerdict[] = [];
  const checked: { index: number; chunk: CheckedChunk }[] = [];
  for (const [index, bytes] of pieces.entries()) {
    try {
      checked.push({ index, chunk: await checkChunk(deps, sender, bytes) });
    } catch (error) {
      if (isAboutTheStore(error)) throw error;
      verdicts[index] = deps.toProblem(error);
    }
  }
  const group = checked.map(({ chunk }) => chunk);
  const outcomes = group.length === 0 ? [] : await acceptTogetherOrAlone(deps, sender, group);
  for (const [position, { index }] of checked.entries()) verdicts[index] = outcomes[position]!;
  return verdicts;
}

function splitBody(body: Uint8Array, chunksMax: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (const piece of splitChunks(body)) {
    pieces.push(piece);
    if (pieces.length > chunksMax) {
      throw new ProblemError("body-too-large", {
        detail: `Request holds more than ${chunksMax} chunks`,
        extensions: { "limit_chunks": chunksMax },
      });
    }
  }
  if (pieces.length === 0) {
    throw new ProblemError("chunk-truncated", { detail: "Request body is empty" });
  }
  return pieces;
}

async function acceptTogetherOrAlone(
  deps: IngestDeps & { toProblem(error: unknown): ProblemError },
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
  for (const chunk of group) {
    try {
      verdicts.push(await acceptChunk(deps, sender, chunk));
    } catch (error) {
      verdicts.push(deps.toProblem(error));
    }
  }
  return verdicts;
}

/** Trying chunk by chunk would only wait for the same store again. */
function isAboutTheStore(error: unknown): boolean {
  return error instanceof StoreUnavailableError || error instanceof CommitOutcomeUnknownError;
}
