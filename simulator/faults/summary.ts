/**
 * Faults. Many durations in three numbers.
 *
 * @module
 */

/**
 * Median, 99th percentile and largest, by names that begin with `what`.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { durations } from "./summary.ts";
 *
 * deepStrictEqual(durations("restart", [3, 1, 2]), {
 *   "restart p50 ms": 2,
 *   "restart p99 ms": 3,
 *   "restart max ms": 3,
 * });
 * ```
 */
export function durations(what: string, valuesMs: readonly number[]): Record<string, number> {
  if (valuesMs.length === 0) return {};
  const sorted = valuesMs.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return {
    [`${what} p50 ms`]: at(0.5),
    [`${what} p99 ms`]: at(0.99),
    [`${what} max ms`]: sorted.at(-1)!,
  };
}
