/**
 * Layer 1. Civil time: what the clock on the wall beside the patient said.
 *
 * Sole owner of calendar arithmetic. EDF's start has no time zone, so civil time is never turned into an
 * instant here, and a JavaScript `Date` never sees it. Differences count as if every day had 86,400
 * seconds (proleptic Gregorian calendar, no leap seconds, no daylight saving).
 *
 * @see Days from civil, Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"
 * @module
 */

import { CorruptInputError } from "../error.ts";
import {
  addSeconds,
  type ExactSeconds,
  exactSeconds,
  floorDivide,
  formatSeconds,
  parseSeconds,
  ZERO_SECONDS,
} from "./exact_seconds.ts";

/** A date and a time of day, without a zone. */
export interface CivilTime {
  /** 1 to 9999. */
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 28…31. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** 0 to 59; a leap second is refused. */
  readonly second: number;
  /** 0 ≤ fraction < 1. */
  readonly fraction: ExactSeconds;
}

const SHAPE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,18})?$/;

/**
 * Reads `YYYY-MM-DDThh:mm:ss` with an optional fraction.
 *
 * @throws {CorruptInputError} Another shape, a zone, or a date that is not in the calendar.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { addToCivil, exactSeconds, formatCivil, parseCivil } from "@wavekeep/core/time";
 *
 * const start = parseCivil("2076-11-06T23:59:59.5");
 * strictEqual(formatCivil(addToCivil(start, exactSeconds(1, 2))), "2076-11-07T00:00:00");
 * ```
 */
export function parseCivil(text: string): CivilTime {
  const match = SHAPE.exec(text);
  if (match === null) {
    throw new CorruptInputError(
      `Cannot read civil time from ${text.length} characters: not YYYY-MM-DDThh:mm:ss`,
      { field: "civil time" },
    );
  }
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as number[];
  return civilTime({
    year: year!,
    month: month!,
    day: day!,
    hour: hour!,
    minute: minute!,
    second: second!,
    fraction: match[7] === undefined ? ZERO_SECONDS : parseSeconds(match[7]),
  });
}

/**
 * Checks the parts of a civil time and returns them.
 *
 * @throws {CorruptInputError} A part is outside its range; the field is named.
 */
export function civilTime(parts: CivilTime): CivilTime {
  check("year", parts.year, 1, 9999);
  check("month", parts.month, 1, 12);
  check("day", parts.day, 1, daysInMonth(parts.year, parts.month));
  check("hour", parts.hour, 0, 23);
  check("minute", parts.minute, 0, 59);
  check("second", parts.second, 0, 59);
  if (parts.fraction.numerator < 0n || parts.fraction.numerator >= parts.fraction.denominator) {
    throw new CorruptInputError("Cannot accept civil time: fraction is not from 0 to below 1", {
      field: "fraction",
    });
  }
  return parts;
}

/** `YYYY-MM-DDThh:mm:ss`, with the fraction when there is one. */
export function formatCivil(civil: CivilTime): string {
  const date = `${pad(civil.year, 4)}-${pad(civil.month)}-${pad(civil.day)}`;
  const time = `${pad(civil.hour)}:${pad(civil.minute)}:${pad(civil.second)}`;
  return `${date}T${time}${formatSeconds(civil.fraction).slice(1)}`;
}

/** Microseconds since 1970-01-01 as if the time were UTC; a finer fraction is cut towards the past. */
export function civilToMicros(civil: CivilTime): bigint {
  const { numerator, denominator } = secondsSince1970(civil);
  return floorDivide(numerator * 1_000_000n, denominator);
}

/** @throws {CorruptInputError} Outside the years 1 to 9999. */
export function microsToCivil(micros: bigint): CivilTime {
  return fromSecondsSince1970(exactSeconds(micros, 1_000_000n));
}

/** `a` − `b`, exact. */
export function differenceSeconds(a: CivilTime, b: CivilTime): ExactSeconds {
  const before = secondsSince1970(b);
  return addSeconds(secondsSince1970(a), {
    numerator: -before.numerator,
    denominator: before.denominator,
  });
}

/** @throws {CorruptInputError} The result is outside the years 1 to 9999. */
export function addToCivil(civil: CivilTime, seconds: ExactSeconds): CivilTime {
  return fromSecondsSince1970(addSeconds(secondsSince1970(civil), seconds));
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function secondsSince1970(civil: CivilTime): ExactSeconds {
  const whole = daysSince1970(civil.year, civil.month, civil.day) * 86_400 +
    civil.hour * 3600 + civil.minute * 60 + civil.second;
  return addSeconds(exactSeconds(whole), civil.fraction);
}

function fromSecondsSince1970(seconds: ExactSeconds): CivilTime {
  const whole = floorDivide(seconds.numerator, seconds.denominator);
  const days = floorDivide(whole, 86_400n);
  const secondOfDay = Number(whole - days * 86_400n);
  return civilTime({
    ...dateOfDay(Number(days)),
    hour: Math.floor(secondOfDay / 3600),
    minute: Math.floor(secondOfDay / 60) % 60,
    second: secondOfDay % 60,
    fraction: addSeconds(seconds, exactSeconds(-whole)),
  });
}

/** Counts from 0000-03-01, so that a leap day is the last day of its year; then shifts to 1970. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) +
    dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function dateOfDay(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

function check(field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new CorruptInputError(
      `Cannot accept civil time: ${field} is ${value}, must be ${min} to ${max}`,
      { field },
    );
  }
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}
