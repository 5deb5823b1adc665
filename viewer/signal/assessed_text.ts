/**
 * Counts with what they are of: a number of events says nothing without the time that could be judged.
 *
 * @module
 */

import { lengthText } from "./clock_text.ts";
import type { TrendState } from "./trends/trend_state.ts";

/** Seconds of a stretch by what can be known of them. */
export type AssessedSeconds = Readonly<Record<TrendState, number>>;

/** What is not worth a word, seconds. */
const NOTHING_SECONDS = 0.5;

/** A rate out of less time than this says more about chance than about a patient, seconds. */
const RATE_SECONDS_MIN = 3600;

/** Time that cannot be judged, in words; empty where there is none. */
export function notAssessableText(seconds: AssessedSeconds): string {
  return ([
    ["not-assessable", "not assessable"],
    ["not-computed", "not computed yet"],
    ["missing", "no data"],
  ] as const)
    .filter(([state]) => seconds[state] >= NOTHING_SECONDS)
    .map(([state, words]) => `${lengthText(seconds[state])} ${words}`)
    .join(", ");
}

/**
 * A count with the time that it is of.
 *
 * @param one What is counted, singular.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { countOfAssessed } from "./assessed_text.ts";
 *
 * const seconds = { "assessable": 79_800, "not-assessable": 6_600, "not-computed": 0, "missing": 0 };
 * strictEqual(
 *   countOfAssessed(3, "seizure", seconds),
 *   "3 seizures in 22 h 10 min assessable (1 h 50 min not assessable); 3.2 in 24 assessable h",
 * );
 * ```
 */
export function countOfAssessed(count: number, one: string, seconds: AssessedSeconds): string {
  const { assessable } = seconds;
  const rest = notAssessableText(seconds);
  const rate = count / assessable * 86_400;
  return [
    `${count} ${one}${count === 1 ? "" : "s"} in ${lengthText(assessable)} assessable`,
    rest === "" ? "" : ` (${rest})`,
    count > 0 && assessable >= RATE_SECONDS_MIN
      ? `; ${rate.toFixed(rate < 10 ? 1 : 0)} in 24 assessable h`
      : "",
  ].join("");
}
