/**
 * Moments as text: elapsed time, civil time at the patient, and how long something lasts.
 *
 * Civil time has no zone unless the recording says one, so it never goes through a JavaScript `Date`; where
 * there is one, daylight saving is that of `zone_clock.ts`.
 *
 * @module
 */

import { civilOfSeconds, civilSecondsAfter, offsetText, type StartClock } from "./zone_clock.ts";

/**
 * Elapsed time, such as `1:02:03` or `26:38:10.500`.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { elapsedText } from "./clock_text.ts";
 *
 * strictEqual(elapsedText(86_400 + 62.5), "24:01:02.500");
 * ```
 */
export function elapsedText(seconds: number): string {
  const milliseconds = Math.round(Math.abs(seconds) * 1000);
  const whole = Math.floor(milliseconds / 1000);
  const hours = Math.floor(whole / 3600);
  const text = `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  const rest = milliseconds % 1000;
  const fraction = rest === 0 ? "" : `.${String(rest).padStart(3, "0")}`;
  return `${seconds < 0 && milliseconds > 0 ? "−" : ""}${text}${fraction}`;
}

/** A civil moment in two parts. */
export interface CivilText {
  /** `2076-11-06`. */
  readonly date: string;
  /** `13:43:04`, with a fraction where there is one. */
  readonly time: string;
  /** `UTC+02:00`, in an hour that the clock shows twice. */
  readonly offset?: string;
}

/** Civil time `seconds` after `start`; undefined where the start is not known or the sum has no date. */
export function civilText(
  start: StartClock | string | null | undefined,
  seconds: number,
): CivilText | undefined {
  if (start === undefined || start === null) return undefined;
  try {
    const clock = typeof start === "string" ? { civil: start, zone: null } : start;
    const { civil, offset } = civilSecondsAfter(clock, seconds);
    const [date = "", time = ""] = civilOfSeconds(civil).split("T");
    return offset === undefined ? { date, time } : { date, time, offset: offsetText(offset) };
  } catch {
    return undefined;
  }
}

/** How long something lasts, for reading: `9.5 s`, `2 min 30 s`, `23 h 5 min`. */
export function lengthText(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return join(Math.floor(whole / 60), "min", whole % 60, "s");
  return join(Math.floor(whole / 3600), "h", Math.floor(whole / 60) % 60, "min");
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
