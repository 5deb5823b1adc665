/**
 * Layer 4. The filter of the aEEG, as second-order sections.
 *
 * Second-order Butterworth high-pass, zeros and poles that make the band rise by 12 dB a decade, and a
 * fourth-order Butterworth low-pass, each by the bilinear transform with its own corner pre-warped. The
 * gain of all of it is 1 at {@link AEEG_UNITY_HZ}.
 *
 * @see Zhang & Ding 2013, Health 5:885-891, for the shape
 * @module
 */

import type { FilterSection } from "../signal/mod.ts";
import { AEEG_HIGH_HZ, AEEG_LOW_HZ, AEEG_SHAPES, AEEG_UNITY_HZ } from "./definition.ts";

/** Quality of the two sections of a fourth-order Butterworth filter. */
const FOURTH_ORDER_Q = [1, 3].map((k) => 1 / (2 * Math.cos(k * Math.PI / 8)));

/** Coefficients without the time constant, which nothing here asks for. */
type Coefficients = Omit<FilterSection, "timeConstant">;

/** The sections at a rate, in the order they run. */
export function aeegSections(samplesPerSecond: number): FilterSection[] {
  const sections = [
    highPass(AEEG_LOW_HZ, samplesPerSecond),
    ...AEEG_SHAPES.map((stage) => shape(stage, samplesPerSecond)),
    ...FOURTH_ORDER_Q.map((q) => lowPass(AEEG_HIGH_HZ, samplesPerSecond, q)),
  ];
  const gain = gainAt(sections, AEEG_UNITY_HZ / samplesPerSecond);
  const [first, ...rest] = sections;
  const { b0, b1, b2 } = first!;
  return [{ ...first!, b0: b0 / gain, b1: b1 / gain, b2: b2 / gain }, ...rest]
    .map((section) => ({ ...section, timeConstant: 0 }));
}

/**
 * Gain of sections at a frequency.
 *
 * @param frequency Turns a sample.
 */
export function gainAt(sections: readonly Coefficients[], frequency: number): number {
  const amount = (c0: number, c1: number, c2: number) => {
    const angle = 2 * Math.PI * frequency;
    const real = c0 + c1 * Math.cos(angle) + c2 * Math.cos(2 * angle);
    const imaginary = c1 * Math.sin(angle) + c2 * Math.sin(2 * angle);
    return Math.hypot(real, imaginary);
  };
  return sections.reduce(
    (gain, { b0, b1, b2, a1, a2 }) => gain * amount(b0, b1, b2) / amount(1, a1, a2),
    1,
  );
}

function highPass(hertz: number, rate: number): Coefficients {
  const k = Math.tan(Math.PI * hertz / rate);
  const gain = 1 / (1 + Math.SQRT2 * k + k * k);
  return {
    b0: gain,
    b1: -2 * gain,
    b2: gain,
    a1: 2 * (k * k - 1) * gain,
    a2: (1 - Math.SQRT2 * k + k * k) * gain,
  };
}

function lowPass(hertz: number, rate: number, q: number): Coefficients {
  const k = Math.tan(Math.PI * hertz / rate);
  const gain = 1 / (1 + k / q + k * k);
  const b0 = k * k * gain;
  return { b0, b1: 2 * b0, b2: b0, a1: 2 * (k * k - 1) * gain, a2: (1 - k / q + k * k) * gain };
}

function shape(
  { zeroHz, poleHz }: { readonly zeroHz: number; readonly poleHz: number },
  rate: number,
): Coefficients {
  const zero = 1 / Math.tan(Math.PI * zeroHz / rate);
  const pole = 1 / Math.tan(Math.PI * poleHz / rate);
  return {
    b0: (1 + zero) / (1 + pole),
    b1: (1 - zero) / (1 + pole),
    b2: 0,
    a1: (1 - pole) / (1 + pole),
    a2: 0,
  };
}
