/**
 * Two cursors on one row: how they move, what lies between them, and that in words.
 *
 * Pure: what a key or a hand does to the cursors, given the page on screen. A cursor stands on a sample
 * where there is one; in a hole it stands where it was put, and says that nothing is there.
 *
 * @module
 */

import { civilText, elapsedText } from "../clock_text.ts";
import type { PageData } from "../page_data.ts";
import type { RecordingModel, RowModel } from "../recording_model.ts";
import { nextPeak, peakNear, sampleAt, type SampleHit, stepSamples } from "./samples_at.ts";

/** Where the cursors are. */
export interface CaliperPlace {
  /** By name: rows have other numbers in another montage. */
  readonly row: string;
  /** Seconds from recording start; the first one need not be the earlier. */
  readonly moments: readonly [number, number];
}

/** Which cursor. */
export type CursorIndex = 0 | 1;

/** What a key does to a cursor. */
export type CaliperMove =
  | { readonly type: "samples"; readonly steps: number }
  | { readonly type: "seconds"; readonly seconds: number }
  | { readonly type: "peak"; readonly direction: 1 | -1 };

/** What is measured. */
export interface CaliperReading {
  readonly row: RowModel | undefined;
  /** At each cursor; undefined where the row has no samples. */
  readonly hits: readonly [SampleHit | undefined, SampleHit | undefined];
  /** From the first cursor to the second, never negative. */
  readonly seconds: number;
  /** Second less first, in the row's unit (µV for voltages); undefined without two samples. */
  readonly difference: number | undefined;
  readonly unit: string;
}

/** Larger steps of a cursor, seconds. */
export const LARGE_STEP_SECONDS = 0.1;

/** Cursors at a third and two thirds of a page. */
export function openCalipers(page: PageData, row: string): CaliperPlace {
  const at = (part: number) => page.start + page.seconds * part;
  return { row, moments: [at(1 / 3), at(2 / 3)] };
}

/** The same cursors on another page: one that is off it stands where it stood on the page before. */
export function onPage(
  place: CaliperPlace,
  from: Pick<PageData, "start" | "seconds">,
  to: Pick<PageData, "start" | "seconds">,
): CaliperPlace {
  const moved = place.moments.map((moment) => {
    if (moment >= to.start && moment < to.start + to.seconds) return moment;
    const part = (moment - from.start) / from.seconds;
    return to.start + Math.min(Math.max(0, part), 0.999) * to.seconds;
  });
  return { ...place, moments: [moved[0]!, moved[1]!] };
}

/** The row's number in the montage on screen; the first one shown when it is not there. */
export function rowOfPlace(
  place: Pick<CaliperPlace, "row">,
  rows: readonly RowModel[],
  shownRows: readonly number[],
): number | undefined {
  return shownRows.find((row) => rows[row]?.name === place.row) ?? shownRows[0];
}

/** A cursor put at a moment: on the nearest sample, or on the peak near it. */
export function putCursor(
  place: CaliperPlace,
  cursor: CursorIndex,
  moment: number,
  on: { readonly page: PageData; readonly row: number; readonly peakSeconds?: number },
): CaliperPlace {
  const { page, row, peakSeconds } = on;
  const clamped = Math.min(Math.max(page.start, moment), page.start + page.seconds);
  const hit = peakSeconds === undefined
    ? sampleAt(page, row, clamped)
    : peakNear(page, row, clamped, peakSeconds);
  return withMoment(place, cursor, hit?.moment ?? clamped);
}

/** A cursor moved by a key. */
export function moveCursor(
  place: CaliperPlace,
  cursor: CursorIndex,
  move: CaliperMove,
  on: { readonly page: PageData; readonly row: number },
): CaliperPlace {
  const { page, row } = on;
  const moment = place.moments[cursor];
  if (move.type === "seconds") return putCursor(place, cursor, moment + move.seconds, on);
  const hit = move.type === "peak"
    ? nextPeak(page, row, moment, move.direction)
    : stepSamples(page, row, moment, move.steps);
  if (hit !== undefined) return withMoment(place, cursor, clampTo(page, hit.moment));
  // In a hole there are no samples to step by: a hundredth of a second goes on.
  const sign = move.type === "peak" ? move.direction : Math.sign(move.steps);
  return sampleAt(page, row, moment) === undefined
    ? putCursor(place, cursor, moment + sign * 0.01, on)
    : place;
}

/** Measures. */
export function readCalipers(
  place: CaliperPlace,
  on: { readonly page: PageData; readonly row: number; readonly rows: readonly RowModel[] },
): CaliperReading {
  const { page, row, rows } = on;
  const model = rows[row];
  const factor = model?.microvoltsPerUnit ?? 1;
  const [a, b] = place.moments.map((moment) => {
    const hit = sampleAt(page, row, moment);
    return hit && { ...hit, value: hit.value * factor };
  });
  const [from, to] = place.moments;
  return {
    row: model,
    hits: [a, b],
    seconds: Math.abs((b?.moment ?? to) - (a?.moment ?? from)),
    difference: a === undefined || b === undefined ? undefined : b.value - a.value,
    unit: unitOf(model),
  };
}

/** The unit that values of a row are read out in. */
export function unitOf(row: RowModel | undefined): string {
  if (row === undefined) return "";
  if (!row.isPhysical) return "steps";
  return row.microvoltsPerUnit === null ? row.unit : "µV";
}

/** `Δt 0.250 s · 4.00 Hz · Δ −41.2 µV`. */
export function differenceText({ seconds, difference, unit }: CaliperReading): string {
  const rate = seconds < 1e-9 ? "" : ` · ${(1 / seconds).toFixed(2)} Hz`;
  const amplitude = difference === undefined
    ? "no samples here"
    : `Δ ${valueText(difference, unit)}`;
  return `Δt ${seconds.toFixed(3)} s${rate} · ${amplitude}`;
}

/** One cursor in words: `Cursor 1 on Fp1-F7 at 13:43:05.250, −23.4 µV`. */
export function cursorText(
  reading: CaliperReading,
  cursor: CursorIndex,
  moment: number,
  startedAt: RecordingModel["startedAt"],
): string {
  const hit = reading.hits[cursor];
  const value = hit === undefined ? "no samples here" : valueText(hit.value, reading.unit);
  const name = reading.row?.name ?? "no row";
  return `Cursor ${cursor + 1} on ${name} at ${
    momentText(hit?.moment ?? moment, startedAt)
  }, ${value}`;
}

/** `13:43:05.250`, or seconds since the start where no clock is known. */
export function momentText(moment: number, startedAt: RecordingModel["startedAt"]): string {
  const rounded = Math.round(moment * 1000) / 1000;
  const civil = civilText(startedAt, rounded);
  const [whole = "", fraction = ""] = (civil?.time ?? elapsedText(rounded)).split(".");
  return `${whole}.${fraction.slice(0, 3).padEnd(3, "0")}`;
}

/** `−23.4 µV`, with a minus sign that is one. */
export function valueText(value: number, unit: string): string {
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 1 || size === 0 ? 1 : 3;
  const text = size.toFixed(digits);
  const sign = value < 0 && Number(text) !== 0 ? "−" : "";
  return `${sign}${text}${unit === "" ? "" : ` ${unit}`}`;
}

function withMoment(place: CaliperPlace, cursor: CursorIndex, moment: number): CaliperPlace {
  const [first, second] = place.moments;
  return { ...place, moments: cursor === 0 ? [moment, second] : [first, moment] };
}

function clampTo({ start, seconds }: PageData, moment: number): number {
  return Math.min(Math.max(start, moment), start + seconds);
}
