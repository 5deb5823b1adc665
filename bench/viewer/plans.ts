/**
 * Bench, viewer. Names and bounds of the rows: what a reader does, and how long until it is painted.
 *
 * @module
 */

import { dayName } from "../day/loaded_day.ts";
import { DENSE_SHAPE } from "../day/signal.ts";
import { type RowPlan, rowPlan } from "../rows.ts";
import { type DayLength, durationName, type Workload } from "../workloads.ts";

/** Actions whose data are there, as `viewer/testing/measure_reading.ts` names its rounds, and in words. */
export const CACHED_ROUNDS = {
  "page-turn": "page turn",
  "event-jump": "event jump",
  "sensitivity": "sensitivity",
  "montage": "montage",
  "filter": "filter",
} as const;
export type CachedRound = keyof typeof CACHED_ROUNDS;

const CACHED_MS = 33;
const COLD_MS = 120;
const DENSE_MS = 100;
const OPEN_MS = 1_000;
const STRIP_COLD_MS = 500;
const STRIP_CACHED_MS = 100;
const HEAP_MB = 300;
/**
 * The second half of a long session may weigh so much more than the first, median against median, and is
 * called flat: which pages are kept at the moment of weighing makes a tenth.
 */
const HEAP_GROWTH = 1.1;
const SCRIPT_KB = 150;

/** Rows of a recording of any length. */
export function openPlans(workload: Workload, { seconds, isLong }: DayLength) {
  const of = dayName(workload, seconds);
  return {
    "open": rowPlan(`viewer, open ${of}, first waveform: once`, "ms", { must: OPEN_MS, isLong }),
    "cold": rowPlan(`viewer, page turn, cold, ${of}: p95`, "ms", { must: COLD_MS, isLong: true }),
  };
}

/** Rows of the recording that is read: the first of the workload. */
export function readingPlans(workload: Workload) {
  const length = workload.days[0]!;
  const of = dayName(workload, length.seconds);
  const cached = (round: CachedRound, isLong: boolean): RowPlan =>
    rowPlan(`viewer, ${CACHED_ROUNDS[round]}, cached, ${of}: p95`, "ms", {
      must: CACHED_MS,
      isLong,
    });
  const { open, cold } = openPlans(workload, length);
  return {
    open,
    "scripts": rowPlan(`viewer, scripts to read ${of}: gzip`, "KB", { must: SCRIPT_KB }),
    "page-turn": cached("page-turn", false),
    "event-jump": cached("event-jump", true),
    "sensitivity": cached("sensitivity", true),
    "montage": cached("montage", true),
    "filter": cached("filter", true),
    cold,
  };
}

/** Rows of turning every page of that recording. */
export function pagingPlans(workload: Workload) {
  const name = `viewer, ${workload.viewerPages} pages of ${
    dayName(workload, workload.days[0]!.seconds)
  }`;
  return {
    heap: rowPlan(`${name}: heap at most`, "MB", { must: HEAP_MB, isLong: true }),
    growth: rowPlan(`${name}: heap, second half over first`, "×", {
      must: HEAP_GROWTH,
      better: "lower",
      isLong: true,
    }),
  };
}

/** Rows of a recording with many channels. */
export function densePlans({ denseSeconds }: Workload) {
  const { channelCount, rateHz } = DENSE_SHAPE;
  const of = `${durationName(denseSeconds)} × ${channelCount} channels × ${rateHz} Hz`;
  const options = { must: DENSE_MS, isLong: true };
  return {
    "page-turn": rowPlan(`viewer, page turn, cached, ${of}: p95`, "ms", options),
    "sensitivity": rowPlan(`viewer, sensitivity, cached, ${of}: p95`, "ms", options),
  };
}

/** Rows of the strip of days. */
export function stripPlans(workload: Workload) {
  const name = `viewer, strip of ${dayName(workload, workload.stripSeconds)}`;
  return {
    cold: rowPlan(`${name}, cold: once`, "ms", { must: STRIP_COLD_MS, isLong: true }),
    cached: rowPlan(`${name}, cached: p95`, "ms", { must: STRIP_CACHED_MS, isLong: true }),
  };
}

/** Rows against libraries that draw the same pages; the baseline is theirs. */
export function peerPlans() {
  const name = "viewer, page turn of 10 s × 23 channels";
  return {
    plotly: rowPlan(`${name} against Plotly scattergl: p95`, "ms", { isLong: true }),
    uplot: rowPlan(`${name} against uPlot: p95`, "ms", { isLong: true }),
  };
}
