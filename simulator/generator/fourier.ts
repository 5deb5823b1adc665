/**
 * Discrete Fourier transform of any length with small prime factors.
 *
 * Used once per noise table and by tests of spectra; clarity before speed.
 *
 * @module
 */

/** Real and imaginary parts, equal lengths. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * The forward transform, sum of x[n] · exp(−2πi·k·n / N), unscaled. Prime factors up to 64.
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { transform } from "./fourier.ts";
 *
 * const { re } = transform({ re: Float64Array.of(1, 1, 1), im: new Float64Array(3) });
 * ok(Math.abs(re[0]! - 3) < 1e-12 && Math.abs(re[1]!) < 1e-12);
 * ```
 */
export function transform(input: Complex): Complex {
  const length = input.re.length;
  const output = { re: new Float64Array(length), im: new Float64Array(length) };
  const cosine = new Float64Array(length);
  const sine = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    cosine[k] = Math.cos(2 * Math.PI * k / length);
    sine[k] = -Math.sin(2 * Math.PI * k / length);
  }
  step(input, 0, 1, output, 0, length, { re: cosine, im: sine });
  return output;
}

/** Transforms `length` values from `start`, `stride` apart, into `output` from `at`. */
function step(
  input: Complex,
  start: number,
  stride: number,
  output: Complex,
  at: number,
  length: number,
  roots: Complex,
): void {
  if (length === 1) {
    output.re[at] = input.re[start]!;
    output.im[at] = input.im[start]!;
    return;
  }
  const radix = smallestFactor(length);
  const part = length / radix;
  for (let r = 0; r < radix; r++) {
    step(input, start + r * stride, stride * radix, output, at + r * part, part, roots);
  }
  const total = roots.re.length;
  const { re, im } = SCRATCH;
  for (let k = 0; k < part; k++) {
    for (let r = 0; r < radix; r++) {
      re[r] = output.re[at + r * part + k]!;
      im[r] = output.im[at + r * part + k]!;
    }
    for (let q = 0; q < radix; q++) {
      let sumRe = 0;
      let sumIm = 0;
      const frequency = q * part + k;
      for (let r = 0; r < radix; r++) {
        const root = (r * frequency % length) * (total / length);
        sumRe += re[r]! * roots.re[root]! - im[r]! * roots.im[root]!;
        sumIm += re[r]! * roots.im[root]! + im[r]! * roots.re[root]!;
      }
      output.re[at + frequency] = sumRe;
      output.im[at + frequency] = sumIm;
    }
  }
}

/** One butterfly's inputs; a step finishes its parts before it uses them. */
const FACTOR_MAX = 64;
const SCRATCH: Complex = { re: new Float64Array(FACTOR_MAX), im: new Float64Array(FACTOR_MAX) };

function smallestFactor(value: number): number {
  for (let factor = 2; factor * factor <= value; factor++) {
    if (value % factor === 0) return factor;
  }
  return value;
}
