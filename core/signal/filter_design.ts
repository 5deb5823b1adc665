/**
 * Layer 2. Display filters as coefficients: low-frequency, high-frequency, notch.
 *
 * Sole owner of filter design. Corners are pre-warped, so the gain at the corner is −3 dB at every rate;
 * SciPy's `butter` and `iirnotch` give the same numbers. A filter at or above half the sample rate cannot
 * exist and is undefined: the screen then says that it is off. Hazard: the low-frequency filter is the
 * high-pass one, named as EEG readers name it.
 *
 * @module
 */

import { assert } from "../assert.ts";

/** One second-order section, a0 = 1; first-order ones have b2 = a2 = 0. */
export interface FilterSection {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
  /** Seconds in which a disturbance falls to 1/e. */
  readonly timeConstant: number;
}

/** What a reader sets. Null is off. */
export interface FilterSettings {
  /** First-order high-pass: −3 dB here, in hertz. Its time constant is 1 ÷ 2πf. */
  readonly lowHz: number | null;
  /** Second-order Butterworth low-pass: −3 dB here, in hertz. */
  readonly highHz: number | null;
  /** Mains frequency, in hertz. */
  readonly notchHz: number | null;
  /** Notch frequency ÷ its −3 dB bandwidth. */
  readonly notchQ: number;
  /**
   * `causal` shifts phase as clinical systems do and shows nothing before its cause. `zero-phase` runs
   * forwards and backwards, with corners moved so that −3 dB stays where it is.
   */
  readonly phase: "causal" | "zero-phase";
}

/** Nothing is filtered. */
export const FILTERS_OFF: FilterSettings = {
  lowHz: null,
  highHz: null,
  notchHz: null,
  notchQ: 30,
  phase: "causal",
};

/** What became of the settings at one sample rate. */
export interface FilterDesign {
  /** In the order they run; empty when every filter is off. */
  readonly sections: readonly FilterSection[];
  readonly phase: FilterSettings["phase"];
  /** Filters that were set but cannot exist at this rate. */
  readonly impossible: readonly ("low" | "high" | "notch")[];
  /** The longest of the sections', in seconds; 0 without sections. */
  readonly timeConstant: number;
}

/** Two passes of a filter have −3 dB where one pass has −1.5 dB: √(√2 − 1). */
const TWO_PASS_FIRST_ORDER = Math.sqrt(Math.SQRT2 - 1);
/** The same for second-order Butterworth. */
const TWO_PASS_SECOND_ORDER = Math.pow(Math.SQRT2 - 1, 1 / 4);

/**
 * The sections for settings at a sample rate.
 *
 * @param rateHz Samples a second.
 *
 * @example At 256 Hz
 * ```ts
 * import { deepStrictEqual, ok } from "node:assert/strict";
 * import { designFilters, FILTERS_OFF } from "@wavekeep/core/signal";
 *
 * const design = designFilters({ ...FILTERS_OFF, lowHz: 1, highHz: 200 }, 256);
 * ok(Math.abs(design.sections[0]!.b0 - 0.9878763249661883) < 1e-15);
 * deepStrictEqual(design.impossible, ["high"]);
 * ```
 */
export function designFilters(settings: FilterSettings, rateHz: number): FilterDesign {
  assert(rateHz > 0, `${rateHz} is a sample rate`);
  const { lowHz, highHz, notchHz, notchQ, phase } = settings;
  const isTwice = phase === "zero-phase";
  const tried = [
    ["low", lowHz, lowHz === null ? undefined : lowFrequencyFilter(lowHz, rateHz, isTwice)],
    ["high", highHz, highHz === null ? undefined : highFrequencyFilter(highHz, rateHz, isTwice)],
    ["notch", notchHz, notchHz === null ? undefined : notch(notchHz, rateHz, notchQ, isTwice)],
  ] as const;
  const sections = tried.flatMap(([, , section]) => section ?? []);
  return {
    sections,
    phase,
    impossible: tried.flatMap(([name, hertz, section]) =>
      hertz !== null && section === undefined ? [name] : []
    ),
    timeConstant: Math.max(0, ...sections.map((section) => section.timeConstant)),
  };
}

/** First-order high-pass by the bilinear transform. */
function lowFrequencyFilter(
  hertz: number,
  rateHz: number,
  isTwice: boolean,
): FilterSection | undefined {
  if (!isBelowNyquist(hertz, rateHz)) return undefined;
  const k = Math.tan(Math.PI * hertz / rateHz) * (isTwice ? TWO_PASS_FIRST_ORDER : 1);
  const gain = 1 / (1 + k);
  return withTimeConstant(
    { b0: gain, b1: -gain, b2: 0, a1: (k - 1) * gain, a2: 0 },
    rateHz,
  );
}

/** Second-order Butterworth low-pass by the bilinear transform. */
function highFrequencyFilter(
  hertz: number,
  rateHz: number,
  isTwice: boolean,
): FilterSection | undefined {
  if (!isBelowNyquist(hertz, rateHz)) return undefined;
  const k = Math.tan(Math.PI * hertz / rateHz) / (isTwice ? TWO_PASS_SECOND_ORDER : 1);
  const gain = 1 / (1 + Math.SQRT2 * k + k * k);
  const b0 = k * k * gain;
  return withTimeConstant({
    b0,
    b1: 2 * b0,
    b2: b0,
    a1: 2 * (k * k - 1) * gain,
    a2: (1 - Math.SQRT2 * k + k * k) * gain,
  }, rateHz);
}

/** Second-order notch of a given Q. */
function notch(
  hertz: number,
  rateHz: number,
  q: number,
  isTwice: boolean,
): FilterSection | undefined {
  assert(q > 0, `${q} is a notch's Q`);
  if (!isBelowNyquist(hertz, rateHz)) return undefined;
  const angle = 2 * Math.PI * hertz / rateHz;
  const beta = Math.tan(angle / q / 2) * (isTwice ? TWO_PASS_FIRST_ORDER : 1);
  const gain = 1 / (1 + beta);
  const b1 = -2 * gain * Math.cos(angle);
  return withTimeConstant({ b0: gain, b1, b2: gain, a1: b1, a2: 2 * gain - 1 }, rateHz);
}

function isBelowNyquist(hertz: number, rateHz: number): boolean {
  assert(hertz > 0, `${hertz} Hz is a corner`);
  return hertz < rateHz / 2;
}

/** From the pole nearest to the unit circle: it falls to 1/e in −1 ÷ ln |p| samples. */
function withTimeConstant(
  section: Omit<FilterSection, "timeConstant">,
  rateHz: number,
): FilterSection {
  const { a1, a2 } = section;
  const discriminant = a1 * a1 - 4 * a2;
  const radius = discriminant < 0 ? Math.sqrt(a2) : (Math.abs(a1) + Math.sqrt(discriminant)) / 2;
  // A pole at the centre forgets at once.
  return { ...section, timeConstant: radius === 0 ? 0 : -1 / (rateHz * Math.log(radius)) };
}
