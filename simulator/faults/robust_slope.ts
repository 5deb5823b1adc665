/**
 * Faults. The trend of a noisy series.
 *
 * @module
 */

/**
 * The median of the slopes between all pairs of points (Theil 1950, Sen 1968): a third of the points may lie
 * anywhere.
 *
 * @param points Time and value; at least two different times.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { robustSlope } from "./robust_slope.ts";
 *
 * strictEqual(robustSlope([[0, 1], [1, 3], [2, 500], [3, 7], [4, 9]]), 2);
 * ```
 */
export function robustSlope(points: readonly (readonly [time: number, value: number])[]): number {
  const slopes: number[] = [];
  for (const [index, [time, value]] of points.entries()) {
    for (const [laterTime, laterValue] of points.slice(index + 1)) {
      if (laterTime !== time) slopes.push((laterValue - value) / (laterTime - time));
    }
  }
  slopes.sort((a, b) => a - b);
  return slopes[Math.floor(slopes.length / 2)] ?? 0;
}
