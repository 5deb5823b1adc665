/**
 * The wall: events of one kind beside each other, each from as long before its onset to as long after it.
 *
 * Pure: which marks hang on it, in which order, and which stretch of the recording each one shows.
 *
 * @module
 */

import { SENSITIVITIES } from "./amplitude_scale.ts";
import { isClip } from "./clips.ts";
import { isSeizure, markName } from "./marks.ts";
import type { MarkModel } from "./recording_model.ts";

/** What hangs on the wall: all seizures, all clips, or every mark of a name. */
export type WallSubject = "seizures" | "clips" | `name:${string}`;

/** How tiles are ordered. */
export const WALL_ORDERS = ["time", "length", "review"] as const;
/** An order. */
export type WallOrder = typeof WALL_ORDERS[number];

/** The words for it. */
export const ORDER_NAMES: Readonly<Record<WallOrder, string>> = {
  "time": "by time",
  "length": "longest first",
  "review": "not reviewed first",
};

/** Seconds before the onset, and seconds of a tile. */
export interface WallStretch {
  readonly before: number;
  readonly seconds: number;
}

/** Stretches on offer. */
export const WALL_STRETCHES: readonly WallStretch[] = [
  { before: 2, seconds: 10 },
  { before: 5, seconds: 20 },
  { before: 10, seconds: 40 },
  { before: 20, seconds: 80 },
  { before: 30, seconds: 150 },
];

/** What a reader sees first: the onset and what follows, wide enough for single waves. */
export const WALL_STRETCH_DEFAULT = 1;

/** Tiles that are shown at once; more than a screen holds, and few enough to have in a moment. */
export const TILES_MAX = 24;

/** A line of the list of subjects. */
export interface SubjectCount {
  readonly subject: WallSubject;
  readonly name: string;
  readonly count: number;
}

/** What can hang on the wall: seizures always, then each name of a mark, and clips where there are some. */
export function wallSubjects(marks: readonly MarkModel[]): SubjectCount[] {
  const names = new Map<string, number>();
  let seizures = 0, clips = 0;
  for (const mark of marks) {
    if (isClip(mark)) clips++;
    else {
      if (isSeizure(mark)) seizures++;
      const name = markName(mark);
      names.set(name, (names.get(name) ?? 0) + 1);
    }
  }
  const others = [...names].sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]): SubjectCount => ({ subject: `name:${name}`, name, count }));
  return [
    { subject: "seizures", name: "All seizures", count: seizures },
    ...others,
    ...clips === 0 ? [] : [{ subject: "clips" as const, name: "Clips", count: clips }],
  ];
}

/**
 * The marks of a subject, in order.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { testMark } from "../testing/test_mark.ts";
 * import { wallMarks } from "./wall.ts";
 *
 * const marks = [
 *   testMark({ id: "a", kind: "seizure", onset: 5, duration: 30 }),
 *   testMark({ id: "b", kind: "note", onset: 8 }),
 *   testMark({ id: "c", kind: "seizure", onset: 90, duration: 60 }),
 * ];
 * const ids = (order: "time" | "length") =>
 *   wallMarks(marks, "seizures", order).map(({ id }) => id).join("");
 * deepStrictEqual([ids("time"), ids("length")], ["ac", "ca"]);
 * ```
 */
export function wallMarks(
  marks: readonly MarkModel[],
  subject: WallSubject,
  order: WallOrder = "time",
): MarkModel[] {
  const found = marks.filter((mark) => hangs(mark, subject));
  if (order === "length") found.sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0));
  if (order === "review") found.sort((a, b) => rank(a) - rank(b));
  return found;
}

function hangs(mark: MarkModel, subject: WallSubject): boolean {
  if (isClip(mark)) return subject === "clips";
  if (subject === "seizures") return isSeizure(mark);
  return subject === `name:${markName(mark)}`;
}

/** Nobody has looked at it, then what a person says, what was accepted, what was rejected. */
function rank({ review, source }: MarkModel): number {
  if (review === null) return source === "human" ? 1 : 0;
  return review.verdict === "accepted" ? 2 : 3;
}

/** Where a tile is in the recording. */
export interface TileWindow {
  /** Of the samples to ask for, seconds from recording start; never before it. */
  readonly start: number;
  readonly seconds: number;
  /** Seconds of the tile before the recording begins. */
  readonly missing: number;
}

/** The stretch of a tile. Onsets stand at one place, also where the recording begins after the left edge. */
export function tileWindow(onset: number, { before, seconds }: WallStretch): TileWindow {
  const from = Math.round((onset - before) * 1000) / 1000;
  const missing = Math.min(Math.max(0, -from), seconds);
  return { start: from + missing, seconds: seconds - missing, missing };
}

/** Seconds stand so much closer on a tile that rows which overlap as on the page are one field of colour. */
const CALMER = 5;

/**
 * The sensitivity that a wall opens with: smaller for lower rows, and calmer than the page. One of the usual
 * steps, so that it can be said.
 *
 * @param rows Heights of a row on the page and on a tile.
 */
export function wallSensitivity(sensitivity: number, rows: { page: number; tile: number }): number {
  const wanted = CALMER * sensitivity * rows.page / Math.max(1, rows.tile);
  return SENSITIVITIES.find((step) => step >= wanted * 0.99) ?? SENSITIVITIES.at(-1)!;
}

/** How a wall's reviews stand: `2 accepted, 1 rejected, 4 not reviewed`; empty where there are none. */
export function reviewText(marks: readonly MarkModel[]): string {
  const count = (of: (mark: MarkModel) => boolean) => marks.filter(of).length;
  return ([
    [count(({ review }) => review?.verdict === "accepted"), "accepted"],
    [count(({ review }) => review?.verdict === "rejected"), "rejected"],
    [count(({ review, source }) => review === null && source !== "human"), "not reviewed"],
    [count(({ review, source }) => review === null && source === "human"), "by readers"],
  ] as const).flatMap(([many, what]) => many === 0 ? [] : [`${many} ${what}`]).join(", ");
}
