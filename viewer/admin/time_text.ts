/**
 * Moments on the administration pages: UTC, to the minute or the second, and how long ago.
 *
 * @module
 */

/**
 * `2026-11-21 20:05`, or what came when it is no moment.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { minuteText } from "./time_text.ts";
 *
 * strictEqual(minuteText("2026-11-21T20:05:59.123Z"), "2026-11-21 20:05");
 * ```
 */
export function minuteText(at: string): string {
  return cut(at, 16);
}

/** `2026-11-21 20:05:59`, or what came when it is no moment. */
export function secondText(at: string): string {
  return cut(at, 19);
}

function cut(at: string, length: number): string {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? at : new Date(ms).toISOString().slice(0, length).replace("T", " ");
}

/**
 * A length of time that was looked at: `1 h 5 min`, `3 min 20 s`, `12 s`.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { spanText } from "./time_text.ts";
 *
 * strictEqual(spanText(3_900), "1 h 5 min");
 * strictEqual(spanText(0.4), "under 1 s");
 * ```
 */
export function spanText(seconds: number): string {
  if (seconds > 0 && seconds < 1) return "under 1 s";
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  if (hours > 0) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  if (minutes > 0) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  return `${rest} s`;
}

/**
 * The moment that a field `datetime-local` says, taken as UTC, as RFC 3339; undefined when it says none.
 *
 * @param isEnd A minute that is an end counts to its last second.
 */
export function momentOfField(text: string, isEnd = false): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:\d{2})?)?$/.exec(text);
  if (match === null) return undefined;
  const [, day, minute = isEnd ? "23:59" : "00:00", second = isEnd ? ":59" : ":00"] = match;
  const at = new Date(`${day}T${minute}${second}${isEnd ? ".999" : ".000"}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
