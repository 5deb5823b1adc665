/**
 * Layer 3. Autocorrelation of whole numbers: a heavy loop of learning.
 *
 * Pure, over plain arrays, so that a faster one may take its place: sums of whole numbers are the same
 * in whatever order they are made.
 *
 * @module
 */

import { autocorrelateWithKernel } from "../kernel/learn_with_kernel.ts";

/**
 * Fills `lags` with Σ x[i] · x[i − lag] for each lag from 0.
 *
 * @param x Above −32768 and fewer than 2^22, so that sums are exact.
 */
export function autocorrelateWhole(x: Int16Array, lags: Float64Array): void {
  if (autocorrelateWithKernel(x, lags)) return;
  for (let lag = 0; lag < lags.length; lag += 4) correlateFour(x, lag, lags);
}

/** Four lags in one pass: each sample is loaded once for four products. */
function correlateFour(x: Int16Array, lag: number, lags: Float64Array): void {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let y1 = 0, y2 = 0, y3 = 0;
  for (let i = lag; i < x.length; i++) {
    const value = x[i]!;
    const y0 = x[i - lag]!;
    s0 += value * y0;
    s1 += value * y1;
    s2 += value * y2;
    s3 += value * y3;
    y3 = y2;
    y2 = y1;
    y1 = y0;
  }
  lags[lag] = s0;
  if (lag + 1 < lags.length) lags[lag + 1] = s1;
  if (lag + 2 < lags.length) lags[lag + 2] = s2;
  if (lag + 3 < lags.length) lags[lag + 3] = s3;
}
