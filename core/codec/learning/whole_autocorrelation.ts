/**
 * Layer 3. Autocorrelation of whole numbers: a heavy loop of learning.
 *
 * Pure, over plain arrays, so that a faster one may take its place: sums of whole numbers are the same
 * in whatever order they are made.
 *
 * @module
 */

import { autocorrelate } from "../autocorrelation.ts";
import { autocorrelateWithKernel } from "../kernel/learn_with_kernel.ts";

/**
 * Fills `lags` with Σ x[i] · x[i − lag] for each lag from 0.
 *
 * @param x Above −32768 and fewer than 2^22, so that sums are exact.
 */
export function autocorrelateWhole(x: Int16Array, lags: Float64Array): void {
  if (autocorrelateWithKernel(x, lags)) return;
  autocorrelate(x, lags);
}
