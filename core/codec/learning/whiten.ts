/**
 * Layer 3. Whitening one channel of a chunk: a heavy loop of learning.
 *
 * Gives exactly the whitened values that the codec works with when it codes the channel, without coding
 * it (but that −32768 becomes −32767, so that two squares fit 31 bits). Pure, over plain arrays, so that a faster one may take its place.
 *
 * @see core/chunk/FORMAT.md, "Samples"
 * @module
 */

import { whitenWithKernel } from "../kernel/learn_with_kernel.ts";
import type { ReflectionFilter } from "../reflection_filter.ts";

/** How a channel is whitened. */
export interface Whitening {
  readonly filter: ReflectionFilter;
  readonly rightShift: number;
  readonly fractionBits: number;
}

/**
 * Fills `whitened` with the whitened values of a channel.
 *
 * @param samples One channel of a chunk; its differences from the first fit 16 bits after the shift.
 * @param past Room for as many values as there are samples.
 */
export function whitenChannel(
  samples: Int32Array,
  { filter, rightShift, fractionBits }: Whitening,
  whitened: Int16Array,
  past: Int16Array,
): void {
  if (whitenWithKernel(samples, { filter, rightShift, fractionBits }, whitened)) return;
  const sampleCount = samples.length;
  const first = samples[0]!;
  for (let t = 0; t < sampleCount; t++) past[t] = (samples[t]! - first) >> rightShift;
  whitened[0] = 0;
  const orderMax = filter.predictors.length - 1;
  for (let t = 1; t < sampleCount; t++) {
    const { shift, coefficients } = filter.predictors[t < orderMax ? t : orderMax]!;
    const order = coefficients.length;
    let sum = 0;
    for (let j = 0; j < order; j++) sum = (sum + Math.imul(coefficients[j]!, past[t - 1 - j]!)) | 0;
    const own = shift >= fractionBits
      ? sum >> (shift - fractionBits)
      : sum << (fractionBits - shift);
    const exact = (((samples[t]! - first) | 0) << fractionBits) >> rightShift;
    const value = (exact - own) | 0;
    whitened[t] = value < -32767 ? -32767 : value > 32767 ? 32767 : value;
  }
}
