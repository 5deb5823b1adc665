/**
 * How the page is drawn, beside sensitivity: rows with settings of their own, polarity, clipping, paper speed.
 *
 * None of it reaches the samples. Whatever makes the page look other than always is printed on screen and
 * carried in the address, so that a page opened elsewhere looks the same.
 *
 * @module
 */

import { type AllRowSettings, parseRows, rowsQuery } from "./row_settings.ts";

/** The settings. */
export interface DisplaySettings {
  readonly rows: AllRowSettings;
  /** Voltages only; negative up otherwise. */
  readonly isPositiveUp: boolean;
  /** Rows are cut at half the way to their neighbours, and marked where they are; else they overlap. */
  readonly isClipped: boolean;
  /** Millimetres a second, held whatever the width of the page; null holds the seconds of a page. */
  readonly speed: number | null;
  /** What lies under the pointer is read out. */
  readonly isPointerRead: boolean;
}

/** As always. */
export const DISPLAY_DEFAULT: DisplaySettings = {
  rows: {},
  isPositiveUp: false,
  isClipped: false,
  speed: null,
  isPointerRead: true,
};

/** Paper speeds on offer, mm/s; 30 is that of clinical reading. */
export const SPEEDS = [10, 15, 30, 60] as const;

/** Longest and shortest page, seconds, that a paper speed makes. */
const SECONDS_MIN = 1;
const SECONDS_MAX = 120;

/**
 * Seconds of a page at a paper speed, in whole tenths: what is left of the width is drawn a little wider.
 *
 * @param plot.widthMm Of the plot, on this screen.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { secondsAtSpeed } from "./display_settings.ts";
 *
 * strictEqual(secondsAtSpeed(30, { widthMm: 312 }), 10.4);
 * ```
 */
export function secondsAtSpeed(speed: number, { widthMm }: { readonly widthMm: number }): number {
  const tenths = Math.floor(widthMm / speed * 10);
  return Math.min(Math.max(tenths / 10, SECONDS_MIN), SECONDS_MAX);
}

/** `30.1 mm/s`, as drawn. */
export function speedText(seconds: number, widthMm: number): string {
  return `${(widthMm / seconds).toFixed(1)} mm/s`;
}

/** The next speed in a direction; the last one stays. More mm/s are fewer seconds a page. */
export function stepSpeed(speed: number, direction: "faster" | "slower"): number {
  return direction === "faster"
    ? SPEEDS.find((step) => step > speed) ?? speed
    : SPEEDS.findLast((step) => step < speed) ?? speed;
}

/** The settings as address parameters; what is as always is left out. */
export function displayQuery(display: DisplaySettings): Record<string, string> {
  return {
    ...display.isPositiveUp ? { polarity: "positive-up" } : {},
    ...display.isClipped ? { clip: "on" } : {},
    ...display.speed === null ? {} : { speed: String(display.speed) },
    ...rowsQuery(display.rows),
  };
}

/** Reads {@link displayQuery} back; what makes no sense is as always. */
export function parseDisplay(get: (name: string) => string | undefined): DisplaySettings {
  return {
    rows: parseRows(get("rows")),
    isPositiveUp: get("polarity") === "positive-up",
    isClipped: get("clip") === "on",
    speed: SPEEDS.find((speed) => get("speed") === String(speed)) ?? null,
    isPointerRead: DISPLAY_DEFAULT.isPointerRead,
  };
}
