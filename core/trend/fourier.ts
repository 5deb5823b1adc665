/**
 * Layer 4. Fourier transforms of the lengths that windows have, fast.
 *
 * Complex, forward, any length of the factors 2, 3 and 5, with every sine worked out beforehand. Stockham's
 * order: each stage reads one buffer and writes the other, so nothing is put in order afterwards, and
 * inner loops run along memory.
 *
 * @see Swarztrauber 1984, FFT algorithms for vector computers, Parallel Computing 1:45-63
 * @module
 */

import { assert } from "../assert.ts";

/** One stage: `m` groups of `stride` butterflies of `radix` values. */
interface Stage {
  readonly radix: number;
  readonly m: number;
  readonly stride: number;
  /** For each group, w, w² … w^(radix − 1): real, imaginary. */
  readonly twiddles: Float64Array;
}

/** A transform of one length, with its own memory. */
export class Fourier {
  readonly length: number;
  /** Where the values to be transformed are put. They are written over. */
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly #otherReal: Float64Array;
  readonly #otherImaginary: Float64Array;
  readonly #stages: readonly Stage[];

  /** @param length Of the factors 2, 3 and 5 only. */
  constructor(length: number) {
    this.length = length;
    this.real = new Float64Array(length);
    this.imaginary = new Float64Array(length);
    this.#otherReal = new Float64Array(length);
    this.#otherImaginary = new Float64Array(length);
    this.#stages = stagesOf(length);
  }

