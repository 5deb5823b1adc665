/**
 * Layer 2. The four numbers of a calibration to gain and offset, or the reason why there are none.
 *
 * Sole owner of the division that makes a gain. A degenerate range has no gain: then the answer is
 * undefined, never a guess, and the samples stay readable as integers.
 *
 * @see EDF+ specification 2.1.3 item 5: https://www.edfplus.info/specs/edfplus.html
 * @module
 */

import type { Calibration } from "../recording/mod.ts";
import { parseDecimal } from "./decimal.ts";

/**
 * A straight line from digital to physical: `gain * (offset + digital)`.
 *
 * This is EDFlib's arrangement. The textbook form `(digital - digitalMin) * gain + physicalMin` is the
 * same line, but rounds differently in the last bit.
 */
export interface Scale {
  /** Physical units per digital step; negative when the polarity is inverted; never 0. */
  readonly gain: number;
  /** Digital units, added before multiplying. */
  readonly offset: number;
}

/** Why a calibration gives no physical values. */
export type ScaleFault =
  | "physical-minimum-unreadable"
  | "physical-maximum-unreadable"
  | "digital-range-degenerate"
  | "physical-range-degenerate"
  | "scale-not-finite";

/**
 * Gain and offset of a calibration.
 *
 * @returns Undefined when digital minimum and maximum are equal, when the physical ones are, when a
 * physical text is not a number, or when the division leaves the range of a binary64.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { gainAndOffset } from "@wavekeep/core/calibration";
 *
 * const chbMit = { digitalMin: -2048, digitalMax: 2047, physicalMin: "-800", physicalMax: "800" };
 * strictEqual(gainAndOffset(chbMit)?.gain, 1600 / 4095);
 * strictEqual(gainAndOffset({ ...chbMit, digitalMax: -2048 }), undefined);
 * ```
 */
export function gainAndOffset(calibration: Calibration): Scale | undefined {
  const scale = scaleOrFault(calibration);
  return typeof scale === "string" ? undefined : scale;
}

/** Like {@link gainAndOffset}, but says what is wrong. */
export function scaleOrFault(calibration: Calibration): Scale | ScaleFault {
  const { digitalMin, digitalMax } = calibration;
  const physicalMin = parseDecimal(calibration.physicalMin);
  if (physicalMin === undefined) return "physical-minimum-unreadable";
  const physicalMax = parseDecimal(calibration.physicalMax);
  if (physicalMax === undefined) return "physical-maximum-unreadable";
  if (digitalMin === digitalMax) return "digital-range-degenerate";
  if (physicalMin === physicalMax) return "physical-range-degenerate";
  const gain = (physicalMax - physicalMin) / (digitalMax - digitalMin);
  const offset = physicalMax / gain - digitalMax;
  if (gain === 0 || !Number.isFinite(gain) || !Number.isFinite(offset)) return "scale-not-finite";
  return { gain, offset };
}
