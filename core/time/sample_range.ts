/**
 * Layer 1. Half-open ranges of samples.
 *
 * Sole owner of range arithmetic: `start <= i && i < end`, and a range with `end <= start` is empty.
 *
 * @module
 */

/** 0-based position of a sample in a channel of one stream. */
export type SampleIndex = number;

/** How many samples of one channel. */
export type SampleCount = number;

/** The samples `start <= i && i < end`. */
export interface SampleRange {
  readonly start: SampleIndex;
  readonly end: SampleIndex;
}

export function rangeLength(range: SampleRange): SampleCount {
  return Math.max(0, range.end - range.start);
}

/**
 * What two ranges share; an empty range at a meeting point when they share nothing.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { intersectRanges } from "@wavekeep/core/time";
 *
 * deepStrictEqual(intersectRanges({ start: 0, end: 5 }, { start: 3, end: 9 }), { start: 3, end: 5 });
 * ```
 */
export function intersectRanges(a: SampleRange, b: SampleRange): SampleRange {
  const start = Math.max(a.start, b.start);
  return { start, end: Math.max(start, Math.min(a.end, b.end)) };
}

/**
 * The parts of `whole` that no range of `covered` touches, in order.
 *
 * @param covered Sorted by start; overlaps and empty ranges are fine.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { uncoveredRanges } from "@wavekeep/core/time";
 *
 * deepStrictEqual(uncoveredRanges({ start: 0, end: 10 }, [{ start: 2, end: 4 }]), [
 *   { start: 0, end: 2 },
 *   { start: 4, end: 10 },
 * ]);
 * ```
 */
export function uncoveredRanges(
  whole: SampleRange,
  covered: Iterable<SampleRange>,
): SampleRange[] {
  const open: SampleRange[] = [];
  let start = whole.start;
  for (const range of covered) {
    const end = Math.min(range.start, whole.end);
    if (start < end) open.push({ start, end });
    start = Math.max(start, range.end);
  }
  if (start < whole.end) open.push({ start, end: whole.end });
  return open;
}
