/**
 * Layer 4. When a file says it begins, in local civil time.
 *
 * Sole owner of the year rule: the Startdate field of EDF+ first, then the pivot 1985-2084. EDF has no
 * time zone, and none is guessed. An impossible date gives a null start and a finding, never the
 * nearest day that exists.
 *
 * @see EDF+ specification 2.1.3 items 2 and 4
 * @module
 */

import { type CivilTime, civilTime, ZERO_SECONDS } from "../time/mod.ts";
import { isCoreError } from "../error.ts";
import type { DiagnosticCode } from "./diagnostics.ts";

/** The two header fields and the recording identification they are checked against. */
export interface StartTexts {
  /** `dd.mm.yy` */
  readonly date: string;
  /** `hh.mm.ss` */
  readonly time: string;
  /** May begin with `Startdate dd-MMM-yyyy`. */
  readonly recordingId: string;
}

export interface CivilStart {
  /** A whole second; the fraction is in the first timekeeping entry. Null when it cannot be told. */
  readonly start: CivilTime | null;
  readonly findings: readonly { readonly code: DiagnosticCode; readonly field: "date" | "time" }[];
}

interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const MONTHS = [
  "JAN",
  "FEB",
  "MAR",
  "APR",
  "MAY",
  "JUN",
  "JUL",
  "AUG",
  "SEP",
  "OCT",
  "NOV",
  "DEC",
];

/** Two-digit years from here up belong to the 1900s. */
const PIVOT = 85;

/**
 * Resolves the start of a file.
 *
 * @example CHB-MIT's shifted years: 76 is 2076
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { civilStart } from "@wavekeep/core/edf";
 *
 * const { start } = civilStart({ date: "06.11.76", time: "13.43.04", recordingId: "01" });
 * strictEqual(start?.year, 2076);
 * ```
 */
export function civilStart(texts: StartTexts): CivilStart {
  const findings: { code: DiagnosticCode; field: "date" | "time" }[] = [];
  if (isPlaceholder(texts)) {
    return { start: null, findings: [{ code: "start-date-placeholder", field: "date" }] };
  }
  const spelled = startdateField(texts.recordingId);
  const written = headerDay(texts.date);
  const day = spelled ?? written;
  if (written === undefined && !isYyDate(texts.date, spelled)) {
    findings.push({ code: "start-date-unreadable", field: "date" });
  } else if (spelled !== undefined && written !== undefined) {
    if (spelled.month !== written.month || spelled.day !== written.day) {
      findings.push({ code: "start-dates-disagree", field: "date" });
    } else if (spelled.year % 100 !== written.year % 100) {
      findings.push({ code: "start-dates-disagree", field: "date" });
    } else if (spelled.year !== written.year) {
      findings.push({ code: "start-date-pivot-overridden", field: "date" });
    }
  }
  const time = timeOfDay(texts.time);
  if (time === undefined) findings.push({ code: "start-time-unreadable", field: "time" });
  if (day === undefined || time === undefined) return { start: null, findings };
  return { start: { ...day, ...time, fraction: ZERO_SECONDS }, findings };
}

/** What EDF+ writes where the start is unknown or was taken away. */
function isPlaceholder({ date, time, recordingId }: StartTexts): boolean {
  const saysUnknown = recordingId === "Startdate X" || recordingId.startsWith("Startdate X ");
  return saysUnknown && date === "01.01.85" && time === "00.00.00";
}

/** `Startdate dd-MMM-yyyy …`; undefined when it is `X`, absent, or not a day of the calendar. */
function startdateField(recordingId: string): CalendarDay | undefined {
  const match = /^Startdate (\d\d)-([A-Za-z]{3})-(\d{4})(?: |$)/.exec(recordingId);
  if (match === null) return undefined;
  const month = MONTHS.indexOf(match[2]!.toUpperCase()) + 1;
  return existingDay({ year: Number(match[3]), month, day: Number(match[1]) });
}

/** `dd.mm.yy` with the pivot. */
function headerDay(text: string): CalendarDay | undefined {
  const match = /^(\d\d)\.(\d\d)\.(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const yy = Number(match[3]);
  const year = yy >= PIVOT ? 1900 + yy : 2000 + yy;
  return existingDay({ year, month: Number(match[2]), day: Number(match[1]) });
}

/** From 2085 on the header says `dd.mm.yy` with the letters; then only Startdate has the year. */
function isYyDate(text: string, spelled: CalendarDay | undefined): boolean {
  const match = /^(\d\d)\.(\d\d)\.yy$/.exec(text);
  return match !== null && spelled !== undefined &&
    Number(match[1]) === spelled.day && Number(match[2]) === spelled.month;
}

function timeOfDay(text: string): { hour: number; minute: number; second: number } | undefined {
  const match = /^(\d\d)\.(\d\d)\.(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return hour < 24 && minute < 60 && second < 60 ? { hour, minute, second } : undefined;
}

function existingDay(day: CalendarDay): CalendarDay | undefined {
  try {
    civilTime({ ...day, hour: 0, minute: 0, second: 0, fraction: ZERO_SECONDS });
    return day;
  } catch (err) {
    if (isCoreError(err)) return undefined;
    throw err;
  }
}
