/**
 * Values of trends to heights of a plot and back.
 *
 * Scales are fixed, as those of traces are: the same height means the same on every day and every patient.
 *
 * @module
 */

import type { Box } from "../layout.ts";

/** Frequencies of a trend's spectrum, hertz: the middle of its first and its last line. */
export const SPECTRUM_HERTZ = [0.5, 30] as const;

/** Where the aEEG's scale turns logarithmic, µV. */
export const AEEG_LINEAR_MAX = 10;

/** Top of the aEEG's scale, µV. */
export const AEEG_MAX = 200;

/** Share of the height below {@link AEEG_LINEAR_MAX}. */
const AEEG_LINEAR_SHARE = 0.4;

/** Lines of the aEEG's scale, µV. */
export const AEEG_LINES = [0, 5, 10, 25, 50, 100, 200] as const;

/**
 * Height of an aEEG value, 0 to 1: linear to 10 µV, then logarithmic. Above 200 µV it is the top.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { aeegLevel } from "./trend_scales.ts";
 *
 * strictEqual(aeegLevel(5), 0.2);
 * strictEqual(aeegLevel(10), 0.4);
 * strictEqual(aeegLevel(200), 1);
 * ```
 */
export function aeegLevel(microvolts: number): number {
  if (microvolts <= AEEG_LINEAR_MAX) {
    return AEEG_LINEAR_SHARE * Math.max(0, microvolts) / AEEG_LINEAR_MAX;
  }
  const decades = Math.log(microvolts / AEEG_LINEAR_MAX) / Math.log(AEEG_MAX / AEEG_LINEAR_MAX);
  return Math.min(1, AEEG_LINEAR_SHARE + (1 - AEEG_LINEAR_SHARE) * decades);
}

/** Height of a value on a logarithmic scale, 0 to 1, kept inside. */
export function logLevel(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(Math.max(0, Math.log(value / low) / Math.log(high / low)), 1);
}

/** Band power's scale, µV². */
export const POWER_RANGE = [1, 10_000] as const;

/** The alpha/delta ratio's scale. */
export const RATIO_RANGE = [0.01, 10] as const;

/** y of a height, 0 at the bottom of the box. */
export function yOfLevel({ y, height }: Box, level: number): number {
  return y + height * (1 - level);
}

/** Hertz under a y of a spectrum's plot; undefined outside. */
export function hertzAt({ y, height }: Box, at: number, lines: {
  readonly count: number;
  readonly hertz: number;
}): number | undefined {
  const line = Math.floor((1 - (at - y) / height) * lines.count);
  return line < 0 || line >= lines.count ? undefined : (line + 1) * lines.hertz;
}
