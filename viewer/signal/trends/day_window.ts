/**
 * The stretch of a recording that strip and trends show: all of it, a day, six hours or one.
 *
 * The window stays where it is as long as the page is in it, so that a click never moves what was clicked.
 * It begins at multiples of half its length: the same stretch is asked for again and again.
 *
 * @module
 */

import type { Viewport } from "../viewport.ts";

/** Lengths on offer: the whole recording, or seconds. */
export const DAY_SPANS = ["all", 86_400, 21_600, 3_600] as const;

/** A length. */
export type DaySpan = (typeof DAY_SPANS)[number];

/** A stretch, seconds from recording start. */
export interface DayWindow {
  readonly start: number;
  readonly seconds: number;
}

/** What a length is called. */
export function spanName(span: DaySpan): string {
  return span === "all" ? "Whole recording" : `${span / 3600} h`;
}

/** Lengths that are shorter than the recording, and the whole. */
export function spansOf(end: number): DaySpan[] {
  return DAY_SPANS.filter((span) => span === "all" || span < end);
}

/**
 * The window that shows the page.
 *
 * @param before The window until now; it stays while it has this length and the page begins in it.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { windowOf } from "./day_window.ts";
 *
 * const page = { start: 5000, seconds: 10, end: 86_400 };
 * const window = { start: 3600, seconds: 3600 };
 * deepStrictEqual(windowOf(3600, page), window);
 * deepStrictEqual(windowOf(3600, { ...page, start: 7100 }, window), window);
 * deepStrictEqual(windowOf("all", page), { start: 0, seconds: 86_400 });
 * ```
 */
export function windowOf(span: DaySpan, viewport: Viewport, before?: DayWindow): DayWindow {
  const end = Math.max(viewport.end, 1);
  if (span === "all" || span >= end) return { start: 0, seconds: end };
  const { start } = viewport;
  if (before?.seconds === span && start >= before.start && start < before.start + span) {
    return before;
  }
  const middle = start + viewport.seconds / 2;
  const half = span / 2;
  return {
    start: clampStart(Math.floor((middle - half / 2) / half) * half, span, end),
    seconds: span,
  };
}

/** The window half its length earlier or later, inside the recording. */
export function panWindow(window: DayWindow, direction: -1 | 1, end: number): DayWindow {
  const { start, seconds } = window;
  return { start: clampStart(start + direction * seconds / 2, seconds, end), seconds };
}

/** No further than the multiple of half a window that shows the end. */
function clampStart(start: number, seconds: number, end: number): number {
  const last = Math.ceil(Math.max(0, end - seconds) / (seconds / 2)) * (seconds / 2);
  return Math.min(Math.max(0, start), last);
}
