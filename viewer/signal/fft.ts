/**
 * Fast Fourier transform, radix 2, in place.
 *
 * @module
 */

/** Sines and cosines for one length. */
export interface FftPlan {
  /** A power of two. */
  readonly length: number;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
  readonly reversed: Uint32Array;
}

/** Prepares transforms of `length` points, a power of two. */
export function planFft(length: number): FftPlan {
  if (length < 2 || (length & (length - 1)) !== 0) {
    throw new RangeError(`Cannot plan a transform: ${length} is not a power of two`);
  }
  const cosines = new Float64Array(length / 2);
  const sines = new Float64Array(length / 2);
  for (let i = 0; i < length / 2; i++) {
    cosines[i] = Math.cos(2 * Math.PI * i / length);
    sines[i] = -Math.sin(2 * Math.PI * i / length);
  }
  const bits = Math.log2(length);
  const reversed = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    reversed[i] = (reversed[i >> 1]! >> 1) | ((i & 1) << (bits - 1));
  }
  return { length, cosines, sines, reversed };
}

/**
 * Transforms in place: X[k] = Σ x[n]·e^(−2πi·kn/N).
 *
 * @example One turn of a cosine is one line of the spectrum
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { fft, planFft } from "./fft.ts";
 *
 * const real = Float64Array.of(1, 0, -1, 0);
 * fft(planFft(4), real, new Float64Array(4));
 * strictEqual(real[1], 2);
 * ```
 */
export function fft(plan: FftPlan, real: Float64Array, imaginary: Float64Array): void {
  const { length, cosines, sines, reversed } = plan;
  for (let i = 0; i < length; i++) {
    const j = reversed[i]!;
    if (j <= i) continue;
    [real[i], real[j]] = [real[j]!, real[i]!];
    [imaginary[i], imaginary[j]] = [imaginary[j]!, imaginary[i]!];
  }
  for (let size = 2; size <= length; size *= 2) {
    const half = size / 2;
    const step = length / size;
    for (let start = 0; start < length; start += size) {
      for (let k = 0; k < half; k++) {
        const a = start + k, b = a + half;
        const c = cosines[k * step]!, s = sines[k * step]!;
        const re = real[b]! * c - imaginary[b]! * s;
        const im = real[b]! * s + imaginary[b]! * c;
        real[b] = real[a]! - re;
        imaginary[b] = imaginary[a]! - im;
        real[a]! += re;
        imaginary[a]! += im;
      }
    }
  }
}
