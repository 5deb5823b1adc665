/**
 * Marks of a whole recording, by pixel column: thousands of them cost one pass, and nothing after it.
 *
 * @module
 */

import { isRejected, isSeizure, isShaded, markEnd } from "../marks.ts";
import type { MarkModel } from "../recording_model.ts";
import { type TimeScale, xOf } from "../time_scale.ts";

/** What a lane of the strip shows, top to bottom. */
export const MARK_LANES = ["seizure", "detection", "other"] as const;

/** A lane: seizures stated or accepted by people, those only an algorithm saw, everything else. */
export type MarkLane = (typeof MARK_LANES)[number];

/** By lane, one number a column: marks that touch it, at most 255. */
export type MarkColumns = Readonly<Record<MarkLane, Uint8Array>>;

/** The lane of a mark; undefined where it was rejected. */
export function laneOf(mark: MarkModel): MarkLane | undefined {
  if (isRejected(mark)) return undefined;
  if (!isSeizure(mark)) return "other";
  const isStated = mark.source !== "algorithm" || mark.review?.verdict === "accepted";
  return isStated ? "seizure" : "detection";
}

/**
 * Counts marks by column of a plot. The same list on the same axis is counted once.
 *
 * @param time The axis; column 0 is its left edge.
 */
export function markColumns(marks: readonly MarkModel[], time: TimeScale): MarkColumns {
  const { start, seconds, width } = time;
  const key = `${start}/${seconds}/${width}`;
  const kept = COUNTED.get(marks) ?? new Map<string, MarkColumns>();
  const known = kept.get(key);
  if (known !== undefined) return known;
  const columns = {
    seizure: new Uint8Array(width),
    detection: new Uint8Array(width),
    other: new Uint8Array(width),
  };
  for (const mark of marks) {
    const lane = laneOf(mark);
    if (lane === undefined) continue;
    const from = Math.floor(xOf(time, mark.onset) - time.left);
    // Stages and states last for hours, one after the other: what is seen is where they begin.
    const last = isShaded(mark) ? markEnd(mark) : mark.onset;
    const to = Math.ceil(xOf(time, last) - time.left);
    const counts = columns[lane];
    const end = Math.min(Math.max(to, from + 1), width);
    for (let at = Math.max(0, from); at < end; at++) {
      if (counts[at]! < 255) counts[at]!++;
    }
  }
  if (kept.size >= AXES_MAX) kept.delete(kept.keys().next().value!);
  COUNTED.set(marks, kept.set(key, columns));
  return columns;
}

/** Stretches of columns with any mark, as `[first, after the last]`. */
export function runsOf(counts: Uint8Array): [start: number, end: number][] {
  const runs: [number, number][] = [];
  for (let at = 0; at < counts.length; at++) {
    if (counts[at] === 0) continue;
    const start = at;
    while (at < counts.length && counts[at] !== 0) at++;
    runs.push([start, at]);
  }
  return runs;
}

/** Axes of one list that are kept: the slider's, the strip's, those before a change of size. */
const AXES_MAX = 4;

const COUNTED = new WeakMap<readonly MarkModel[], Map<string, MarkColumns>>();
