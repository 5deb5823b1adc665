/**
 * What people had of a patient, summed up out of events.
 *
 * Sole owner of what counts: each second of a recording once, for a day and for all days, and what left the house.
 * Rows come in any order, one at a time; what is kept is days and stretches, never rows.
 *
 * @module
 */

import type { MsRange } from "@wavekeep/core/service";
import { mergedRanges } from "@wavekeep/core/time";

/** What is read of an event. */
export interface AccessRow {
  readonly actor: string;
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly kind: string;
  readonly recordingId: string | null;
  readonly detail: {
    readonly role?: string;
    readonly thing?: string;
    readonly count?: number;
    readonly ms?: readonly MsRange[];
  } | null;
}

/** What somebody had on one day. */
export interface DaySum {
  /** `2026-11-21`, UTC. */
  readonly day: string;
  readonly grants: number;
  readonly exports: number;
  readonly breakGlass: number;
  /** Of samples, each second of a recording once. */
  readonly ms: number;
}

/** What somebody had. */
export interface AccessSum {
  readonly roles: readonly string[];
  /** Ids. */
  readonly recordings: readonly string[];
  readonly refused: number;
  /** Of samples, each second of a recording once, whatever the day. */
  readonly ms: number;
  /** The oldest first. */
  readonly days: readonly DaySum[];
}

/** Stretches of a day and recording before those that touch are made one for the first time: a power of two. */
const STRETCHES_MAX = 256;

const DAY_MS = 86_400_000;

interface OpenDay {
  grants: number;
  exports: number;
  breakGlass: number;
  /** By recording. */
  readonly seen: Map<string | null, MsRange[]>;
}

interface OpenSum {
  readonly roles: Set<string>;
  readonly recordings: Set<string>;
  refused: number;
  readonly days: Map<number, OpenDay>;
}

/**
 * Sums, by person.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { AccessSums } from "./sum_accesses.ts";
 *
 * const sums = new AccessSums();
 * const shown = { actor: "a", day: 0, kind: "access.shown", recordingId: "r" };
 * sums.add({ ...shown, detail: { thing: "samples", ms: [[0, 10_000]] } });
 * sums.add({ ...shown, day: 1, detail: { thing: "samples", ms: [[5_000, 20_000]] } });
 * const { ms, days } = sums.of("a");
 * deepStrictEqual([ms, days.map((day) => [day.day, day.ms])], [
 *   20_000,
 *   [["1970-01-01", 10_000], ["1970-01-02", 15_000]],
 * ]);
 * ```
 */
export class AccessSums {
  readonly #people = new Map<string, OpenSum>();

  add({ actor, day: dayNumber, kind, recordingId, detail }: AccessRow): void {
    let sum = this.#people.get(actor);
    if (sum === undefined) {
      sum = { roles: new Set(), recordings: new Set(), refused: 0, days: new Map() };
      this.#people.set(actor, sum);
    }
    let day = sum.days.get(dayNumber);
    if (day === undefined) {
      sum.days.set(dayNumber, day = { grants: 0, exports: 0, breakGlass: 0, seen: new Map() });
    }
    if (detail?.role !== undefined) sum.roles.add(detail.role);
    if (recordingId !== null) sum.recordings.add(recordingId);
    switch (kind) {
      case "access.granted":
        day.grants++;
        break;
      case "access.shown":
        if (detail?.thing === "export") day.exports += detail.count ?? 0;
        else if (detail?.thing === "samples" && detail.ms !== undefined) {
          addStretches(day.seen, recordingId, detail.ms);
        }
        break;
      case "export.downloaded":
        day.exports++;
        break;
      case "security.break-glass":
        day.breakGlass++;
        break;
      case "access.refused":
      case "export.refused":
        sum.refused++;
    }
  }

  /** Every recording that somebody had something of. */
  recordings(): string[] {
    const all = new Set<string>();
    for (const { recordings } of this.#people.values()) {
      for (const recording of recordings) all.add(recording);
    }
    return [...all];
  }

  /** What was added of somebody; nothing of whom nothing was added. */
  of(actor: string): AccessSum {
    const sum = this.#people.get(actor);
    if (sum === undefined) return { roles: [], recordings: [], refused: 0, ms: 0, days: [] };
    const everSeen = new Map<string | null, MsRange[]>();
    const days: DaySum[] = [];
    for (const [number, { grants, exports, breakGlass, seen }] of sum.days) {
      for (const [recording, stretches] of seen) addStretches(everSeen, recording, stretches);
      const day = new Date(number * DAY_MS).toISOString().slice(0, 10);
      days.push({ day, grants, exports, breakGlass, ms: lengthOf(seen) });
    }
    return {
      roles: [...sum.roles].sort(),
      recordings: [...sum.recordings],
      refused: sum.refused,
      ms: lengthOf(everSeen),
      days: days.sort((a, b) => a.day < b.day ? -1 : 1),
    };
  }
}

function addStretches(
  seen: Map<string | null, MsRange[]>,
  recording: string | null,
  stretches: readonly MsRange[],
): void {
  let kept = seen.get(recording);
  if (kept === undefined) seen.set(recording, kept = []);
  for (const stretch of stretches) {
    kept.push(stretch);
    // At each doubling: what never touches is not looked at for every one that comes.
    if (kept.length < STRETCHES_MAX || (kept.length & (kept.length - 1)) !== 0) continue;
    seen.set(recording, kept = mergedRanges(kept));
  }
}

function lengthOf(seen: ReadonlyMap<unknown, readonly MsRange[]>): number {
  let ms = 0;
  for (const stretches of seen.values()) {
    for (const [start, end] of stretches.length > 1 ? mergedRanges(stretches) : stretches) {
      ms += end - start;
    }
  }
  return ms;
}
