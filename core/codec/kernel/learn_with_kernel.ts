/**
 * Layer 3. The heavy loops of learning by the kernel.
 *
 * Each gives exactly what its twin in core/codec/learning gives, or says that there is no kernel.
 *
 * @module
 */

import { LAGS_MAX } from "../parameter_set.ts";
import type { ReflectionFilter } from "../reflection_filter.ts";
import { getKernel } from "./instance.ts";
import { PREDICTOR_BYTES } from "./layout.ts";
import { writeFilter } from "./set_image.ts";

/** Sixteen-bit values of a vector. */
const OCTET = 8;
/** Zeros before each row: lags and whole vectors reach into them. */
const ROW_MARGIN = 8;
/** Zeros that the longest autocorrelation reaches back to. */
const LAGS_MARGIN = 64;

/**
 * Fills `products` with Σ v_c[t] · v_d[t − lag], v being 0 before its start.
 *
 * @param whitened Shape (channelCount, sampleCount), above −32768.
 * @param products Shape (lagCount, channelCount, channelCount); of lag 0 only d ≤ c is filled.
 * @returns Whether it did.
 */
export function covaryWithKernel(
  whitened: Int16Array,
  sampleCount: number,
  products: Float64Array,
): boolean {
  const kernel = getKernel();
  if (kernel === undefined) return false;
  const channelCount = whitened.length / sampleCount;
  const lagCount = products.length / (channelCount * channelCount);
  if (lagCount > LAGS_MAX + 1) return false;
  const length = roundUp(sampleCount, OCTET);
  const stride = length + ROW_MARGIN;
  const across = roundUp(channelCount, 4);
  kernel.openPlain();
  const rowsAt = kernel.place(2 * (stride * (channelCount + 3) + ROW_MARGIN));
  const outputAt = kernel.place(8 * lagCount * channelCount * across);
  if (!kernel.isPlaced()) return false;
  const rows = new Int16Array(kernel.call.memory.buffer, rowsAt, stride * (channelCount + 3));
  rows.fill(0);
  for (let c = 0; c < channelCount; c++) {
    const start = c * sampleCount;
    rows.set(whitened.subarray(start, start + sampleCount), ROW_MARGIN + c * stride);
  }
  const first = rowsAt + 2 * ROW_MARGIN;
  kernel.call.covary(first, 2 * stride, 2 * length, channelCount, lagCount, outputAt);
  const output = new Float64Array(kernel.call.memory.buffer, outputAt);
  for (let row = 0; row < lagCount * channelCount; row++) {
    const last = row < channelCount ? row + 1 : channelCount;
    for (let d = 0; d < last; d++) products[row * channelCount + d] = output[row * across + d]!;
  }
  return true;
}

/** Fills `lags` with Σ x[i] · x[i − lag]; x is above −32768. @returns Whether it did. */
export function autocorrelateWithKernel(x: Int16Array, lags: Float64Array): boolean {
  const kernel = getKernel();
  if (kernel === undefined || lags.length > LAGS_MARGIN) return false;
  const length = roundUp(x.length, OCTET);
  kernel.openPlain();
  const rowAt = kernel.place(2 * (LAGS_MARGIN + length));
  const outputAt = kernel.place(8 * roundUp(lags.length, 4));
  if (!kernel.isPlaced()) return false;
  const row = new Int16Array(kernel.call.memory.buffer, rowAt, LAGS_MARGIN + length);
  row.fill(0, 0, LAGS_MARGIN);
  row.set(x, LAGS_MARGIN);
  row.fill(0, LAGS_MARGIN + x.length);
  kernel.call.autocorrelate(rowAt + 2 * LAGS_MARGIN, 2 * length, lags.length, outputAt);
  lags.set(new Float64Array(kernel.call.memory.buffer, outputAt, lags.length));
  return true;
}

const filterImages = new WeakMap<ReflectionFilter, Map<number, Int32Array>>();

/** Whitens a channel as `whitenChannel` does. @returns Whether it did. */
export function whitenWithKernel(
  values: Int32Array,
  { filter, rightShift, fractionBits }: {
    filter: ReflectionFilter;
    rightShift: number;
    fractionBits: number;
  },
  whitened: Int16Array,
): boolean {
  const kernel = getKernel();
  if (kernel === undefined) return false;
  const image = filterImage(filter, fractionBits);
  const sampleCount = values.length;
  kernel.openPlain();
  const predictorsAt = kernel.place(image.byteLength);
  const valuesAt = kernel.place(4 * sampleCount);
  const pastAt = kernel.place(4 * (LAGS_MARGIN + sampleCount));
  const outputAt = kernel.place(2 * sampleCount);
  if (!kernel.isPlaced()) return false;
  const { words } = kernel;
  words.set(image, predictorsAt >> 2);
  const first = values[0]!;
  for (let t = 0; t < sampleCount; t++) words[(valuesAt >> 2) + t] = values[t]! - first;
  words.fill(0, pastAt >> 2, (pastAt >> 2) + LAGS_MARGIN);
  kernel.call.whiten(
    valuesAt,
    sampleCount,
    predictorsAt,
    filter.predictors.length - 1,
    rightShift,
    fractionBits,
    pastAt + 4 * LAGS_MARGIN,
    outputAt,
  );
  whitened.set(new Int16Array(kernel.call.memory.buffer, outputAt, sampleCount));
  return true;
}

function filterImage(filter: ReflectionFilter, fractionBits: number): Int32Array {
  const known = filterImages.get(filter) ?? new Map<number, Int32Array>();
  let image = known.get(fractionBits);
  if (image === undefined) {
    image = new Int32Array(filter.predictors.length * PREDICTOR_BYTES / 4);
    writeFilter(image, 0, filter, fractionBits);
    known.set(fractionBits, image);
    filterImages.set(filter, known);
  }
  return image;
}

function roundUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}
