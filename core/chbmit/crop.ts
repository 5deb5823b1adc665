/**
 * Layer 4. Where a crop of a CHB-MIT file lies in the file it was cut from, by clock and name.
 *
 * Summary times count from the start of the uncropped file (EEG_RULES section 2). A crop is recognised
 * only when everything agrees: its name continues the name of a listed file, and its header start and
 * length lie inside that file's times. Nothing is guessed beyond that.
 *
 * @module
 */

import type { Summary, SummaryFile, SummarySeizure } from "./summary.ts";

const DAY_SECONDS = 86_400;

/** What a crop's own header says. */
export interface CropFacts {
  /** File name without folder, such as `chb01_03_Seizure.edf`. */
  readonly name: string;
  /** Time of day of the header start, whole seconds since midnight. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

/** A crop's place, and what of the uncropped file's seizures falls into it. */
export interface CropPlace {
  readonly of: SummaryFile;
  /** Seconds of the uncropped file before the crop's first sample. */
  readonly offsetSeconds: number;
  /** In seconds of the crop; a seizure may start before 0 or end after the crop. */
  readonly seizures: readonly SummarySeizure[];
}

/**
 * Finds the uncropped file of a crop.
 *
 * @returns Undefined when no listed file has the name, the times, or both.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { locateCrop, parseSummary } from "@wavekeep/core/chbmit";
 *
 * const summary = parseSummary(`File Name: chb01_03.edf
 * File Start Time: 13:43:04
 * File End Time: 14:43:04
 * Number of Seizures in File: 1
 * Seizure Start Time: 2996 seconds
 * Seizure End Time: 3036 seconds`);
 * const startSeconds = 14 * 3600 + 32 * 60 + 59;
 * const crop = { name: "chb01_03_Seizure.edf", startSeconds, durationSeconds: 41 };
 * deepStrictEqual(locateCrop(summary, crop)?.seizures, [{ start: 1, end: 41 }]);
 * ```
 */
export function locateCrop(summary: Summary, crop: CropFacts): CropPlace | undefined {
  for (const file of summary.files) {
    if (file.start === null || file.end === null || !continuesName(file.name, crop.name)) continue;
    const offsetSeconds = modulo(crop.startSeconds - file.start.seconds, DAY_SECONDS);
    if (
      offsetSeconds + crop.durationSeconds >
        modulo(file.end.seconds - file.start.seconds, DAY_SECONDS)
    ) {
      continue;
    }
    const seizures = file.seizures
      .map(({ start, end }) => ({ start: start - offsetSeconds, end: end - offsetSeconds }))
      .filter(({ start, end }) => start < crop.durationSeconds && end > 0);
    return { of: file, offsetSeconds, seizures };
  }
  return undefined;
}

/** `chb01_03_Seizure.edf` continues `chb01_03.edf`; `chb01_030.edf` does not. */
function continuesName(whole: string, crop: string): boolean {
  const stem = whole.replace(/\.edf$/i, "");
  const rest = crop.startsWith(stem) ? crop.slice(stem.length) : "";
  return rest !== "" && !/^[A-Za-z0-9.+]/.test(rest);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
