/**
 * How long a data record of an export is.
 *
 * Sole owner of the choice. Every stream must have a whole number of samples in a record, the duration must
 * be writable in eight characters, and best is one that divides every run, so that no sample has to be
 * made up. Pure arithmetic on exact ratios.
 *
 * @module
 */

import {
  compareSeconds,
  type ExactSeconds,
  exactSeconds,
  formatSeconds,
  greatestCommonDivisor,
  parseSeconds,
  type SampleRate,
  subtractSeconds,
} from "@wavekeep/core/time";

/** EDF's field for the duration. */
const DURATION_CHARACTERS = 8;

/** Longest record that EDF recommends. */
const RECORD_BYTES_MAX = 61_440;

/** What a record is sized for. */
export interface RecordDemand {
  /** One for each stream. */
  readonly rates: readonly SampleRate[];
  /** Samples of each stream in each run, shape (runCount, streamCount). */
  readonly runs: readonly (readonly number[])[];
  /** Bytes that one second of all signals takes. */
  readonly bytesPerSecond: number;
}

/** A record's duration, and whether it divides every run. */
export interface RecordDuration {
  readonly duration: ExactSeconds;
  /** Samples per record of each stream. */
  readonly samples: readonly number[];
  readonly isExact: boolean;
}

/**
 * Chooses a record duration: near one second, dividing every run where that is possible.
 *
 * @returns Undefined when no duration gives every stream whole samples within eight characters.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { exactSeconds, sampleRate } from "@wavekeep/core/time";
 * import { chooseRecordDuration } from "./record_duration.ts";
 *
 * const rates = [sampleRate(64, 5), sampleRate(100)];
 * const choice = chooseRecordDuration({ rates, runs: [[1408, 11_000]], bytesPerSecond: 226 });
 * deepStrictEqual(choice?.duration, exactSeconds(5, 4));
 * strictEqual(choice?.isExact, true);
 * ```
 */
export function chooseRecordDuration(demand: RecordDemand): RecordDuration | undefined {
  const unit = commonPeriod(demand.rates);
  const dividing = unitsPerRun(demand, unit);
  if (dividing !== undefined) {
    const best = nearestToSecond(
      divisors(dividing).map((units) => times(unit, units)).filter(isWritable),
      demand,
    );
    // Below a tenth of a second the timekeeping would weigh as much as the samples: pad instead.
    if (best !== undefined && compareSeconds(best, exactSeconds(1, 10)) >= 0) {
      return { duration: best, samples: samplesIn(demand.rates, best), isExact: true };
    }
  }
  const padded = writableMultiple(unit);
  return padded &&
    { duration: padded, samples: samplesIn(demand.rates, padded), isExact: false };
}

/** The shortest time in which every rate has a whole number of samples. */
export function commonPeriod(rates: readonly SampleRate[]): ExactSeconds {
  // Periods are seconds ÷ samples, reduced: their least common multiple is
  // lcm of the numerators over gcd of the denominators.
  const numerator = rates.map(({ seconds }) => seconds).reduce(leastCommonMultiple);
  const denominator = rates.map(({ samples }) => samples).reduce(greatestCommonDivisor);
  return exactSeconds(numerator, denominator);
}

/** The largest number of units that divides every run, or undefined when a run is not whole units. */
function unitsPerRun({ rates, runs }: RecordDemand, unit: ExactSeconds): bigint | undefined {
  const perUnit = rates.map((rate) => samplesOf(rate, unit));
  let common = 0n;
  for (const run of runs) {
    const units = run.map((count, index) => ({
      whole: BigInt(count) / perUnit[index]!,
      rest: BigInt(count) % perUnit[index]!,
    }));
    if (units.some(({ whole, rest }) => rest !== 0n || whole !== units[0]!.whole)) return undefined;
    common = greatestCommonDivisor(common, units[0]!.whole);
  }
  return common === 0n ? undefined : common;
}

/** One second where it can be; otherwise the nearest below, then the nearest above; of fitting size. */
function nearestToSecond(
  candidates: readonly ExactSeconds[],
  { bytesPerSecond }: RecordDemand,
): ExactSeconds | undefined {
  const second = exactSeconds(1);
  const fits = (duration: ExactSeconds) =>
    compareSeconds(duration, second) <= 0 ||
    Number(formatSeconds(duration)) * bytesPerSecond <= RECORD_BYTES_MAX;
  const fitting = candidates.filter(fits).sort(compareSeconds);
  const below = fitting.filter((duration) => compareSeconds(duration, second) <= 0).at(-1);
  const above = fitting.find((duration) => compareSeconds(duration, second) > 0);
  if (below === undefined) return above;
  if (above === undefined) return below;
  // Half a second and more is as good as one; a sliver is worse than a few seconds.
  return compareSeconds(below, exactSeconds(1, 2)) >= 0 ? below : above;
}

/** The shortest writable multiple of a unit that is a second or more. */
function writableMultiple(unit: ExactSeconds): ExactSeconds | undefined {
  // Only twos and fives may stay in the denominator of a decimal.
  let step = unit.denominator;
  for (const prime of [2n, 5n]) while (step % prime === 0n) step /= prime;
  const stride = times(unit, step);
  const first = stride.denominator > stride.numerator
    ? (stride.denominator + stride.numerator - 1n) / stride.numerator
    : 1n;
  for (let count = first; count < first + 1000n; count++) {
    const duration = times(stride, count);
    if (isWritable(duration)) return duration;
  }
  return undefined;
}

function isWritable(duration: ExactSeconds): boolean {
  const text = formatSeconds(duration);
  return text.length <= DURATION_CHARACTERS &&
    subtractSeconds(parseSeconds(text), duration).numerator === 0n;
}

function samplesIn(rates: readonly SampleRate[], duration: ExactSeconds): number[] {
  return rates.map((rate) => Number(samplesOf(rate, duration)));
}

function samplesOf(rate: SampleRate, duration: ExactSeconds): bigint {
  return duration.numerator * rate.samples / (duration.denominator * rate.seconds);
}

function times(unit: ExactSeconds, count: bigint): ExactSeconds {
  return exactSeconds(unit.numerator * count, unit.denominator);
}

function leastCommonMultiple(a: bigint, b: bigint): bigint {
  return a / greatestCommonDivisor(a, b) * b;
}

/** Every divisor of `value`; a day at 16 kHz needs 37,000 trials. */
function divisors(value: bigint): bigint[] {
  const found: bigint[] = [];
  for (let i = 1n; i * i <= value; i++) {
    if (value % i !== 0n) continue;
    found.push(i);
    if (i * i !== value) found.push(value / i);
  }
  return found;
}
