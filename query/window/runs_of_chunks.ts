/**
 * Runs of consecutive sequence numbers, out of the chunks themselves.
 *
 * @module
 */

import type { SequenceRun, StoredLength } from "./timeline.ts";

/**
 * Joins consecutive sequences.
 *
 * @param chunks By sequence.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { runsOfChunks } from "./runs_of_chunks.ts";
 *
 * const chunks = [4, 5, 7].map((sequence) => ({ sequence, sampleCount: 10 }));
 * deepStrictEqual(runsOfChunks(chunks), [
 *   { start: 4, end: 6, sampleCount: 20 },
 *   { start: 7, end: 8, sampleCount: 10 },
 * ]);
 * ```
 */
export function runsOfChunks(chunks: readonly StoredLength[]): SequenceRun[] {
  const runs: SequenceRun[] = [];
  for (const { sequence, sampleCount } of chunks) {
    const last = runs.at(-1);
    if (last?.end !== sequence) {
      runs.push({ start: sequence, end: sequence + 1, sampleCount });
    } else {
      runs[runs.length - 1] = {
        start: last.start,
        end: sequence + 1,
        sampleCount: last.sampleCount + sampleCount,
      };
    }
  }
  return runs;
}
