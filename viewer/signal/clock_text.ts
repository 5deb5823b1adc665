/**
 * Moments as text: elapsed time, civil time at the patient, and how long something lasts.
 *
 * Civil time has no zone unless the recording says one, so it never goes through a JavaScript `Date`.
 *
 * @module
 */

import { addToCivil, exactSeconds, formatCivil, parseCivil } from "@wavekeep/core/time";

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
}

/** Civil time `seconds` after `start`; undefined where the start is not known or the sum has no date. */
export function civilText(start: string | undefined, seconds: number): CivilText | undefined {
  if (start === undefined) return undefined;
  try {
    const offset = exactSeconds(Math.round(seconds * 1000), 1000);
    const [date = "", time = ""] = formatCivil(addToCivil(parseCivil(start), offset)).split("T");
    return { date, time };
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

/**
 * Reads where somebody wants to go: elapsed `1:02:03`, `90`, or a clock time `13:43` of the recording.
 *
 * @param mode Whether the text is elapsed time or the civil clock.
 * @returns Seconds from recording start, or undefined. A clock time means its first occurrence at or
 * after the recording's start.
 */
export function parseMoment(
  text: string,
  mode: "elapsed" | "clock",
  start: string | undefined,
): number | undefined {
  const match = /^(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6}(?:\.\d{1,3})?)$/.exec(text.trim());
  if (match === null) return undefined;
  if (mode === "elapsed") {
    return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3]);
  }
  if (start === undefined || match[2] === undefined) return undefined;
  const [hour, minute, second] = match[1] === undefined
    ? [Number(match[2]), Number(match[3]), 0]
    : [Number(match[1]), Number(match[2]), Number(match[3])];
  if (hour! > 23 || minute! > 59 || second! >= 60) return undefined;
  const { hour: h, minute: m, second: s, fraction } = parseCivil(start);
  const from = h * 3600 + m * 60 + s + Number(fraction.numerator) / Number(fraction.denominator);
  const wanted = hour! * 3600 + minute! * 60 + second!;
  return wanted >= Math.floor(from) ? Math.max(0, wanted - from) : wanted + 86_400 - from;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
