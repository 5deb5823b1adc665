/**
 * Layer 4. Which chunks a range of samples touches.
 *
 * @module
 */

import type { SampleRange, SampleRate } from "../time/mod.ts";
import { sequenceOfSample } from "./grid.ts";

/** The sequences `firstSequence <= k && k < endSequence`. */
export interface SequenceRange {
  readonly firstSequence: number;
  readonly endSequence: number;
}

/**
 * The sequences that hold the samples of `range`; samples before 0 do not exist and are left out.
 *
 * @returns An empty range (`firstSequence === endSequence`) for an empty `range`.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { cover } from "@wavekeep/core/chunk";
 * import { sampleRate } from "@wavekeep/core/time";
 *
 * deepStrictEqual(cover(sampleRate(256), { start: 255, end: 257 }), {
 *   firstSequence: 0,
 *   endSequence: 2,
 * });
 * ```
 */
export function cover(rate: SampleRate, range: SampleRange): SequenceRange {
  const start = Math.max(0, range.start);
  const firstSequence = sequenceOfSample(rate, start);
  if (range.end <= start) return { firstSequence, endSequence: firstSequence };
  return { firstSequence, endSequence: sequenceOfSample(rate, range.end - 1) + 1 };
}
