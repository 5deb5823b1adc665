/**
 * Layer 4. Which sequences a bucket and a block of trends hold.
 *
 * A bucket of level n holds 8ⁿ epochs, a block holds 64 buckets, all aligned to sequence 0 of the segment:
 * buckets are 10 s, 80 s and 640 s, blocks 10.7 min, 85 min and 11.4 h. The one bucket of level 2 is a whole
 * block of level 0.
 *
 * @module
 */

import { EPOCH_SECONDS } from "./definition.ts";

/** Buckets of a block. */
export const TREND_BLOCK_BUCKETS = 64;

/** Buckets of a level that make one of the next. */
export const TREND_LEVEL_FACTOR = 8;

/** The coarsest level. */
export const TREND_LEVEL_MAX = 2;

/** Sequences of a bucket. */
export function trendBucketSequences(level: number): number {
  return EPOCH_SECONDS * TREND_LEVEL_FACTOR ** level;
}

/** Sequences of a block. */
export function trendBlockSequences(level: number): number {
  return TREND_BLOCK_BUCKETS * trendBucketSequences(level);
}

/**
 * The length of a column and the level it is made of: the fewest whole buckets of the coarsest level that
 * is not longer than a column should be, and not longer in all than the columns that are wanted.
 *
 * @param seconds Length of the window.
 *
 * @example Three days in 2,000 columns
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { columnsFor } from "@wavekeep/core/trend";
 *
 * deepStrictEqual(columnsFor(259_200, 2_000), { level: 1, columnSeconds: 160 });
 * deepStrictEqual(columnsFor(3_600, 2_000), { level: 0, columnSeconds: 10 });
 * ```
 */
export function columnsFor(
  seconds: number,
  columns: number,
): { level: number; columnSeconds: number } {
  const wanted = seconds / columns;
  let level = TREND_LEVEL_MAX;
  while (level > 0 && trendBucketSequences(level) > wanted) level--;
  const bucket = trendBucketSequences(level);
  return { level, columnSeconds: Math.max(1, Math.ceil(wanted / bucket)) * bucket };
}
