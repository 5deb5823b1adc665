/**
 * Where somebody wants to go, as they write it: the clock at the patient, a day of the recording, a date,
 * elapsed time, an epoch.
 *
 * Says what it understood before anybody goes there, and what to write where it did not. Civil time without
 * a zone counts every day as 24 hours.
 *
 * @module
 */

import { civilText, elapsedText } from "./clock_text.ts";
import { EPOCH_SECONDS, epochCount } from "./epochs.ts";
import type { HoleModel, RecordingModel } from "./recording_model.ts";
import {
  type CivilMoment,
  civilSecondsAfter,
  momentsOfCivil,
  offsetText,
  secondsOfCivil,
  type StartClock,
} from "./zone_clock.ts";

/** A place that was understood. */
export interface Understood {
  /** From recording start. */
  readonly seconds: number;
  /** `day 2, 2026-11-22 14:03:10, +24:20:00`. */
  readonly text: string;
}

/** What a text means: a place, two where the clock shows that time twice, or what to write instead. */
export type TimeAnswer =
  | { readonly kind: "places"; readonly places: readonly Understood[] }
  | { readonly kind: "problem"; readonly text: string };

/** What a text is understood by. */
export interface TimeContext {
  readonly model: Pick<RecordingModel, "startedAt" | "holes"> & { readonly endSeconds: number };
  /** The page on screen begins here: a clock time without a day is on this day. */
  readonly here: number;
}

const DAY_SECONDS = 86_400;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:[.,]\d{1,3})?))?$/;
const ELAPSED = /^\+\s*(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,6}(?:[.,]\d{1,3})?)\s*s?$/;
const SECONDS = /^(\d{1,7}(?:[.,]\d{1,3})?)\s*s?$/;
const DAY = /^d(?:ay)?\s*(\d{1,3})(?:[,\s]+(\S+))?$/i;
const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T,\s]+(\S+))?$/;
const EPOCH = /^e(?:poch)?\s*(\d{1,6})$/i;

/** What to write, for the field and for errors. */
export const TIME_EXAMPLES = "14:03, day 2 14:03:10, 2026-11-21 14:03, +1:30:00, 90 s or epoch 12";

/**
 * Understands a text.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { understandTime } from "./go_to_time.ts";
 *
 * const model = { startedAt: { civil: "2026-11-21T13:43:04", zone: null }, holes: [], endSeconds: 90_000 };
 * deepStrictEqual(understandTime("14:03", { model, here: 0 }), {
 *   kind: "places",
 *   places: [{ seconds: 1196, text: "day 1, 2026-11-21 14:03:00, +0:19:56" }],
 * });
 * ```
 */
export function understandTime(text: string, context: TimeContext): TimeAnswer {
  const written = text.trim();
  const { startedAt } = context.model;
  const elapsed = secondsOfElapsed(written) ??
    (startedAt === null && CLOCK.test(written) ? secondsOfElapsed(`+${written}`) : undefined);
  if (elapsed !== undefined) return place([{ seconds: elapsed, offset: undefined }], context);
  const epoch = EPOCH.exec(written);
  if (epoch !== null) return placeOfEpoch(Number(epoch[1]), context);
  const [, day, ofDay] = DAY.exec(written) ?? [];
  const [, date, ofDate] = DATE.exec(written) ?? [];
  const isClock = CLOCK.test(written);
  if (day === undefined && date === undefined && !isClock) {
    return problem(`Not understood. Write ${TIME_EXAMPLES}`);
  }
  if (startedAt === null) {
    return problem("When this recording began is not known. Write elapsed time: +1:30:00 or 90 s");
  }
  const time = isClock ? written : ofDay ?? ofDate;
  const ofClock = time === undefined ? 0 : secondsOfClock(time);
  if (ofClock === undefined) {
    return problem("No time of the day: write 14:03 or 14:03:10, to 23:59:59");
  }
  if (isClock) return nearestOfDay(startedAt, ofClock, context);
  const first = Math.floor(civilSecondsAfter(startedAt, 0).civil / DAY_SECONDS);
  const number = date === undefined ? first + Number(day) - 1 : dayOfDate(date);
  if (number === undefined) return problem("No such date: write it as 2026-11-21");
  // A day without a time is its midnight; the first one is there from the start of the recording.
  if (time === undefined && number === first) {
    return place([{ seconds: 0, offset: undefined }], context);
  }
  return place(momentsOfCivil(startedAt, number * DAY_SECONDS + ofClock), context);
}

