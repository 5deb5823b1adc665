/**
 * A stretch of the page that the reader has chosen: by dragging, by two clicks, or by keys.
 *
 * Sole owner of how a selection begins, grows and is said. It belongs to the recording, not to the page:
 * paging away and back finds it where it was. Without length it is a point, which can be marked too.
 *
 * @module
 */

import { civilText, elapsedText, lengthText } from "./clock_text.ts";
import type { RecordingModel } from "./recording_model.ts";

/** What is chosen. Seconds from recording start. */
export interface Selection {
  /** Where it was begun; the other edge moves. */
  readonly anchor: number;
  readonly head: number;
  /** Rows of the recording it is about; null for all. */
  readonly rows: readonly number[] | null;
}

/** Steps of an edge by keys, seconds. */
export const NUDGE_SECONDS = 0.1;

/** A press that moves less than this, CSS pixels, is a click and not a drag. */
export const DRAG_MIN = 4;

/** A point. */
export function selectPoint(moment: number, rows: readonly number[] | null = null): Selection {
  const at = toMilliseconds(moment);
  return { anchor: at, head: at, rows };
}

/** The same selection with its moving edge at `moment`, kept inside the recording. */
export function extendTo(selection: Selection, moment: number, end: number): Selection {
  return { ...selection, head: toMilliseconds(Math.min(Math.max(0, moment), end)) };
}

/** The earlier and the later edge, and the time between. */
export function extentOfSelection(
  { anchor, head }: Selection,
): { readonly start: number; readonly end: number; readonly seconds: number } {
  const start = Math.min(anchor, head), end = Math.max(anchor, head);
  return { start, end, seconds: toMilliseconds(end - start) };
}

/** Whether it has no length. */
export function isPoint({ anchor, head }: Selection): boolean {
  return anchor === head;
}

/** A selection from edges, in either order; of `seconds` null, a point. */
export function selectStretch(
  start: number,
  seconds: number | null,
  rows: readonly number[] | null = null,
): Selection {
  const anchor = toMilliseconds(start);
  return { anchor, head: toMilliseconds(start + (seconds ?? 0)), rows };
}

/**
 * A selection in words: where by the clock, or elapsed where the clock is not known, and how long.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { selectionText, selectStretch } from "./selection.ts";
 *
 * const model = { startedAt: { civil: "2076-11-06T13:43:04", zone: null } };
 * strictEqual(selectionText(selectStretch(10, 2.5), model), "13:43:14 to 13:43:16.5 · 2.5 s");
 * ```
 */
export function selectionText(
  selection: Selection,
  model: Pick<RecordingModel, "startedAt">,
): string {
  const { start, end, seconds } = extentOfSelection(selection);
  if (seconds === 0) return momentText(start, model);
  return `${momentText(start, model)} to ${momentText(end, model)} · ${lengthText(seconds)}`;
}

/** A moment by the clock of the recording, or elapsed where that is not known. */
export function momentText(
  moment: number,
  { startedAt }: Pick<RecordingModel, "startedAt">,
): string {
  return civilText(startedAt, moment)?.time ?? elapsedText(moment);
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
