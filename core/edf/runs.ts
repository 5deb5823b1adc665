/**
 * Layer 4. Data records to runs: stretches without a gap.
 *
 * Sole owner of the joining rule (EEG_RULES section 1): a record continues the run when its onset is
 * less than half a sample from where the record before ends. What remains is not a gap but an
 * observation of the clock, and adds up in `residue`. Nothing bridges a gap.
 *
 * @module
 */

import {
  addSeconds,
  compareSeconds,
  type ExactSeconds,
  type SampleRate,
  subtractSeconds,
  ZERO_SECONDS,
} from "../time/mod.ts";

/** Contiguous data records. */
export interface EdfRun {
  readonly firstRecord: number;
  readonly recordCount: number;
  /** Onset of the first sample, seconds from the start in the header. */
  readonly onset: ExactSeconds;
  /**
   * How far the onset of the last record is from `onset` plus the nominal durations: what the file
   * says about the clock. Zero for most files.
   */
  readonly residue: ExactSeconds;
}

/** What the onset of a record says about its place after the record before. */
export type Joint = "joined" | "gap" | "backwards";

/** Judges one onset: `expected` is where the record before ends. */
export function judgeOnset(
  found: ExactSeconds,
  expected: ExactSeconds,
  fastest: SampleRate,
): Joint {
  const difference = subtractSeconds(found, expected);
  const magnitude = difference.numerator < 0n ? -difference.numerator : difference.numerator;
  // |difference| < seconds / (2 · samples), without dividing.
  if (2n * magnitude * fastest.samples < fastest.seconds * difference.denominator) return "joined";
  return difference.numerator < 0n ? "backwards" : "gap";
}

/** The rate whose sample is shortest; undefined for an empty list. */
export function fastestRate(rates: readonly SampleRate[]): SampleRate | undefined {
  let fastest: SampleRate | undefined;
  for (const rate of rates) {
    if (fastest === undefined || rate.samples * fastest.seconds > fastest.samples * rate.seconds) {
      fastest = rate;
    }
  }
  return fastest;
}

/** Collects records, in order, into runs. Memory grows with the number of runs, not of records. */
export class RunBuilder {
  readonly runs: EdfRun[] = [];
  readonly #duration: ExactSeconds;
  readonly #fastest: SampleRate;
  #expected: ExactSeconds | undefined;
  #nominal: ExactSeconds = ZERO_SECONDS;

  constructor(recordDuration: ExactSeconds, fastest: SampleRate) {
    this.#duration = recordDuration;
    this.#fastest = fastest;
  }

  /** Adds the next record; says how it joins. The first one is always `joined`. */
  add(recordIndex: number, onset: ExactSeconds): Joint {
    const joint = this.#expected === undefined
      ? undefined
      : judgeOnset(onset, this.#expected, this.#fastest);
    const run = this.runs.at(-1);
    if (joint === "joined" && run !== undefined) {
      const residue = compareSeconds(onset, this.#nominal) === 0
        ? ZERO_SECONDS
        : subtractSeconds(onset, this.#nominal);
      this.runs[this.runs.length - 1] = { ...run, recordCount: run.recordCount + 1, residue };
    } else {
      this.runs.push({ firstRecord: recordIndex, recordCount: 1, onset, residue: ZERO_SECONDS });
      this.#nominal = onset;
    }
    this.#nominal = addSeconds(this.#nominal, this.#duration);
    this.#expected = addSeconds(onset, this.#duration);
    return joint ?? "joined";
  }
}