  /**
   * Transforms: X[k] = Σ x[n]·e^(−2πi·kn/N).
   *
   * @returns The result, valid until the next run; one of the buffers is the input's.
   *
   * @example One turn of a cosine is one line of the spectrum
   * ```ts
   * import { strictEqual } from "node:assert/strict";
   * import { Fourier } from "@wavekeep/core/trend";
   *
   * const fourier = new Fourier(4);
   * fourier.real.set([1, 0, -1, 0]);
   * strictEqual(fourier.run().real[1], 2);
   * ```
   */
  run(): { readonly real: Float64Array; readonly imaginary: Float64Array } {
    let source = { real: this.real, imaginary: this.imaginary };
    let target = { real: this.#otherReal, imaginary: this.#otherImaginary };
    for (const stage of this.#stages) {
      STAGES[stage.radix]!(
        stage,
        source.real,
        source.imaginary,
        target.real,
        target.imaginary,
      );
      [source, target] = [target, source];
    }
    return source;
  }
}

function stagesOf(length: number): Stage[] {
  const stages: Stage[] = [];
  let rest = length;
  let stride = 1;
  while (rest > 1) {
    // Odd factors first, where strides are short anyway; fours last, whose twiddles are all 1.
    const radix = rest % 5 === 0
      ? 5
      : rest % 3 === 0
      ? 3
      : Math.log2(rest) % 2 === 1
      ? 2
      : rest % 4 === 0
      ? 4
      : 0;
    assert(radix > 0, `${length} has no other factors than 2, 3 and 5`);
    const m = rest / radix;
    const twiddles = new Float64Array(m * (radix - 1) * 2);
    for (let p = 0; p < m; p++) {
      for (let k = 1; k < radix; k++) {
        const angle = -2 * Math.PI * p * k / rest;
        twiddles[2 * (p * (radix - 1) + k - 1)] = Math.cos(angle);
        twiddles[2 * (p * (radix - 1) + k - 1) + 1] = Math.sin(angle);
      }
    }
    stages.push({ radix, m, stride, twiddles });
    rest = m;
    stride *= radix;
  }
  return stages;
}

type RunStage = (
  stage: Stage,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
) => void;

const STAGES: Readonly<Record<number, RunStage>> = {
  2: runTwo,
  3: runThree,
  4: runFour,
  5: runFive,
};

function runTwo(
  { m, stride, twiddles }: Stage,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
): void {
  const half = stride * m;
  for (let p = 0; p < m; p++) {
    const wr = twiddles[2 * p]!, wi = twiddles[2 * p + 1]!;
    let a = stride * p;
    let y = stride * 2 * p;
    for (let q = 0; q < stride; q++, a++, y++) {
      const br = xr[a + half]!, bi = xi[a + half]!;
      const dr = xr[a]! - br, di = xi[a]! - bi;
      yr[y] = xr[a]! + br;
      yi[y] = xi[a]! + bi;
      yr[y + stride] = wr * dr - wi * di;
      yi[y + stride] = wr * di + wi * dr;
    }
  }
}

const SIN_THIRD = Math.sin(2 * Math.PI / 3);

function runThree(
  { m, stride, twiddles }: Stage,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
): void {
  const step = stride * m;
  for (let p = 0; p < m; p++) {
    const w1r = twiddles[4 * p]!, w1i = twiddles[4 * p + 1]!;
    const w2r = twiddles[4 * p + 2]!, w2i = twiddles[4 * p + 3]!;
    let a = stride * p;
    let y = stride * 3 * p;
    for (let q = 0; q < stride; q++, a++, y++) {
      const sr = xr[a + step]! + xr[a + 2 * step]!, si = xi[a + step]! + xi[a + 2 * step]!;
      const dr = SIN_THIRD * (xr[a + step]! - xr[a + 2 * step]!);
      const di = SIN_THIRD * (xi[a + step]! - xi[a + 2 * step]!);
      const tr = xr[a]! - sr / 2, ti = xi[a]! - si / 2;
      yr[y] = xr[a]! + sr;
      yi[y] = xi[a]! + si;
      const b1r = tr + di, b1i = ti - dr;
      const b2r = tr - di, b2i = ti + dr;
      yr[y + stride] = w1r * b1r - w1i * b1i;
      yi[y + stride] = w1r * b1i + w1i * b1r;
      yr[y + 2 * stride] = w2r * b2r - w2i * b2i;
      yi[y + 2 * stride] = w2r * b2i + w2i * b2r;
    }
  }
}

function runFour(
  { m, stride, twiddles }: Stage,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
): void {
  if (m === 1) return runLastFour(stride, xr, xi, yr, yi);
  const step = stride * m;
  for (let p = 0; p < m; p++) {
    const w1r = twiddles[6 * p]!, w1i = twiddles[6 * p + 1]!;
    const w2r = twiddles[6 * p + 2]!, w2i = twiddles[6 * p + 3]!;
    const w3r = twiddles[6 * p + 4]!, w3i = twiddles[6 * p + 5]!;
    let a = stride * p;
    let y = stride * 4 * p;
    for (let q = 0; q < stride; q++, a++, y++) {
      const ar = xr[a]!, ai = xi[a]!;
      const br = xr[a + step]!, bi = xi[a + step]!;
      const cr = xr[a + 2 * step]!, ci = xi[a + 2 * step]!;
      const dr = xr[a + 3 * step]!, di = xi[a + 3 * step]!;
      const acr = ar + cr, aci = ai + ci;
      const amr = ar - cr, ami = ai - ci;
      const bdr = br + dr, bdi = bi + di;
      // i times (b − d).
      const jr = di - bi, ji = br - dr;
      yr[y] = acr + bdr;
      yi[y] = aci + bdi;
      const b1r = amr - jr, b1i = ami - ji;
      const b2r = acr - bdr, b2i = aci - bdi;
      const b3r = amr + jr, b3i = ami + ji;
      yr[y + stride] = w1r * b1r - w1i * b1i;
      yi[y + stride] = w1r * b1i + w1i * b1r;
      yr[y + 2 * stride] = w2r * b2r - w2i * b2i;
      yi[y + 2 * stride] = w2r * b2i + w2i * b2r;
      yr[y + 3 * stride] = w3r * b3r - w3i * b3i;
      yi[y + 3 * stride] = w3r * b3i + w3i * b3r;
    }
  }
}

/** The last stage, whose twiddles are all 1. */
function runLastFour(
  stride: number,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
): void {
  for (let q = 0; q < stride; q++) {
    const ar = xr[q]!, ai = xi[q]!;
    const br = xr[q + stride]!, bi = xi[q + stride]!;
    const cr = xr[q + 2 * stride]!, ci = xi[q + 2 * stride]!;
    const dr = xr[q + 3 * stride]!, di = xi[q + 3 * stride]!;
    const acr = ar + cr, aci = ai + ci;
    const amr = ar - cr, ami = ai - ci;
    const bdr = br + dr, bdi = bi + di;
    const jr = di - bi, ji = br - dr;
    yr[q] = acr + bdr;
    yi[q] = aci + bdi;
    yr[q + stride] = amr - jr;
    yi[q + stride] = ami - ji;
    yr[q + 2 * stride] = acr - bdr;
    yi[q + 2 * stride] = aci - bdi;
    yr[q + 3 * stride] = amr + jr;
    yi[q + 3 * stride] = ami + ji;
  }
}

const COS_FIFTH = [1, 2].map((k) => Math.cos(2 * Math.PI * k / 5));
const SIN_FIFTH = [1, 2].map((k) => Math.sin(2 * Math.PI * k / 5));

function runFive(
  { m, stride, twiddles }: Stage,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
): void {
  const step = stride * m;
  const [c1, c2] = [COS_FIFTH[0]!, COS_FIFTH[1]!];
  const [s1, s2] = [SIN_FIFTH[0]!, SIN_FIFTH[1]!];
  const put = (y: number, w: number, r: number, i: number) => {
    const wr = twiddles[w]!, wi = twiddles[w + 1]!;
    yr[y] = wr * r - wi * i;
    yi[y] = wr * i + wi * r;
  };
  for (let p = 0; p < m; p++) {
    const w = 8 * p;
    let a = stride * p;
    let y = stride * 5 * p;
    for (let q = 0; q < stride; q++, a++, y++) {
      const ar = xr[a]!, ai = xi[a]!;
      const er = xr[a + step]!, ei = xi[a + step]!, hr = xr[a + 4 * step]!, hi = xi[a + 4 * step]!;
      const fr = xr[a + 2 * step]!, fi = xi[a + 2 * step]!;
      const gr = xr[a + 3 * step]!, gi = xi[a + 3 * step]!;
      const p1r = er + hr, p1i = ei + hi, m1r = er - hr, m1i = ei - hi;
      const p2r = fr + gr, p2i = fi + gi, m2r = fr - gr, m2i = fi - gi;
      yr[y] = ar + p1r + p2r;
      yi[y] = ai + p1i + p2i;
      const t1r = ar + c1 * p1r + c2 * p2r, t1i = ai + c1 * p1i + c2 * p2i;
      const t2r = ar + c2 * p1r + c1 * p2r, t2i = ai + c2 * p1i + c1 * p2i;
      const u1r = s1 * m1r + s2 * m2r, u1i = s1 * m1i + s2 * m2i;
      const u2r = s2 * m1r - s1 * m2r, u2i = s2 * m1i - s1 * m2i;
      put(y + stride, w, t1r + u1i, t1i - u1r);
      put(y + 2 * stride, w + 2, t2r + u2i, t2i - u2r);
      put(y + 3 * stride, w + 4, t2r - u2i, t2i + u2r);
      put(y + 4 * stride, w + 6, t1r - u1i, t1i + u1r);
    }
  }
}
