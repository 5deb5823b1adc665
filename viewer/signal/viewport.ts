/**
 * The visible stretch of time, and every way to move it, as pure functions.
 *
 * Starts are kept on whole milliseconds, so that paging forth and back lands on the same samples. A
 * page may begin before the end and reach beyond it; it never begins after it.
 *
 * @module
 */

/** Page lengths on offer, seconds. 10 s is the default of clinical reading. */
export const PAGE_SECONDS = [5, 10, 15, 20, 30, 60] as const;

/** The default page length. */
export const PAGE_SECONDS_DEFAULT = 10;

/** What is on screen: `[start, start + seconds)` of `[0, end)`, seconds from recording start. */
export interface Viewport {
  readonly start: number;
  readonly seconds: number;
  /** End of the recording so far. */
  readonly end: number;
}

/**
 * The same page moved to `start`, kept inside the recording.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { goTo } from "./viewport.ts";
 *
 * strictEqual(goTo({ start: 0, seconds: 10, end: 41 }, 99).start, 31);
 * ```
 */
export function goTo(viewport: Viewport, start: number): Viewport {
  const last = Math.max(0, viewport.end - viewport.seconds);
  return { ...viewport, start: toMilliseconds(Math.min(Math.max(0, start), last)) };
}

/** Moves by whole pages; negative is back. */
export function turnPages(viewport: Viewport, pages: number): Viewport {
  return goTo(viewport, viewport.start + pages * viewport.seconds);
}

/** Moves by tenths of a page: 1 s on a 10 s page. */
export function turnTenths(viewport: Viewport, tenths: number): Viewport {
  return goTo(viewport, viewport.start + tenths * viewport.seconds / 10);
}

/** Changes the page length and keeps the left edge where the recording allows it. */
export function withPageSeconds(viewport: Viewport, seconds: number): Viewport {
  return goTo({ ...viewport, seconds }, viewport.start);
}

/** Takes a new end of the recording; the page stays where it is. */
export function withEnd(viewport: Viewport, end: number): Viewport {
  return { ...viewport, end };
}

/**
 * The newest page. Scrolling puts the newest sample at the right edge; stepwise keeps the page still
 * until it is full, which is what somebody who asked for reduced motion wants.
 */
export function follow(viewport: Viewport, end: number, isStepwise: boolean): Viewport {
  const grown = { ...viewport, end };
  if (!isStepwise) return goTo(grown, end - viewport.seconds);
  const page = Math.max(0, Math.ceil(end / viewport.seconds) - 1);
  return { ...grown, start: toMilliseconds(page * viewport.seconds) };
}

/** A page that shows a moment with a tenth of a page of context before it. */
export function showMoment(viewport: Viewport, moment: number): Viewport {
  return goTo(viewport, moment - viewport.seconds / 10);
}

/** End of the page. */
export function pageEnd(viewport: Viewport): number {
  return viewport.start + viewport.seconds;
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
