/**
 * Where a page holds data that failed its integrity check, in whatever rows.
 *
 * @module
 */

import type { PageData } from "./page_data.ts";

/** A stretch, seconds from recording start. */
export interface DamagedStretch {
  readonly start: number;
  readonly end: number;
}

/** Seconds that lie closer than this are one stretch: they come from a rate as binary numbers. */
const NEXT_TO = 1e-6;

/**
 * Damaged stretches of a page, by start; neighbouring seconds are one.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { damagedStretches } from "./damaged_stretches.ts";
 *
 * const blank = (start: number) => ({ start, end: start + 1, rows: [0], kind: "damaged" as const });
 * deepStrictEqual(damagedStretches({ start: 20, blanks: [blank(3), blank(4), blank(7)] }), [
 *   { start: 23, end: 25 },
 *   { start: 27, end: 28 },
 * ]);
 * ```
 */
export function damagedStretches(page: Pick<PageData, "start" | "blanks">): DamagedStretch[] {
  const stretches: { start: number; end: number }[] = [];
  const damaged = page.blanks.filter(({ kind }) => kind === "damaged");
  for (const blank of damaged.toSorted((a, b) => a.start - b.start)) {
    const start = page.start + blank.start;
    const end = page.start + blank.end;
    const last = stretches.at(-1);
    if (last !== undefined && start <= last.end + NEXT_TO) last.end = Math.max(last.end, end);
    else stretches.push({ start, end });
  }
  return stretches;
}
