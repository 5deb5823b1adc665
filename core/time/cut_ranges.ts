/**
 * Layer 1. Ranges taken out of ranges, in one walk over both.
 *
 * Sole owner of the question which piece belongs to whom, where what is taken overlaps: to the one that
 * begins first. Lists may come from somebody who wants this to take long, so nothing is looked at twice.
 *
 * @module
 */

import type { SampleRange } from "./sample_range.ts";

/** What came of a cut. */
export interface CutRanges {
  /** What was taken, in order; `of` is the position of the range in `taken`. */
  readonly pieces: readonly { readonly range: SampleRange; readonly of: number }[];
  /** What is left, in order. */
  readonly rest: readonly SampleRange[];
}

/**
 * Takes ranges out of others.
 *
 * @param open Ascending and apart from each other.
 * @param taken In any order; may overlap and may be empty.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { cutRanges } from "@wavekeep/core/time";
 *
 * const { pieces, rest } = cutRanges([{ start: 0, end: 10 }], [
 *   { start: 6, end: 8 },
 *   { start: 2, end: 7 },
 * ]);
 * deepStrictEqual(pieces, [
 *   { range: { start: 2, end: 7 }, of: 1 },
 *   { range: { start: 7, end: 8 }, of: 0 },
 * ]);
 * deepStrictEqual(rest, [{ start: 0, end: 2 }, { start: 8, end: 10 }]);
 * ```
 */
export function cutRanges(
  open: readonly SampleRange[],
  taken: readonly SampleRange[],
): CutRanges {
  const cuts = taken.map(({ start, end }, of) => ({ start, end, of }))
    .sort((a, b) => a.start - b.start);
  const pieces: { range: SampleRange; of: number }[] = [];
  const rest: SampleRange[] = [];
  let at = 0;
  /** What was taken last ends here. */
  let covered = -Infinity;
  for (const { start: first, end } of open) {
    let start = first;
    for (; at < cuts.length; at++) {
      const cut = cuts[at]!;
      if (cut.start >= end) break;
      const from = Math.max(cut.start, covered, start);
      const to = Math.min(cut.end, end);
      if (from < to) {
        if (start < from) rest.push({ start, end: from });
        pieces.push({ range: { start: from, end: to }, of: cut.of });
        start = covered = to;
      }
      // It goes on in the next one.
      if (cut.end > end) break;
    }
    if (start < end) rest.push({ start, end });
  }
  return { pieces, rest };
}
