/**
 * A verifying worker collects its own garbage.
 *
 * The runtime keeps some 200 bytes beside the heap for each digest until the whole heap is marked. In a worker
 * nothing that a chunk brings lives on, so its heap does not grow, and is marked by itself once in some 300,000
 * digests: 40 MB, in pieces of 48 and 64 bytes (core/decisions/0062).
 *
 * @module
 */

/** Chunks between two collections, of some 8 ms: four seconds of two thousand devices, 2 MB. */
export const COLLECT_CHUNKS = 8_192;

/**
 * @param collect Marks the heap; absent without `--expose-gc`, which the task has.
 * @returns To be called with the chunks of each group, when somebody has just got its answer.
 */
export function heapCollector(
  collect = (globalThis as { readonly gc?: () => void }).gc,
): (chunkCount: number) => void {
  let uncollected = 0;
  return (chunkCount) => {
    uncollected += chunkCount;
    if (uncollected < COLLECT_CHUNKS) return;
    uncollected = 0;
    collect?.();
  };
}
