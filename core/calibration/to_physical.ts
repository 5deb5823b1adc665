/**
 * Layer 2. Digital samples to physical values.
 *
 * Sole owner of the scaling expression; nothing else multiplies a sample by a gain. Kept in the
 * arrangement EDFlib uses so results can be compared bit for bit with pyEDFlib. Samples outside the
 * digital range are real (CHB-MIT has them) and are scaled like all others, never clipped.
 *
 * @module
 */

import { CorruptInputError } from "../error.ts";
import type { Calibration } from "../recording/mod.ts";
import { type Scale, type ScaleFault, scaleOrFault } from "./scale.ts";

const FAULTS: Record<ScaleFault, string> = {
  "physical-minimum-unreadable": "physical minimum is not a decimal number",
  "physical-maximum-unreadable": "physical maximum is not a decimal number",
  "digital-range-degenerate": "digital minimum and maximum are equal",
  "physical-range-degenerate": "physical minimum and maximum are equal",
  "scale-not-finite": "gain or offset is zero or beyond a binary64",
};

/** The scaling expression, for one sample. */
export function physicalOf(digital: number, scale: Scale): number {
  return scale.gain * (scale.offset + digital);
}

/**
 * Scales samples to the channel's unit.
 *
 * @param digital Samples of one channel, shape (sampleCount,); not changed.
 * @returns A fresh array of the same length, in the unit of the channel.
 *
 * @throws {CorruptInputError} The calibration is degenerate; `field` says which range.
 *
 * @example The first sample of CHB-MIT's chb01_03, second 2995, FP1-F7
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { toPhysical } from "@wavekeep/core/calibration";
 *
 * const [microvolts] = toPhysical(Int32Array.of(130), {
 *   digitalMin: -2048,
 *   digitalMax: 2047,
 *   physicalMin: "-800",
 *   physicalMax: "800",
 * });
 * strictEqual(microvolts?.toFixed(6), "50.989011");
 * ```
 */
export function toPhysical(
  digital: ArrayLike<number>,
  calibration: Calibration,
): Float64Array<ArrayBuffer> {
  const scale = scaleOrFault(calibration);
  if (typeof scale === "string") {
    throw new CorruptInputError(`Cannot scale samples: ${FAULTS[scale]}`, { field: scale });
  }
  const physical = new Float64Array(digital.length);
  for (let i = 0; i < physical.length; i++) physical[i] = physicalOf(digital[i]!, scale);
  return physical;
}
