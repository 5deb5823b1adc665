/**
 * Who saw a patient, drawn: a line for each person, a bar for each day, signs for what was more than looking.
 *
 * Plain arithmetic from rows to coordinates; `AccessTimeline.tsx` makes the picture.
 *
 * @module
 */

import type { PatientAccess } from "@wavekeep/core/wire";
import { TIMELINE, type TimelinePicture } from "../timeline_shape.ts";
import { actorText } from "./event_words.ts";

/** A bar: from, how wide, and how much of the line's height. */
export interface TimelineBar {
  readonly x: number;
  readonly width: number;
  /** 0 to 1; what was given but not shown has 0. */
  readonly share: number;
}

/** One person. */
export interface TimelineLine {
  readonly name: string;
  readonly y: number;
  readonly bars: readonly TimelineBar[];
  /** Middles of days with an export. */
  readonly exports: readonly number[];
  /** Middles of days with a broken glass. */
  readonly glass: readonly number[];
}

/** The picture, in its own units. */
export interface Timeline extends TimelinePicture {
  readonly lines: readonly TimelineLine[];
}

const DAY_MS = 86_400_000;
export const LINE_HEIGHT = 26;
const LINES_MAX = 40;
/** A minute, ten, an hour: what people tell apart. */
const STEPS = [60, 600, 3600];

/**
 * Lays it out, the rows in their order. Undefined when there is nothing to draw.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { layoutTimeline } from "./access_timeline.ts";
 *
 * strictEqual(layoutTimeline([]), undefined);
 * ```
 */
export function layoutTimeline(accesses: readonly PatientAccess[]): Timeline | undefined {
  const moments = accesses.flatMap((
    { first_at, last_at },
  ) => [Date.parse(first_at), Date.parse(last_at)])
    .filter((ms) => !Number.isNaN(ms));
  if (moments.length === 0) return undefined;
  const start = Math.floor(Math.min(...moments) / DAY_MS) * DAY_MS;
  const end = Math.floor(Math.max(...moments) / DAY_MS) * DAY_MS + DAY_MS;
  const { width, left, right, top } = TIMELINE;
  const scale = (width - left - right) / (end - start);
  const at = (ms: number) => round(left + (ms - start) * scale);
  const lines = accesses.slice(0, LINES_MAX).map((access, index) => ({
    name: actorText(access),
    y: top + index * LINE_HEIGHT,
    ...lineOf(access, at),
  }));
  return {
    width,
    height: top + lines.length * LINE_HEIGHT + 6,
    lines,
    ticks: ticksOf(start, end).map((ms) => ({ x: at(ms), text: tickText(ms, end - start) })),
  };
}

function lineOf(
  access: PatientAccess,
  at: (ms: number) => number,
): Omit<TimelineLine, "name" | "y"> {
  const [first, last] = [Date.parse(access.first_at), Date.parse(access.last_at)];
  const bars: TimelineBar[] = [];
  const exports: number[] = [];
  const glass: number[] = [];
  for (const day of access.days) {
    const from = Date.parse(`${day.day}T00:00:00Z`);
    if (Number.isNaN(from)) continue;
    // Of the first and the last day the moments are known.
    const [begin, end] = [Math.max(from, first), Math.min(from + DAY_MS, last)];
    const x = at(begin);
    bars.push({ x, width: Math.max(3, round(at(end) - x)), share: shareOf(day.seconds_seen) });
    const middle = round((at(begin) + at(Math.max(begin, end))) / 2);
    if (day.exports > 0) exports.push(middle);
    if (day.break_glass > 0) glass.push(middle);
  }
  if (access.days.length === 0) {
    const x = at(first);
    bars.push({ x, width: Math.max(3, round(at(last) - x)), share: shareOf(access.seconds_seen) });
    if (access.exports > 0) exports.push(at(last));
    if (access.break_glass > 0) glass.push(at(first));
  }
  return { bars, exports, glass };
}

/** Quarters: under a minute, under ten, under an hour, more. */
function shareOf(seconds: number): number {
  if (seconds <= 0) return 0;
  return (1 + STEPS.filter((step) => seconds >= step).length) / 4;
}

/** Five to ten whole days or hours. */
function ticksOf(start: number, end: number): number[] {
  const hour = DAY_MS / 24;
  const steps = [
    hour * 3,
    hour * 6,
    hour * 12,
    ...[1, 2, 5, 7, 14, 30, 60, 90, 180, 365].map((days) => days * DAY_MS),
  ];
  const step = steps.find((each) => (end - start) / each <= 9) ?? 730 * DAY_MS;
  const ticks: number[] = [];
  for (let ms = start; ms <= end; ms += step) ticks.push(ms);
  return ticks;
}

function tickText(ms: number, length: number): string {
  const text = new Date(ms).toISOString();
  if (length > 3 * DAY_MS) return text.slice(0, 10);
  return text.slice(11, 16) === "00:00" ? text.slice(5, 10) : text.slice(11, 16);
}

function round(x: number): number {
  return Math.round(x * 10) / 10;
}
