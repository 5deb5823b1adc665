/**
 * Layer 1. Exact sample rates; samples to seconds and back.
 *
 * Sole owner of dividing by a sample rate: nothing outside `core/time` does. A rate is a ratio because
 * files say "1228 samples in 9.59375 s" (exactly 128 Hz), and 63.0167 Hz has no short binary form.
 *
 * @module
 */

import { CorruptInputError, InvalidSelectionError } from "../error.ts";
import {
  ceilDivide,
  type ExactSeconds,
  exactSeconds,
  formatSeconds,
  greatestCommonDivisor,
  parseSeconds,
  toNumber,
} from "./exact_seconds.ts";

/** `samples` samples in `seconds` seconds, reduced, both > 0. Hertz = samples ÷ seconds. */
export interface SampleRate {
  readonly samples: bigint;
  readonly seconds: bigint;
}

/**
 * A reduced rate.
 *
 * @throws {CorruptInputError} A part is not positive.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { firstSampleAtOrAfter, parseSeconds, rateFromRecord, rateHz, sampleRate } from "@wavekeep/core/time";
 *
 * deepStrictEqual(rateFromRecord(1228, parseSeconds("9.59375")), sampleRate(128));
 * strictEqual(rateHz(sampleRate(64, 5)), 12.8);
 * strictEqual(firstSampleAtOrAfter(sampleRate(256), parseSeconds("0.01")), 3);
 * ```
 */
export function sampleRate(samples: bigint | number, seconds: bigint | number = 1n): SampleRate {
  const s = BigInt(samples);
  const d = BigInt(seconds);
  if (s <= 0n || d <= 0n) {
    throw new CorruptInputError(`Cannot make a sample rate: ${s} samples in ${d} s`, {
      field: "sample rate",
    });
  }
  const divisor = greatestCommonDivisor(s, d);
  return { samples: s / divisor, seconds: d / divisor };
}

/**
 * The rate of an EDF signal.
 *
 * @throws {CorruptInputError} No samples, or a duration that is not positive.
 */
export function rateFromRecord(
  samplesPerRecord: number,
  recordDuration: ExactSeconds,
): SampleRate {
  return sampleRate(
    BigInt(samplesPerRecord) * recordDuration.denominator,
    recordDuration.numerator,
  );
}

/**
 * Reads `256`, `12.8` or `64/5`, in hertz.
 *
 * @throws {CorruptInputError} Neither decimal text nor a ratio of integers, or not positive.
 */
export function parseRate(text: string): SampleRate {
  const ratio = /^(\d{1,20})\/(\d{1,20})$/.exec(text);
  if (ratio !== null) return sampleRate(BigInt(ratio[1]!), BigInt(ratio[2]!));
  const hertz = parseSeconds(text);
  return sampleRate(hertz.numerator, hertz.denominator);
}

/** Decimal text where it is exact, such as `12.8`; a ratio such as `400/3` where it is not. */
export function formatRate(rate: SampleRate): string {
  const text = formatSeconds(exactSeconds(rate.samples, rate.seconds));
  const exact = parseSeconds(text);
  return exact.numerator === rate.samples && exact.denominator === rate.seconds
    ? text
    : `${rate.samples}/${rate.seconds}`;
}

/** Hertz, for display and filter design; never for indexes. */
export function rateHz(rate: SampleRate): number {
  return toNumber({ numerator: rate.samples, denominator: rate.seconds });
}

export function equalRates(a: SampleRate, b: SampleRate): boolean {
  return a.samples === b.samples && a.seconds === b.seconds;
}

/**
 * ⌈t · r⌉: the first sample at or after `t` seconds from the stream's first sample. Negative for times
 * before it. A window [a, b) selects `firstSampleAtOrAfter(a)` to `firstSampleAtOrAfter(b)`, half-open.
 *
 * @throws {InvalidSelectionError} The index is beyond ± 2^53.
 */
export function firstSampleAtOrAfter(rate: SampleRate, t: ExactSeconds): number {
  const index = ceilDivide(t.numerator * rate.samples, t.denominator * rate.seconds);
  const asNumber = Number(index);
  if (!Number.isSafeInteger(asNumber)) {
    throw new InvalidSelectionError(`Cannot find a sample: index ${index} is beyond 2^53`);
  }
  return asNumber;
}

/** When sample `index` was taken, in seconds from the stream's first sample. */
export function secondsOfSample(rate: SampleRate, index: number): ExactSeconds {
  return exactSeconds(BigInt(index) * rate.seconds, rate.samples);
}
