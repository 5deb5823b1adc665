/**
 * No chunk of a run is stored without what covers it.
 *
 * Both stores ask this before they commit. A chunk is covered by the next one of its stream, which is in the
 * same request and was found to name it; what is left to see is that the next one is the chunk at its
 * place, and not another that was there before.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import type { ChunkKey, NewChunk, PutChunkResult } from "./ingest_store.ts";
import { BrokenRunError } from "./store_errors.ts";

/**
 * @param results One for each of `chunks`, which are those of one request.
 * @throws {BrokenRunError} Nothing of the transaction may stay.
 */
export function requireWholeRuns(
  chunks: readonly NewChunk[],
  results: readonly PutChunkResult[],
): void {
  if (!chunks.some(({ needsNext }) => needsNext)) return;
  const standing = new Set<string>();
  for (const [index, chunk] of chunks.entries()) {
    const result = results[index]!;
    const isThere = result.outcome !== "beyond-end" &&
      equalBytes(result.chunk.chunkDigest, chunk.chunkDigest);
    if (isThere) standing.add(place(chunk, chunk.sequence));
  }
  for (const [index, chunk] of chunks.entries()) {
    const isNew = results[index]!.outcome === "stored";
    if (chunk.needsNext !== true || !isNew || standing.has(place(chunk, chunk.sequence + 1))) {
      continue;
    }
    throw new BrokenRunError(
      `Cannot store chunk ${chunk.sequence}: the next one does not stand, which covers it`,
    );
  }
}

function place({ recordingId, segmentNumber, stream }: ChunkKey, sequence: number): string {
  return `${recordingId}/${segmentNumber}/${stream}/${sequence}`;
}
