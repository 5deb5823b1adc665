/**
 * Layer 2. Minimum and maximum per bucket of samples.
 *
 * Sole owner of reduction for display. Never drops an extreme: the smallest and the largest sample of
 * every bucket are in the result, so a spike of one sample stays visible at any zoom. Hazard: min and max
 * do not commute with montage or filter; derive first, reduce last.
 *
 * @module
 */

import { assert } from "../assert.ts";

/** An envelope; bucket i of both arrays covers samples i × bucketSize to (i + 1) × bucketSize. */
export interface Envelope {
  /** NaN where the bucket holds no number. */
  readonly min: Float64Array<ArrayBuffer>;
  readonly max: Float64Array<ArrayBuffer>;
}

/**
 * Reduces samples to extremes.
 *
 * @param values Samples; NaN is "no value here" and never an extreme.
 * @param bucketSize Samples per bucket, at least 1; the last bucket may be shorter.
 * @returns ⌈length ÷ bucketSize⌉ pairs, fresh arrays.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { envelope } from "@wavekeep/core/signal";
 *
 * const { min, max } = envelope(Int32Array.of(0, 900, 1, -3, 2), 2);
 * deepStrictEqual(min, Float64Array.of(0, -3, 2));
 * deepStrictEqual(max, Float64Array.of(900, 1, 2));
 * ```
 */
export function envelope(values: ArrayLike<number>, bucketSize: number): Envelope {
  assert(Number.isSafeInteger(bucketSize) && bucketSize >= 1, `${bucketSize} is a bucket size`);
  const bucketCount = Math.ceil(values.length / bucketSize);
  return reduce(values, bucketCount, (bucket) => bucket * bucketSize);
}

/**
 * Reduces samples to a number of buckets of nearly equal size, such as one for each pixel column.
 *
 * Bucket i covers samples ⌊i·n/c⌋ to ⌊(i+1)·n/c⌋, so every sample is in exactly one. With fewer samples
 * than columns some buckets are empty, and NaN.
 */
export function envelopeColumns(values: ArrayLike<number>, columnCount: number): Envelope {
  assert(Number.isSafeInteger(columnCount) && columnCount >= 1, `${columnCount} is a column count`);
  return reduce(
    values,
    columnCount,
    (column) => Math.floor(column * values.length / columnCount),
  );
}

/**
 * Merges neighbouring buckets of an envelope: two levels of reduction equal one.
 *
 * @param factor Buckets per new bucket, at least 1.
 */
export function coarsenEnvelope(fine: Envelope, factor: number): Envelope {
  return { min: envelope(fine.min, factor).min, max: envelope(fine.max, factor).max };
}

function reduce(
  values: ArrayLike<number>,
  bucketCount: number,
  startOf: (bucket: number) => number,
): Envelope {
  const mins = new Float64Array(bucketCount).fill(NaN);
  const maxs = new Float64Array(bucketCount).fill(NaN);
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const end = Math.min(startOf(bucket + 1), values.length);
    let min = Infinity;
    let max = -Infinity;
    for (let i = startOf(bucket); i < end; i++) {
      const value = values[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (min <= max) {
      mins[bucket] = min;
      maxs[bucket] = max;
    }
  }
  return { min: mins, max: maxs };
}
