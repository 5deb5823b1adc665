/**
 * The wall clock of this machine as the civil start of a recording.
 *
 * Sole place of the simulator that turns an instant into civil time. The machine's zone is used while its
 * offset is the same over the whole recording; around a clock change the start is given in UTC, so that
 * start plus elapsed time is right either way.
 *
 * @module
 */

import type { CivilStart } from "@wavekeep/core/recording";

/** Looks ahead this far for a clock change, because a live recording has no end yet. */
const AHEAD_MS = 36 * 3600 * 1000;

/**
 * Civil time and zone of an instant.
 *
 * @param epochSeconds Whole seconds since 1970 UTC.
 * @param zone IANA name; the machine's own unless told.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { civilStartOf } from "./civil_now.ts";
 *
 * deepStrictEqual(civilStartOf(1_700_000_000, { zone: "Europe/Berlin", untilMs: 1_700_003_600_000 }), {
 *   civil: "2023-11-14T23:13:20",
 *   zone: "Europe/Berlin",
 * });
 * ```
 */
export function civilStartOf(
  epochSeconds: number,
  options: { zone?: string; untilMs?: number } = {},
): CivilStart {
  const own = options.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const startMs = epochSeconds * 1000;
  const untilMs = options.untilMs ?? Math.max(startMs, Date.now()) + AHEAD_MS;
  const zone = own !== undefined && /^[A-Za-z0-9_+\-/]{1,64}$/.test(own) &&
      hasOneOffset(own, startMs, untilMs)
    ? own
    : "UTC";
  const civil = Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO(zone)
    .toPlainDateTime().toString({ smallestUnit: "second" });
  return { civil, zone };
}

function hasOneOffset(zone: string, startMs: number, endMs: number): boolean {
  const start = Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO(zone);
  const change = start.getTimeZoneTransition("next");
  return change === null || change.epochMilliseconds > endMs;
}
