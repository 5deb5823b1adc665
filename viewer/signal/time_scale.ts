/**
 * Seconds to pixels and back, and the second lines of a page.
 *
 * x is always relative to the start of the page, never absolute time: a binary32 of a GPU or a canvas
 * loses milliseconds after a day of seconds.
 *
 * @module
 */

/** A page laid over a width. Pixels are device pixels. */
export interface TimeScale {
  /** Seconds from recording start at the left edge. */
  readonly start: number;
  readonly seconds: number;
  /** Device pixels from the left edge of the canvas to the plot. */
  readonly left: number;
  /** Width of the plot, device pixels. */
  readonly width: number;
}

/** Device pixels in one second. */
export function pixelsPerSecond(scale: TimeScale): number {
  return scale.width / scale.seconds;
}

/** Device pixel of a moment, seconds from recording start. */
export function xOf(scale: TimeScale, moment: number): number {
  return scale.left + (moment - scale.start) * pixelsPerSecond(scale);
}

/** Seconds from recording start under a device pixel. */
export function momentOf(scale: TimeScale, x: number): number {
  return scale.start + (x - scale.left) / pixelsPerSecond(scale);
}

/** A vertical line at a whole second. */
export interface SecondLine {
  /** Seconds from recording start. */
  readonly moment: number;
  /** Every fifth second is heavier; on long pages every tenth. */
  readonly isMajor: boolean;
}

/**
 * The second lines of a page, both edges included.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { secondLines } from "./time_scale.ts";
 *
 * strictEqual(secondLines({ start: 0.5, seconds: 10, left: 0, width: 1000 }).length, 10);
 * ```
 */
export function secondLines(scale: TimeScale): SecondLine[] {
  const every = scale.seconds > 30 ? 10 : 5;
  const lines: SecondLine[] = [];
  const last = Math.floor(scale.start + scale.seconds);
  for (let moment = Math.ceil(scale.start); moment <= last; moment++) {
    lines.push({ moment, isMajor: moment % every === 0 });
  }
  return lines;
}
