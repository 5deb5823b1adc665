/**
 * Layer 2. Running display filters over the uninterrupted samples of a channel.
 *
 * Sole owner of filter state. A filtered sample must be the same on every page that shows it, so no
 * filter starts at a page's edge: the samples of a stream are cut into blocks at fixed sample indexes,
 * and each block is run from a fixed anchor, one margin of {@link MARGIN_TIME_CONSTANTS} earlier. What a
 * block holds depends on the stream and on the settings alone. Where samples begin (a segment's start, the
 * end of a hole) filters start in the steady state of the first sample, and the time until that guess
 * has faded is settling, which the screen shades.
 *
 * @module
 */

import { assert } from "../assert.ts";
import {
  exactSeconds,
  firstSampleAtOrAfter,
  type SampleRange,
  type SampleRate,
  secondsOfSample,
} from "../time/mod.ts";
import type { FilterDesign, FilterSection } from "./filter_design.ts";

/** e^−12 is 6 · 10^−6: of a 300 µV disturbance 2 nV are left. */
export const MARGIN_TIME_CONSTANTS = 12;

/** e^−7 is 0.1 %: what is left of a wrong start is below a pixel. */
export const SETTLED_TIME_CONSTANTS = 7;

/** Where blocks begin and how far their anchors lie before them, in whole seconds. */
export interface FilterBlocks {
  /** Block n covers the seconds n × blockSeconds to (n + 1) × blockSeconds of its segment. */
  readonly blockSeconds: number;
  /** Run before each block; for zero-phase also after it. */
  readonly marginSeconds: number;
  /** Seconds after a start in which a trace is still settling. */
  readonly settlingSeconds: number;
}

/**
 * The blocks that fit a design. Margin and block are as long as each other: of the samples run, at least
 * half (a third for zero-phase) are shown.
 */
export function filterBlocks(design: FilterDesign): FilterBlocks {
  const marginSeconds = Math.ceil(design.timeConstant * MARGIN_TIME_CONSTANTS);
  return {
    blockSeconds: Math.max(1, marginSeconds),
    marginSeconds,
    settlingSeconds: design.timeConstant * SETTLED_TIME_CONSTANTS,
  };
}

/**
 * Filters a range of samples.
 *
 * @param values Samples of the stretch, the first one at index `first`; not changed.
 * @param options.first Index of `values[0]` in its stream.
 * @param options.wanted The samples to return, within the stretch.
 * @returns A fresh array, `wanted.end − wanted.start` long. The same samples for every `wanted` that
 * holds them, as long as `values` reaches to the anchors or to the end of the stretch.
 */
export function filterRange(
  values: Float64Array,
  design: FilterDesign,
  options: {
    readonly first: number;
    readonly wanted: SampleRange;
    readonly rate: SampleRate;
  },
): Float64Array<ArrayBuffer> {
  const { first, wanted, rate } = options;
  assert(
    first <= wanted.start && wanted.end <= first + values.length,
    "the stretch holds the range",
  );
  const result = new Float64Array(wanted.end - wanted.start);
  const { blockSeconds, marginSeconds } = filterBlocks(design);
  const isTwice = design.phase === "zero-phase";
  const indexOf = (second: number) => firstSampleAtOrAfter(rate, exactSeconds(second));
  const seconds = secondsOfSample(rate, wanted.start);
  const firstBlock = seconds.numerator / seconds.denominator / BigInt(blockSeconds);
  for (let block = Number(firstBlock);; block++) {
    const start = indexOf(block * blockSeconds);
    if (start >= wanted.end) return result;
    const end = indexOf((block + 1) * blockSeconds);
    const from = Math.max(first, indexOf(block * blockSeconds - marginSeconds));
    // Backwards from one margin later. Forwards only, nothing after the range matters.
    const until = isTwice
      ? Math.min(first + values.length, indexOf((block + 1) * blockSeconds + marginSeconds))
      : Math.min(wanted.end, end);
    const run = values.slice(from - first, until - first);
    filterInPlace(run, design.sections);
    if (isTwice) filterInPlace(run.reverse(), design.sections).reverse();
    const shown = { start: Math.max(start, wanted.start), end: Math.min(end, wanted.end) };
    result.set(run.subarray(shown.start - from, shown.end - from), shown.start - wanted.start);
  }
}

/**
 * Runs sections one after the other, forwards, from the steady state of the first sample.
 *
 * @param values Overwritten with the result.
 * @returns `values`.
 *
 * @example A constant is what a low-frequency filter takes away, from its first sample on
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { designFilters, filterInPlace, FILTERS_OFF } from "@wavekeep/core/signal";
 *
 * const { sections } = designFilters({ ...FILTERS_OFF, lowHz: 1 }, 256);
 * deepStrictEqual(filterInPlace(Float64Array.of(50, 50, 50), sections), Float64Array.of(0, 0, 0));
 * ```
 */
export function filterInPlace<T extends Float64Array>(
  values: T,
  sections: readonly FilterSection[],
): T {
  if (values.length === 0) return values;
  for (const section of sections) runSection(values, section);
  return values;
}

/** Transposed direct form II. */
function runSection(values: Float64Array, section: FilterSection): void {
  const { b0, b1, b2, a1, a2 } = section;
  const input = values[0]!;
  const output = input * ((b0 + b1 + b2) / (1 + a1 + a2));
  let state2 = b2 * input - a2 * output;
  let state1 = b1 * input - a1 * output + state2;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const y = b0 * x + state1;
    state1 = b1 * x - a1 * y + state2;
    state2 = b2 * x - a2 * y;
    values[i] = y;
  }
}
