/**
 * Layer 4. Where a mark lies against the samples: inside them, in a gap, beyond their end.
 *
 * A mark that begins in a gap or outlasts the recording is real (a seizure goes on after the electrode
 * came off); it is kept as written and flagged, never cut to the samples.
 *
 * @module
 */

import {
  addSeconds,
  compareSeconds,
  type ExactSeconds,
  exactSeconds,
  ZERO_SECONDS,
} from "../time/mod.ts";
import type { EdfRun } from "./runs.ts";

export interface MarkCoverage {
  /** Where the onset lies. A run holds its start and not its end. */
  readonly starts: "in-samples" | "in-gap" | "before-samples" | "after-samples";
  /** The mark ends after the last sample. */
  readonly outlasts: boolean;
}

/**
 * Judges one mark.
 *
 * @param runs In order, as `EdfFile.runs()` gives them; without runs every mark is after the samples.
 *
 * @example A seizure that begins in the gap of chb01_18 and goes on after the file
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { coverageOfMark } from "@wavekeep/core/edf";
 * import { exactSeconds } from "@wavekeep/core/time";
 *
 * const residue = exactSeconds(0);
 * const runs = [
 *   { firstRecord: 0, recordCount: 10, onset: exactSeconds(0), residue },
 *   { firstRecord: 10, recordCount: 10, onset: exactSeconds(20), residue },
 * ];
 * deepStrictEqual(
 *   coverageOfMark({ onset: exactSeconds(10), duration: exactSeconds(90) }, {
 *     runs,
 *     recordDuration: exactSeconds(1),
 *   }),
 *   { starts: "in-gap", outlasts: true },
 * );
 * ```
 */
export function coverageOfMark(
  mark: { readonly onset: ExactSeconds; readonly duration: ExactSeconds | null },
  samples: { readonly runs: readonly EdfRun[]; readonly recordDuration: ExactSeconds },
): MarkCoverage {
  const { runs, recordDuration } = samples;
  const ends = runs.map((run) =>
    addSeconds(
      run.onset,
      exactSeconds(
        recordDuration.numerator * BigInt(run.recordCount),
        recordDuration.denominator,
      ),
    )
  );
  const last = ends.reduce<ExactSeconds | undefined>(
    (latest, end) => latest === undefined || compareSeconds(end, latest) > 0 ? end : latest,
    undefined,
  );
  const isIn = runs.some((run, i) =>
    compareSeconds(run.onset, mark.onset) <= 0 && compareSeconds(mark.onset, ends[i]!) < 0
  );
  const isAfter = last === undefined || compareSeconds(mark.onset, last) >= 0;
  const isBefore = runs.every((run) => compareSeconds(mark.onset, run.onset) < 0);
  const end = addSeconds(mark.onset, mark.duration ?? ZERO_SECONDS);
  return {
    starts: isIn
      ? "in-samples"
      : isAfter
      ? "after-samples"
      : isBefore
      ? "before-samples"
      : "in-gap",
    outlasts: last === undefined || compareSeconds(end, last) > 0,
  };
}
