/**
 * A row of the review ledger in words.
 *
 * @module
 */

import type { LiveLooks, Viewing } from "@wavekeep/core/wire";
import { secondText, spanText } from "../admin/time_text.ts";
import { elapsedText } from "../signal/clock_text.ts";
import { filterSummary, MONTAGE_NAMES } from "../signal/page_view.ts";

/** `00:10:00 – 00:10:20`. */
export function stretchText(
  { start_seconds: start, end_seconds: end }: Pick<Viewing, "start_seconds" | "end_seconds">,
): string {
  return `${elapsedText(start)} – ${elapsedText(end)}`;
}

/** Montage in words; a newer page may know more of them. */
export function montageText({ montage }: Viewing["display"]): string {
  return (MONTAGE_NAMES as Readonly<Record<string, string>>)[montage] ?? montage;
}

/** `7 µV/mm · 30 mm/s`. */
export function scaleText(display: Viewing["display"]): string {
  const { uv_per_mm: sensitivity, mm_per_second: speed } = display;
  return [
    `${sensitivity} µV/mm`,
    ...(speed === null ? [] : [`${Math.round(speed * 10) / 10} mm/s`]),
  ].join(" · ");
}

/** `low filter 0.5 Hz, causal · 18 of 21 rows`. */
export function settingsText(display: Viewing["display"]): string {
  const { low_hz: lowHz, high_hz: highHz, notch_hz: notchHz, phase } = display;
  const { rows_shown: shown, rows_total: total } = display;
  const rows = shown === total ? `all ${total} rows` : `${shown} of ${total} rows`;
  return `${filterSummary({ lowHz, highHz, notchHz, phase, notchQ: 0 })} · ${rows}`;
}

/** How late it was: `2 s`, or that it was recorded by then. */
export function lagText(seconds: number | null): string {
  if (seconds === null) return "recorded";
  return `${spanText(seconds)} late`;
}

/**
 * Live looks in a sentence: what intermittent monitoring is shown by.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { liveWords } from "./viewing_words.ts";
 *
 * strictEqual(liveWords(null), "Nobody has looked while it was recorded.");
 * ```
 */
export function liveWords(live: LiveLooks | null): string {
  if (live === null) return "Nobody has looked while it was recorded.";
  const { viewings, within_seconds: within, longest_pause_seconds: pause } = live;
  const count = `${viewings} live ${viewings === 1 ? "look" : "looks"}`;
  const between = viewings === 1 ? "" : `; the longest time between two was ${spanText(pause)}`;
  return `${count}, at most ${spanText(within)} late, from ${secondText(live.first_at)} to ${
    secondText(live.last_at)
  } (UTC)${between}.`;
}
