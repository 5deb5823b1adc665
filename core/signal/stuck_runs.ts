/**
 * Layer 2. Where a channel says nothing: at a rail, or dead.
 *
 * A derived trace is wrong wherever one channel of its path is stuck, and the sum does not show it.
 * Clipping is judged by what the samples do, not by the header: samples outside the declared range are
 * real. A channel is stuck while it repeats one digital value for a quarter of a second, which no
 * amplifier's noise does, or for three samples at or beyond the ends of its declared range, where a
 * converter stops. Hazard: the first samples of a plateau that starts before the samples given are only
 * known to be stuck when enough of it is there; give a quarter of a second more on each side.
 *
 * @module
 */

import type { SampleRange } from "../time/mod.ts";

/** Longest plateau of real EEG, in seconds. */
export const STUCK_SECONDS = 0.25;

/** Samples at a declared limit that make a clipped peak. */
const AT_LIMIT_SAMPLES = 3;

/** What is known of the converter. */
export interface StuckOptions {
  readonly rateHz: number;
  /** Declared digital range; null for float samples. */
  readonly limits: { readonly digitalMin: number; readonly digitalMax: number } | null;
}

/**
 * The runs in which a channel is stuck, in order.
 *
 * @param samples Digital samples of one channel without a hole.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { stuckRuns } from "@wavekeep/core/signal";
 *
 * const limits = { digitalMin: -2048, digitalMax: 2047 };
 * const samples = Int32Array.of(5, 2047, 2047, 2047, 9, 9, 9, 2050, 2051);
 * deepStrictEqual(stuckRuns(samples, { rateHz: 256, limits }), [{ start: 1, end: 4 }]);
 * ```
 */
export function stuckRuns(
  samples: ArrayLike<number>,
  { rateHz, limits }: StuckOptions,
): SampleRange[] {
  const plateau = Math.max(AT_LIMIT_SAMPLES, Math.ceil(rateHz * STUCK_SECONDS));
  const low = limits === null ? -Infinity : Math.min(limits.digitalMin, limits.digitalMax);
  const high = limits === null ? Infinity : Math.max(limits.digitalMin, limits.digitalMax);
  const runs: SampleRange[] = [];
  for (let start = 0; start < samples.length;) {
    const value = samples[start]!;
    let end = start + 1;
    while (end < samples.length && samples[end] === value) end++;
    const isAtLimit = value <= low || value >= high;
    if (end - start >= (isAtLimit ? AT_LIMIT_SAMPLES : plateau)) runs.push({ start, end });
    start = end;
  }
  return runs;
}
