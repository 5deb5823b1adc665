/**
 * Lines of a time axis of seconds to days, at round times of the clock at the patient.
 *
 * Where the zone is known the clock is that of the zone: a day of 23 or 25 hours has its own number of
 * lines, says so, and an hour that is there twice tells which of the two it is.
 *
 * @module
 */

import { civilText, elapsedText } from "../clock_text.ts";
import { pixelsPerSecond, type TimeScale } from "../time_scale.ts";
import {
  civilSecondsAfter,
  clockChanges,
  momentsOfCivil,
  offsetText,
  secondsOfCivil,
  type StartClock,
} from "../zone_clock.ts";

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

/** When the recording began; undefined or null where nobody knows. */
type Start = StartClock | null | undefined;

/**
 * Lines of an axis, at least `distance` pixels apart.
 *
 * @param start When the recording began; lines are of elapsed time where nobody knows.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { dayTicks } from "./day_ticks.ts";
 *
 * const axis = { start: 0, seconds: 21_600, left: 0, width: 600 };
 * const start = { civil: "2076-11-06T20:30:00", zone: null };
 * deepStrictEqual(dayTicks(axis, start, 90).map(({ text }) => text), [
 *   "21:00",
 *   "22:00",
 *   "23:00",
 *   "Day 2, 2076-11-07",
 *   "01:00",
 *   "02:00",
 * ]);
 * ```
 */
export function dayTicks(time: TimeScale, start: Start, distance: number): DayTick[] {
  const atLeast = distance / pixelsPerSecond(time);
  const days = Math.max(1, Math.ceil(atLeast / DAY_SECONDS));
  const step = STEPS.find((seconds) => seconds >= atLeast) ?? days * DAY_SECONDS;
  if (start == null) return elapsedTicks(time, step);
  const end = time.start + time.seconds;
  const midnight = firstMidnight(start);
  const changes = clockChanges(start, time.start, end);
  const first = civilSecondsAfter(start, time.start).civil;
  // Put back, the clock shows an hour again after it has shown what is later.
  const last = Math.max(
    civilSecondsAfter(start, end).civil,
    ...changes.map(({ moment, by }) => civilSecondsAfter(start, moment).civil - Math.min(0, by)),
  );
  const ticks: DayTick[] = changes.map(({ moment, by }) => ({
    moment,
    isDay: false,
    text: `${shortClock(start, moment, step)}, clock ${changeText(by)}`,
  }));
  for (let at = Math.ceil((first - midnight) / step) * step; at <= last - midnight; at += step) {
    for (const { seconds: moment, offset } of momentsOfCivil(start, midnight + at)) {
      if (moment < time.start || moment > end) continue;
      const isDay = at % DAY_SECONDS === 0 && moment > 0;
      const text = isDay ? dayText(start, at, moment) : shortClock(start, moment, step);
      ticks.push({
        moment,
        isDay,
        text: offset === undefined ? text : `${text} ${zoneText(offset)}`,
      });
    }
  }
  return apart(ticks, atLeast);
}

function elapsedTicks(time: TimeScale, step: number): DayTick[] {
  const ticks: DayTick[] = [];
  const end = time.start + time.seconds;
  for (let moment = Math.ceil(time.start / step) * step; moment <= end; moment += step) {
    const text = elapsedText(moment);
    ticks.push({ moment, isDay: false, text: step < 60 ? text : text.slice(0, -3) });
  }
  return ticks;
}

/** In order, without those that stand too near another: a day stays, then a change of the clock. */
function apart(ticks: readonly DayTick[], atLeast: number): DayTick[] {
  const kept: DayTick[] = [];
  // A fraction of a second that a number cannot hold is no distance.
  const isFree = ({ moment }: DayTick) =>
    kept.every((other) => Math.abs(other.moment - moment) > atLeast * (1 - 1e-9) - 1e-6);
  for (const tick of ticks.toSorted((a, b) => Number(b.isDay) - Number(a.isDay))) {
    if (isFree(tick)) kept.push(tick);
  }
  return kept.sort((a, b) => a.moment - b.moment);
}

/** `Day 2, 2076-11-07`: the first day is the one on which the recording began. Other than 24 h is said. */
function dayText(start: StartClock, at: number, moment: number): string {
  const date = civilText(start, moment)?.date;
  const [next] = momentsOfCivil(start, firstMidnight(start) + at + DAY_SECONDS);
  const hours = next === undefined ? 24 : Math.round((next.seconds - moment) / 360) / 10;
  return [
    `Day ${at / DAY_SECONDS + 1}`,
    ...date === undefined ? [] : [date],
    ...hours === 24 ? [] : [`${hours} h`],
  ].join(", ");
}

function shortClock(start: StartClock, moment: number, step: number): string {
  return civilText(start, moment)?.time.slice(0, step < 60 ? 8 : 5) ?? elapsedText(moment);
}

/** `UTC+2`: as short as an axis needs it. */
function zoneText(offset: number): string {
  return offsetText(offset).replace(/([+−])0/, "$1").replace(/:00$/, "");
}

/** `+1 h`. */
function changeText(by: number): string {
  const minutes = Math.round(Math.abs(by) / 60);
  const size = minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
  return `${by < 0 ? "−" : "+"}${size}`;
}

/** Midnight before the start, civil seconds since 1970. */
function firstMidnight({ civil }: StartClock): number {
  return Math.floor(secondsOfCivil(civil) / DAY_SECONDS) * DAY_SECONDS;
}

/** Where each day of a recording begins, the first with it: midnights, or each 24 hours where nobody knows. */
export function dayStarts(start: Start, end: number): number[] {
  const starts = [0];
  for (let day = 1; starts.at(-1)! < end; day++) {
    const [midnight] = start == null
      ? [{ seconds: day * DAY_SECONDS }]
      : momentsOfCivil(start, firstMidnight(start) + day * DAY_SECONDS);
    // A midnight that the clock skips is no border.
    if (midnight === undefined) continue;
    if (midnight.seconds >= end) break;
    starts.push(midnight.seconds);
  }
  return starts;
}

/** A moment of a recording in words: clock, day and elapsed time. */
export function momentText(start: Start, moment: number): string {
  const whole = Math.round(moment);
  const clock = start == null ? undefined : civilText(start, whole);
  if (start == null || clock === undefined) return `+${elapsedText(whole)}`;
  const { civil } = civilSecondsAfter(start, whole);
  const day = Math.floor((civil - firstMidnight(start)) / DAY_SECONDS) + 1;
  const time = clock.time.slice(0, 8);
  const which = clock.offset === undefined ? time : `${time} ${clock.offset}`;
  return `${which}, day ${day} (+${elapsedText(whole)})`;
}
