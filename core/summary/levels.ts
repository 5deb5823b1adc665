/**
 * Layer 4. Which sequences a bucket and a block hold.
 *
 * Sole owner of the pyramid's arithmetic: a bucket of level n holds 8ⁿ sequences, a block holds 64 buckets,
 * both aligned to sequence 0. At level 0 a bucket is one chunk: one second at 1 Hz and above.
 *
 * @see core/summary/FORMAT.md, "Levels, buckets and blocks"
 * @module
 */

/** Buckets of a block. */
export const BLOCK_BUCKETS = 64;

/** Buckets of a level that make one of the next. */
export const LEVEL_FACTOR = 8;

/** The coarsest level: buckets of 512 sequences. A year in 2,000 columns takes 30 of them a column. */
export const LEVEL_MAX = 3;

/** Every level, finest first. */
export const LEVELS: readonly number[] = Array.from({ length: LEVEL_MAX + 1 }, (_, level) => level);

/** Sequences of a bucket. */
export function bucketSequences(level: number): number {
  return LEVEL_FACTOR ** level;
}

/** Sequences of a block. */
export function blockSequences(level: number): number {
  return BLOCK_BUCKETS * LEVEL_FACTOR ** level;
}

/** The block of a level that holds a sequence, and the bucket in it. */
export interface BucketPlace {
  readonly block: number;
  readonly bucket: number;
}

/**
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { placeOfSequence } from "@wavekeep/core/summary";
 *
 * deepStrictEqual(placeOfSequence(0, 130), { block: 2, bucket: 2 });
 * deepStrictEqual(placeOfSequence(1, 130), { block: 0, bucket: 16 });
 * ```
 */
export function placeOfSequence(level: number, sequence: number): BucketPlace {
  const bucket = Math.floor(sequence / bucketSequences(level));
  return { block: Math.floor(bucket / BLOCK_BUCKETS), bucket: bucket % BLOCK_BUCKETS };
}
