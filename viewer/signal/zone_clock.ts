/**
 * The clock at the patient where the recording says its time zone: daylight saving comes and goes on it.
 *
 * Sole owner of time zones; elsewhere civil time has none. Rules of zones are the browser's.
 *
 * @module
 */

import { civilToMicros, formatCivil, microsToCivil, parseCivil } from "@wavekeep/core/time";

/** When a recording began; without a zone only its civil clock is known. */
export interface StartClock {
  readonly civil: string;
  readonly zone: string | null;
}

/** Zones change their offset at whole quarters of an hour. */
const QUARTER_SECONDS = 900;

/** By zone and quarter of an hour; an axis asks for the same ones again and again. */
const offsets = new Map<string, number>();
const formats = new Map<string, Intl.DateTimeFormat | undefined>();

/**
 * Civil time in seconds since 1970, `seconds` after the start; and its offset from UTC where that hour is
 * there twice.
 */
export function civilSecondsAfter(
  { civil, zone }: StartClock,
  seconds: number,
): { readonly civil: number; readonly offset: number | undefined } {
  const start = secondsOfCivil(civil);
  // A start that is there twice is the first of the two.
  const origin = zone === null ? undefined : instantsOf(start, zone)[0];
  if (zone === null || origin === undefined) return { civil: start + seconds, offset: undefined };
  const instant = origin + seconds;
  const offset = offsetOf(zone, instant);
  if (offset === undefined) return { civil: start + seconds, offset };
  const isTwice = instantsOf(instant + offset, zone).length > 1;
  return { civil: instant + offset, offset: isTwice ? offset : undefined };
}

/** A moment that a civil time can mean, seconds after the start. */
export interface CivilMoment {
  readonly seconds: number;
  /** Where the clock shows that time twice: the offset from UTC, seconds. */
  readonly offset: number | undefined;
}

/** Every moment a civil time means: one; two where an hour is there twice; none where it is skipped. */
export function momentsOfCivil(start: StartClock, civilSeconds: number): CivilMoment[] {
  const began = secondsOfCivil(start.civil);
  const origin = start.zone === null ? undefined : instantsOf(began, start.zone)[0];
  if (start.zone === null || origin === undefined) {
    return [{ seconds: civilSeconds - began, offset: undefined }];
  }
  const instants = instantsOf(civilSeconds, start.zone);
  return instants.map((instant) => ({
    seconds: instant - origin,
    offset: instants.length > 1 ? civilSeconds - instant : undefined,
  }));
}

/** The clock is put forward or back. */
export interface ClockChange {
  /** Seconds after the start, to the second. */
  readonly moment: number;
  /** By how much, seconds; negative is back. */
  readonly by: number;
}

/** Changes of the clock in a stretch, `from` exclusive; none where the zone is not known. */
export function clockChanges(start: StartClock, from: number, to: number): ClockChange[] {
  if (start.zone === null) return [];
  const ahead = (moment: number) =>
    Math.round(civilSecondsAfter(start, moment).civil - secondsOfCivil(start.civil) - moment);
  const changes: ClockChange[] = [];
  // No zone puts its clock forward and back within a day.
  for (let day = from; day < to; day += 86_400) {
    let [before, after] = [day, Math.min(day + 86_400, to)];
    const by = ahead(after) - ahead(before);
    if (by === 0) continue;
    const first = ahead(before);
    while (after - before > 0.5) {
      const middle = (before + after) / 2;
      if (ahead(middle) === first) before = middle;
      else after = middle;
    }
    changes.push({ moment: Math.round(after), by });
  }
  return changes;
}

/** `UTC+02:00`. */
export function offsetText(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / 60);
  const two = (value: number) => String(value).padStart(2, "0");
  return `UTC${offset < 0 ? "−" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Civil time as seconds since 1970, as if it were UTC. */
export function secondsOfCivil(civil: string): number {
  return Number(civilToMicros(parseCivil(civil))) / 1e6;
}

/** Back to `YYYY-MM-DDThh:mm:ss`, to the millisecond. */
export function civilOfSeconds(seconds: number): string {
  return formatCivil(microsToCivil(BigInt(Math.round(seconds * 1000)) * 1000n));
}

/** Instants, seconds since 1970 in UTC, at which the zone's clocks show a civil time; earliest first. */
function instantsOf(civil: number, zone: string): number[] {
  const day = 86_400;
  const candidates = new Set([offsetOf(zone, civil - day), offsetOf(zone, civil + day)]);
  return [...candidates]
    .flatMap((offset) => offset === undefined ? [] : [civil - offset])
    .filter((instant) => instant + offsetOf(zone, instant)! === civil)
    .sort((a, b) => a - b);
}

/** Offset of a zone from UTC, seconds; undefined when the browser does not know the zone. */
function offsetOf(zone: string, instant: number): number | undefined {
  const quarter = Math.floor(instant / QUARTER_SECONDS);
  const key = `${zone} ${quarter}`;
  const kept = offsets.get(key);
  if (kept !== undefined) return kept;
  const name = formatOf(zone)?.formatToParts(quarter * QUARTER_SECONDS * 1000)
    .find(({ type }) => type === "timeZoneName")?.value;
  if (name === undefined) return undefined;
  const match = /GMT(?:([+−-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(name);
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match ?? [];
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const offset = sign === undefined || sign === "+" ? size : -size;
  if (offsets.size > 10_000) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) {
    try {
      const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
      formats.set(zone, format);
    } catch {
      formats.set(zone, undefined);
    }
  }
  return formats.get(zone);
}
