/**
 * Layer 4. Percentiles, linear between neighbours.
 *
 * @module
 */

/**
 * The value below which a share of some values lies.
 *
 * @param sorted Ascending, at least one.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { percentile } from "@wavekeep/core/trend";
 *
 * strictEqual(percentile(Float64Array.of(1, 2, 4), 0.75), 3);
 * ```
 */
export function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}
