/**
 * The review ledger, drawn: a line for each reader over the time of the recording.
 *
 * Plain arithmetic from rows to coordinates; `LedgerTimeline.tsx` makes the picture.
 *
 * @module
 */

import type { ViewingReader } from "@wavekeep/core/wire";
import { actorText } from "../admin/event_words.ts";
import { elapsedText } from "../signal/clock_text.ts";
import { joined } from "./joined_stretches.ts";

/** A line of the picture. */
export interface LedgerLine {
  readonly name: string;
  readonly y: number;
  readonly bars: readonly { readonly x: number; readonly width: number }[];
}

/** The picture, in its own units. */
export interface LedgerPicture {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly LedgerLine[];
  readonly ticks: readonly { readonly x: number; readonly text: string }[];
}

export const LINE_HEIGHT = 24;
const WIDTH = 1000;
const LEFT = 190;
const RIGHT = 20;
const TOP = 24;
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
 * @param endSeconds Of the recording.
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
  endSeconds: number,
): LedgerPicture | undefined {
  if (readers.length === 0) return undefined;
  const stretches = readers.flatMap((reader) => reader.stretches);
  const end = Math.max(1, endSeconds, ...stretches.map(([, to]) => to));
  const scale = (WIDTH - LEFT - RIGHT) / end;
  const at = (seconds: number) => Math.round((LEFT + seconds * scale) * 10) / 10;
  const named: [string, ViewingReader["stretches"]][] = readers.slice(0, LINES_MAX)
    .map((reader) => [actorText(reader), reader.stretches]);
  if (readers.length > 1) named.unshift(["All together", joined(stretches)]);
  const lines = named.map(([name, own], index) => ({
    name,
    y: TOP + index * LINE_HEIGHT,
    bars: own.map(([from, to]) => ({
      x: at(from),
      width: Math.max(BAR_MIN, Math.round((at(to) - at(from)) * 10) / 10),
    })),
  }));
  const step = STEPS.find((each) => end / each <= 8) ?? end;
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => ({
    x: at(index * step),
    text: elapsedText(index * step),
  }));
  return { width: WIDTH, height: TOP + lines.length * LINE_HEIGHT + 4, lines, ticks };
}