/** `day 2, 2026-11-22 14:03:10, +24:20:00`; elapsed alone where the clock is not known. */
export function placeText(startedAt: StartClock | null, seconds: number, offset?: number): string {
  const elapsed = `+${elapsedText(seconds)}`;
  const civil = civilText(startedAt ?? undefined, seconds);
  if (startedAt === null || civil === undefined) return elapsed;
  const day = dayOf(startedAt, seconds);
  const zone = offset === undefined ? "" : ` ${offsetText(offset)}`;
  return `day ${day}, ${civil.date} ${civil.time}${zone}, ${elapsed}`;
}

/** Day of the recording by the clock at the patient, from 1. */
export function dayOf(startedAt: StartClock, seconds: number): number {
  const at = (moment: number) =>
    Math.floor(civilSecondsAfter(startedAt, moment).civil / DAY_SECONDS);
  return at(seconds) - at(0) + 1;
}

function placeOfEpoch(number: number, context: TimeContext): TimeAnswer {
  const last = epochCount(context.model.endSeconds);
  if (number < 1 || number > last) return problem(`Epochs are numbered from 1 to ${last}`);
  const answer = place([{ seconds: (number - 1) * EPOCH_SECONDS, offset: undefined }], context);
  if (answer.kind === "problem") return answer;
  const places = answer.places.map((one) => ({ ...one, text: `epoch ${number}, ${one.text}` }));
  return { kind: "places", places };
}

/** A clock time without a day: on the day of the page, else on the nearest day that has it. */
function nearestOfDay(start: StartClock, ofClock: number, context: TimeContext): TimeAnswer {
  const { here, model } = context;
  const day = Math.floor(civilSecondsAfter(start, here).civil / DAY_SECONDS);
  const spans = Math.ceil(model.endSeconds / DAY_SECONDS) + 1;
  for (let away = 0; away <= spans; away++) {
    for (const other of away === 0 ? [day] : [day + away, day - away]) {
      const moments = momentsOfCivil(start, other * DAY_SECONDS + ofClock)
        .filter(({ seconds }) => isInside(seconds, model.endSeconds));
      if (moments.length > 0) return place(moments, context);
    }
  }
  return outside(context);
}

function place(moments: readonly CivilMoment[], context: TimeContext): TimeAnswer {
  if (moments.length === 0) {
    return problem("The clock skipped this hour: daylight saving began. Write another time");
  }
  const { startedAt, holes, endSeconds } = context.model;
  const places = moments.filter(({ seconds }) => isInside(seconds, endSeconds))
    .map(({ seconds, offset }) => {
      const rounded = Math.round(seconds * 1000) / 1000;
      const note = holes.some((hole) => isMissing(hole, rounded)) ? ", nothing recorded then" : "";
      return { seconds: rounded, text: placeText(startedAt, rounded, offset) + note };
    });
  return places.length === 0 ? outside(context) : { kind: "places", places };
}

function outside({ model: { startedAt, endSeconds } }: TimeContext): TimeAnswer {
  const from = placeText(startedAt, 0), to = placeText(startedAt, endSeconds);
  return problem(`Outside of the recording, which is from ${from} to ${to}`);
}

function problem(text: string): TimeAnswer {
  return { kind: "problem", text };
}

function isInside(seconds: number, end: number): boolean {
  return seconds > -1 && seconds <= end;
}

/** A hole in everything that was recorded. */
function isMissing({ start, end, segmentId, kind }: HoleModel, seconds: number): boolean {
  return segmentId === null && kind === "not-recorded" && start <= seconds && seconds < end;
}

function secondsOfElapsed(text: string): number | undefined {
  const plain = SECONDS.exec(text);
  if (plain !== null) return numberOf(plain[1]);
  const match = ELAPSED.exec(text);
  if (match === null) return undefined;
  // +1:30 is an hour and a half, as a clock would read it; +1:30:00 the same.
  if (match[1] === undefined && match[2] !== undefined) {
    return Number(match[2]) * 3600 + numberOf(match[3]) * 60;
  }
  return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + numberOf(match[3]);
}

function secondsOfClock(text: string): number | undefined {
  const match = CLOCK.exec(text);
  if (match === null) return undefined;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), numberOf(match[3] ?? "0")];
  return hour > 23 || minute > 59 || second >= 60 ? undefined : hour * 3600 + minute * 60 + second;
}

function numberOf(text: string | undefined): number {
  return Number((text ?? "0").replace(",", "."));
}

/** Days since 1970 of a date, or undefined where the calendar has no such day. */
function dayOfDate(date: string): number | undefined {
  try {
    return secondsOfCivil(`${date}T00:00:00`) / DAY_SECONDS;
  } catch {
    return undefined;
  }
}
