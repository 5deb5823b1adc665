/**
 * Layer 4. How long a data record should be, so that runs of samples fit into whole records.
 *
 * Sole owner of that choice. EDF has one record duration for a file, every signal needs a whole number
 * of samples in it, and its text has eight characters. Where no duration divides every run, the last
 * record of a run must be padded: then the layout says so, and the writer of the export owes an
 * annotation and the true count.
 *
 * @see EDF+ specification 2.1.3: records of at most 61,440 bytes are recommended
 * @module
 */

import { InvalidSelectionError } from "../error.ts";
import {
  type ExactSeconds,
  exactSeconds,
  formatSeconds,
  greatestCommonDivisor,
  type SampleRate,
  toNumber,
} from "../time/mod.ts";
import { HEADER_FIELDS } from "./field_table.ts";

/** Signals of one rate. */
export interface LayoutStream {
  readonly rate: SampleRate;
  readonly channelCount: number;
}

export interface RecordLayout {
  readonly recordDuration: ExactSeconds;
  /** For each stream. */
  readonly samplesPerRecord: readonly number[];
  /** For each run; the last record of a padded run is not full. */
  readonly recordCounts: readonly number[];
  /** True when some run does not fill its last record. */
  readonly isPadded: boolean;
}

/** Largest record that EDF recommends, in bytes. */
const RECORD_BYTES_RECOMMENDED = 61_440;

/** Longest record considered, unless a slow rate needs a longer one. */
const DURATION_SECONDS_MAX = 10n;

/** Durations tried; above it the finest grid is left out. */
const CANDIDATES_MAX = 100_000n;

/**
 * Chooses the record duration nearest to one second that divides every run, or else the nearest at all.
 *
 * @param options.runs The length of each run, such as of each segment in a window.
 * @throws {InvalidSelectionError} No stream, or no duration of eight characters fits the rates.
 *
 * @example 41 s of CHB-MIT are 41 records
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { chooseRecordLayout } from "@wavekeep/core/edf";
 * import { exactSeconds, formatSeconds, sampleRate } from "@wavekeep/core/time";
 *
 * const streams = [{ rate: sampleRate(256), channelCount: 23 }];
 * const layout = chooseRecordLayout({ streams, runs: [exactSeconds(41)], bytesPerSample: 2 });
 * strictEqual(formatSeconds(layout.recordDuration), "1");
 * deepStrictEqual(layout.recordCounts, [41]);
 * ```
 */
export function chooseRecordLayout(options: {
  streams: readonly LayoutStream[];
  runs: readonly ExactSeconds[];
  bytesPerSample: 2 | 3;
}): RecordLayout {
  const { streams, runs, bytesPerSample } = options;
  const unit = smallestDuration(streams);
  const lengths = runs.map((run) => unitsIn(run, unit));
  const countMax = DURATION_SECONDS_MAX * unit.denominator / unit.numerator;
  let best: { units: bigint; cost: number[] } | undefined;
  for (let units = 1n; units === 1n || units <= countMax && units <= CANDIDATES_MAX; units++) {
    const duration = times(unit, units);
    if (formatSeconds(duration).length > HEADER_FIELDS.recordDuration.width) continue;
    const bytes = streams.reduce(
      (sum, { rate, channelCount }) => sum + samplesIn(rate, duration) * channelCount,
      0,
    ) * bytesPerSample;
    const isPadded = lengths.some(({ whole, isExact }) => !isExact || whole % units !== 0n);
    const cost = [
      isPadded ? 1 : 0,
      Math.max(0, bytes - RECORD_BYTES_RECOMMENDED),
      Math.abs(Math.log(toNumber(duration))),
    ];
    if (best === undefined || isCheaper(cost, best.cost)) best = { units, cost };
  }
  if (best === undefined) {
    throw new InvalidSelectionError(
      `Cannot lay out EDF records: no duration of ${HEADER_FIELDS.recordDuration.width} characters ` +
        `holds whole samples of ${streams.length} rates`,
    );
  }
  const { units, cost } = best;
  const recordDuration = times(unit, units);
  return {
    recordDuration,
    samplesPerRecord: streams.map(({ rate }) => samplesIn(rate, recordDuration)),
    recordCounts: lengths.map(({ whole, isExact }) =>
      Number((whole + (isExact ? 0n : 1n) + units - 1n) / units)
    ),
    isPadded: cost[0] === 1,
  };
}

/** The shortest time in which every stream has a whole number of samples. */
function smallestDuration(streams: readonly LayoutStream[]): ExactSeconds {
  const [first, ...rest] = streams;
  if (first === undefined) {
    throw new InvalidSelectionError("Cannot lay out EDF records: there is no stream");
  }
  let { seconds, samples } = first.rate;
  for (const { rate } of rest) {
    seconds = seconds * rate.seconds / greatestCommonDivisor(seconds, rate.seconds);
    samples = greatestCommonDivisor(samples, rate.samples);
  }
  return exactSeconds(seconds, samples);
}

/** Whole units in a length, and whether nothing is over. */
function unitsIn(length: ExactSeconds, unit: ExactSeconds): { whole: bigint; isExact: boolean } {
  const numerator = length.numerator * unit.denominator;
  const denominator = length.denominator * unit.numerator;
  return { whole: numerator / denominator, isExact: numerator % denominator === 0n };
}

/** Samples of a rate in a duration that holds a whole number of them. */
function samplesIn(rate: SampleRate, duration: ExactSeconds): number {
  return Number(duration.numerator * rate.samples / (duration.denominator * rate.seconds));
}

function times(unit: ExactSeconds, count: bigint): ExactSeconds {
  return exactSeconds(unit.numerator * count, unit.denominator);
}

function isCheaper(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((cost, i) => cost !== b[i]);
  return at !== -1 && a[at]! < b[at]!;
}
