/**
 * The samples of a row around a moment: what calipers and read-outs measure on.
 *
 * Values are those of the displayed derivation, in the row's unit, from the samples of the page and never
 * from pixels. Between two runs there is nothing: a moment in a hole has no sample, however near one is.
 *
 * @module
 */

import type { PageData, Run } from "../page_data.ts";

/** One sample. */
export interface SampleHit {
  /** Seconds from recording start. */
  readonly moment: number;
  /** In the row's unit. */
  readonly value: number;
}

/** Half the width, in seconds, in which a sample must be the extreme to be called a peak: 25 Hz. */
const PEAK_RADIUS_SECONDS = 0.02;

/** The sample nearest to a moment, or undefined where the row has none there. */
export function sampleAt(page: PageData, row: number, moment: number): SampleHit | undefined {
  const found = placeOf(page, row, moment);
  return found && hit(page, found.run, found.index);
}

/** The sample `steps` after (or before) the one at a moment; the edge of its run stops it. */
export function stepSamples(
  page: PageData,
  row: number,
  moment: number,
  steps: number,
): SampleHit | undefined {
  const found = placeOf(page, row, moment);
  if (found === undefined) return undefined;
  const { run, index } = found;
  return hit(page, run, Math.min(Math.max(0, index + steps), run.values.length - 1));
}

/**
 * The most outstanding sample near a moment: the one furthest from the mean of what lies around.
 *
 * @param seconds On each side.
 *
 * @example A spike three samples away
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { peakNear } from "./samples_at.ts";
 *
 * const values = Float32Array.of(0, 1, 0, 0, -80, 0, 1, 0);
 * const page = { start: 100, rows: [{ row: 0, runs: [{ startSeconds: 0, secondsPerSample: 0.25, values }] }] };
 * deepStrictEqual(peakNear(page as never, 0, 100.5, 1), { moment: 101, value: -80 });
 * ```
 */
export function peakNear(
  page: PageData,
  row: number,
  moment: number,
  seconds: number,
): SampleHit | undefined {
  const found = placeOf(page, row, moment);
  if (found === undefined) return undefined;
  const { run, index } = found;
  const radius = Math.max(1, Math.round(seconds / run.secondsPerSample));
  const { from, to } = around(run, index, radius);
  let mean = 0;
  for (let i = from; i < to; i++) mean += run.values[i]! / (to - from);
  let best = index, distance = -1;
  for (let i = from; i < to; i++) {
    const away = Math.abs(run.values[i]! - mean);
    if (away > distance) [best, distance] = [i, away];
  }
  return hit(page, run, best);
}

/** The next peak or trough in a direction within the run, or undefined. Plateaus count by their first sample. */
export function nextPeak(
  page: PageData,
  row: number,
  moment: number,
  direction: 1 | -1,
): SampleHit | undefined {
  const found = placeOf(page, row, moment);
  if (found === undefined) return undefined;
  const { run, index } = found;
  const radius = Math.max(1, Math.round(PEAK_RADIUS_SECONDS / run.secondsPerSample));
  for (let i = index + direction; i > 0 && i < run.values.length - 1; i += direction) {
    if (isPeak(run, i, radius)) return hit(page, run, i);
  }
  return undefined;
}

function isPeak(run: Run, index: number, radius: number): boolean {
  const { values } = run;
  const value = values[index]!;
  const { from, to } = around(run, index, radius);
  let isMost = true, isLeast = true, isFlat = true;
  for (let i = from; i < to; i++) {
    // Of equal ones the first is the peak.
    if (values[i]! > value || (i < index && values[i] === value)) isMost = false;
    if (values[i]! < value || (i < index && values[i] === value)) isLeast = false;
    if (values[i] !== value) isFlat = false;
  }
  return !isFlat && (isMost || isLeast);
}

function around({ values }: Run, index: number, radius: number): { from: number; to: number } {
  return { from: Math.max(0, index - radius), to: Math.min(values.length, index + radius + 1) };
}

function placeOf(
  page: PageData,
  row: number,
  moment: number,
): { run: Run; index: number } | undefined {
  const runs = page.rows.find((each) => each.row === row)?.runs ?? [];
  for (const run of runs) {
    const index = Math.round((moment - page.start - run.startSeconds) / run.secondsPerSample);
    if (index >= 0 && index < run.values.length) return { run, index };
  }
  return undefined;
}

function hit({ start }: PageData, run: Run, index: number): SampleHit {
  return {
    moment: start + run.startSeconds + index * run.secondsPerSample,
    value: run.values[index]!,
  };
}
