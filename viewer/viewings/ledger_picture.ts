/**
 * The review ledger, drawn: a line for each reader over the time of the recording.
 *
 * Plain arithmetic from rows to coordinates; `LedgerTimeline.tsx` makes the picture.
 *
 * @module
 */

import { mergedRanges } from "@wavekeep/core/time";
import type { ViewingReader } from "@wavekeep/core/wire";
import { actorText } from "../admin/event_words.ts";
import { elapsedText } from "../signal/clock_text.ts";
import { TIMELINE, type TimelinePicture } from "../timeline_shape.ts";

/** A line of the picture. */
export interface LedgerLine {
  readonly name: string;
  readonly y: number;
  readonly bars: readonly { readonly x: number; readonly width: number }[];
}

/** The picture, in its own units. */
export interface LedgerPicture extends TimelinePicture {
  readonly lines: readonly LedgerLine[];
}

export const LINE_HEIGHT = 24;
const LINES_MAX = 30;

/** A bar that a screen still shows. */
const BAR_MIN = 1;

/** Whole steps, seconds. */
const STEPS = [
  ...[10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400],
  ...[172_800, 604_800],
];

/**
 * Lays it out: everybody together, then each reader. Undefined where nobody has seen anything.
 *
 * @param endSeconds Of the recording; without it, or behind it, the axis ends where the last reviewed second does.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { layoutLedger } from "./ledger_picture.ts";
 *
 * strictEqual(layoutLedger([], 60), undefined);
 * ```
 */
export function layoutLedger(
  readers: readonly ViewingReader[],
  endSeconds?: number,
): LedgerPicture | undefined {
  if (readers.length === 0) return undefined;
  const stretches = readers.flatMap((reader) => reader.stretches);
  // Not Math.max(...): they may be more than a call takes arguments.
  const end = stretches.reduce((last, [, to]) => Math.max(last, to), Math.max(1, endSeconds ?? 0));
  const { width, left, right, top } = TIMELINE;
  const scale = (width - left - right) / end;
  const at = (seconds: number) => Math.round((left + seconds * scale) * 10) / 10;
  const named: [string, ViewingReader["stretches"]][] = readers.slice(0, LINES_MAX)
    .map((reader) => [actorText(reader), reader.stretches]);
  if (readers.length > 1) named.unshift(["All together", mergedRanges(stretches)]);
  const lines = named.map(([name, own], index) => ({
    name,
    y: top + index * LINE_HEIGHT,
    // Bars that touch are one: a line has no more of them than a screen can show.
    bars: mergedRanges(own.map(([from, to]) => [at(from), Math.max(at(from) + BAR_MIN, at(to))]))
      .map(([x, to]) => ({ x, width: Math.round((to - x) * 10) / 10 })),
  }));
  const step = STEPS.find((each) => end / each <= 8) ?? end;
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => ({
    x: at(index * step),
    text: elapsedText(index * step),
  }));
  return { width, height: top + lines.length * LINE_HEIGHT + 4, lines, ticks };
}
