/**
 * Memory that nobody uses goes back to the machine.
 *
 * malloc gives back what is free at the end of its heaps, and nothing of what lies between; what compilers took
 * in the first minutes, and a crowd after a stall, stays: 25 MB of a busy ingest (core/decisions/0062).
 * `malloc_trim` gives all of it back. Deno calls it when a thread ends, so one with nothing to do is begun, and
 * ends: 9 to 15 ms of this thread, some megabytes for that long, no permission. How often is a matter of age: soon
 * after the start, and ever less often.
 *
 * @see https://github.com/denoland/deno/pull/32617
 * @module
 */

/** Age in ms at which memory is given back first; from then on, whenever the age has doubled. */
const FIRST_MS = 30_000;

/** But at least once in so long, in ms. */
const INTERVAL_MS_MAX = 3_600_000;

/** Chunks between two looks at the clock: where nothing is done nothing is given back. */
const LOOK_CHUNKS = 4_096;

const ENDS_AT_ONCE = "data:text/javascript,close()";

/**
 * @param startThread Begins a thread that ends at once.
 * @returns To be called for each chunk.
 */
export function memoryGiver(
  startThread: () => void = () => void new Worker(ENDS_AT_ONCE, { type: "module" }),
  nowMs: () => number = () => performance.now(),
): () => void {
  const startMs = nowMs();
  let dueMs = startMs + FIRST_MS;
  let chunkCount = 0;
  return () => {
    if (++chunkCount < LOOK_CHUNKS) return;
    chunkCount = 0;
    const now = nowMs();
    if (now < dueMs) return;
    dueMs = now + Math.min(now - startMs, INTERVAL_MS_MAX);
    startThread();
  };
}
