/**
 * Layer 1. Stretches in any order, overlapping or touching, as the fewest that cover the same.
 *
 * @module
 */

/**
 * The same stretches, sorted, none touching the next.
 *
 * @param ranges From and to in one unit, half open.
 * @returns Fresh pairs.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { mergedRanges } from "@wavekeep/core/time";
 *
 * deepStrictEqual(mergedRanges([[20, 30], [0, 10], [10, 15], [25, 40]]), [[0, 15], [20, 40]]);
 * ```
 */
export function mergedRanges(
  ranges: readonly (readonly [start: number, end: number])[],
): [start: number, end: number][] {
  const merged: [number, number][] = [];
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}
