/**
 * Lines of a time axis of seconds to days, at round times of the clock at the patient.
 *
 * @module
 */

import { parseCivil } from "@wavekeep/core/time";
import { civilText, elapsedText } from "../clock_text.ts";
import { pixelsPerSecond, type TimeScale } from "../time_scale.ts";

/** Distances between lines, seconds. */
const STEPS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200];
const DAY_SECONDS = 86_400;

/** A line of the axis. */
export interface DayTick {
  /** Seconds from recording start. */
  readonly moment: number;
  readonly text: string;
  /** A new day begins. */
  readonly isDay: boolean;
}

/**
 * Lines of an axis, at least `distance` pixels apart.
 *
 * @param civil When the recording began; lines are of elapsed time where nobody knows.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { dayTicks } from "./day_ticks.ts";
 *
 * const axis = { start: 0, seconds: 21_600, left: 0, width: 600 };
 * deepStrictEqual(dayTicks(axis, "2076-11-06T20:30:00", 90).map(({ text }) => text), [
 *   "21:00",
 *   "22:00",
 *   "23:00",
 *   "Day 2, 2076-11-07",
 *   "01:00",
 *   "02:00",
 * ]);
 * ```
 */
export function dayTicks(time: TimeScale, civil: string | undefined, distance: number): DayTick[] {
  const atLeast = distance / pixelsPerSecond(time);
  const days = Math.max(1, Math.ceil(atLeast / DAY_SECONDS));
  const step = STEPS.find((seconds) => seconds >= atLeast) ?? days * DAY_SECONDS;
  const offset = civil === undefined ? 0 : secondsOfDay(civil);
  const ticks: DayTick[] = [];
  const last = time.start + time.seconds;
  for (let at = Math.ceil((time.start + offset) / step) * step; at - offset <= last; at += step) {
    const moment = at - offset;
    const isDay = civil !== undefined && at % DAY_SECONDS === 0 && moment > 0;
    ticks.push({
      moment,
      isDay,
      text: isDay ? dayText(civil, at, moment) : text(moment, step, civil),
    });
  }
  return ticks;
}

/** `Day 2, 2076-11-07`: the first day is the one on which the recording began. */
function dayText(civil: string | undefined, at: number, moment: number): string {
  const date = civilText(civil, moment)?.date;
  return `Day ${at / DAY_SECONDS + 1}${date === undefined ? "" : `, ${date}`}`;
}

function text(moment: number, step: number, civil: string | undefined): string {
  const clock = civilText(civil, moment)?.time.slice(0, step < 60 ? 8 : 5);
  if (clock !== undefined) return clock;
  const elapsed = elapsedText(moment);
  return step < 60 ? elapsed : elapsed.slice(0, -3);
}

function secondsOfDay(civil: string): number {
  const { hour, minute, second, fraction } = parseCivil(civil);
  return hour * 3600 + minute * 60 + second +
    Number(fraction.numerator) / Number(fraction.denominator);
}

/** A moment of a recording in words: clock, day and elapsed time. */
export function momentText(civil: string | undefined, moment: number): string {
  const whole = Math.round(moment);
  const clock = civilText(civil, whole);
  if (clock === undefined) return `+${elapsedText(whole)}`;
  const day = Math.floor((secondsOfDay(civil!) + whole) / DAY_SECONDS) + 1;
  return `${clock.time.slice(0, 8)}, day ${day} (+${elapsedText(whole)})`;
}
