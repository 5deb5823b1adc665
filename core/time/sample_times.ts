/**
 * Layer 1. The times of many samples as plain numbers, for answers and screens.
 *
 * Sole owner of turning runs of indexes into binary64 seconds. Hazard: these are for display and JSON
 * numbers; arithmetic stays with ExactSeconds.
 *
 * @module
 */

import { addSeconds, type ExactSeconds, exactSeconds, toNumber } from "./exact_seconds.ts";
import type { SampleRange } from "./sample_range.ts";
import { type SampleRate, secondsOfSample } from "./sample_rate.ts";

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * When each sample of a range was taken.
 *
 * @param origin Time of sample 0.
 * @returns Seconds, one for each sample. Each is computed from its index alone, so nothing drifts: the
 * nearest binary64 while the exact ratio has parts below 2^53, and as {@link toNumber} beyond that.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { exactSeconds, sampleRate, sampleTimes } from "@wavekeep/core/time";
 *
 * deepStrictEqual(
 *   [...sampleTimes(sampleRate(4), exactSeconds(10), { start: 1, end: 4 })],
 *   [10.25, 10.5, 10.75],
 * );
 * ```
 */
export function sampleTimes(
  rate: SampleRate,
  origin: ExactSeconds,
  range: SampleRange,
): Float64Array<ArrayBuffer> {
  const times = new Float64Array(Math.max(0, range.end - range.start));
  // origin + i·seconds/samples, over one denominator: (base + i·step) / denominator.
  const denominator = origin.denominator * rate.samples;
  const step = rate.seconds * origin.denominator;
  const base = origin.numerator * rate.samples;
  const first = base + BigInt(range.start) * step;
  const last = base + BigInt(range.end) * step;
  const isSafe = [denominator, step, first, last].every((part) => -SAFE <= part && part <= SAFE);
  if (isSafe) {
    const divisor = Number(denominator);
    const numerator = Number(first);
    const increment = Number(step);
    for (let i = 0; i < times.length; i++) times[i] = (numerator + i * increment) / divisor;
  } else {
    for (let i = 0; i < times.length; i++) {
      times[i] = toNumber(addSeconds(origin, secondsOfSample(rate, range.start + i)));
    }
  }
  return times;
}

/**
 * When an exact position of a stream was, in seconds from its first sample; it may fall between two
 * samples, as marks do.
 *
 * @param position Samples, as a ratio.
 */
export function secondsOfPosition(rate: SampleRate, position: ExactSeconds): ExactSeconds {
  return exactSeconds(position.numerator * rate.seconds, position.denominator * rate.samples);
}
