/**
 * Layer 3. Covariance of whitened channels at several lags: the heavy loop of learning.
 *
 * Pure, over plain arrays, so that a faster one may take its place. Every product is below 2^30 and a
 * chunk has fewer than 2^22 samples, so sums are exact, in whatever order they are made.
 *
 * @module
 */

import { covaryWithKernel } from "../kernel/learn_with_kernel.ts";

/**
 * Adds weight · Σ v_c[t] · v_d[t − lag] over one chunk, v being 0 before its start.
 *
 * @param whitened Shape (channelCount, sampleCount).
 * @param sums Shape (lagCount, channelCount, channelCount), lag 0 first; of lag 0 only d ≤ c is filled.
 */
export function addCovariance(
  whitened: Int16Array,
  sampleCount: number,
  weight: number,
  sums: Float64Array,
): void {
  const channelCount = whitened.length / sampleCount;
  const lagCount = sums.length / (channelCount * channelCount);
  const products = new Float64Array(sums.length);
  if (covaryWithKernel(whitened, sampleCount, products)) {
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + weight * products[i]!;
    return;
  }
  const v = Float64Array.from(whitened);
  for (let lag = 0; lag < lagCount; lag++) {
    const block = lag * channelCount * channelCount;
    for (let c = 0; c < channelCount; c++) {
      const last = lag === 0 ? c + 1 : channelCount;
      const row = block + c * channelCount;
      for (let d = 0; d < last; d += 4) {
        addFour(
          v,
          c * sampleCount,
          d * sampleCount,
          sampleCount,
          lag,
          weight,
          sums,
          row + d,
          last - d,
        );
      }
    }
  }
}

/** Up to four channels against one: each sample of the one is loaded once. */
function addFour(
  v: Float64Array,
  one: number,
  other: number,
  sampleCount: number,
  lag: number,
  weight: number,
  sums: Float64Array,
  target: number,
  count: number,
): void {
  const stride1 = count > 1 ? sampleCount : 0;
  const stride2 = count > 2 ? 2 * sampleCount : 0;
  const stride3 = count > 3 ? 3 * sampleCount : 0;
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (let t = lag, at = other; t < sampleCount; t++, at++) {
    const value = v[one + t]!;
    s0 += value * v[at]!;
    s1 += value * v[at + stride1]!;
    s2 += value * v[at + stride2]!;
    s3 += value * v[at + stride3]!;
  }
  sums[target] = sums[target]! + weight * s0;
  if (count > 1) sums[target + 1] = sums[target + 1]! + weight * s1;
  if (count > 2) sums[target + 2] = sums[target + 2]! + weight * s2;
  if (count > 3) sums[target + 3] = sums[target + 3]! + weight * s3;
}
