/** Least squares over a block-Toeplitz covariance. @module */

import { ok } from "node:assert/strict";
import { prng } from "../../testing/prng.ts";
import { addCovariance } from "./covariance.ts";
import { factorRegression } from "./cross_regression.ts";
import { quantiseRow } from "./row_quantisation.ts";

/** Channel 1 is half of channel 0 now, less a quarter of it two samples ago, and a little noise. */
function mixture(sampleCount: number): Int16Array {
  const random = prng(14);
  const v = new Int16Array(2 * sampleCount);
  for (let t = 0; t < sampleCount; t++) {
    v[t] = Math.round(400 * random.gaussian());
    const before = t < 2 ? 0 : v[t - 2]!;
    v[sampleCount + t] = Math.round(0.5 * v[t]! - 0.25 * before + 4 * random.gaussian());
  }
  return v;
}

Deno.test("factorRegression() finds what one channel owes another", () => {
  const sampleCount = 4000;
  const sums = new Float64Array(3 * 4);
  addCovariance(mixture(sampleCount), sampleCount, 1, sums);
  const factor = factorRegression({ channelCount: 2, sums }, { lags: 2, ridge: 1e-6, floor: 0 });
  const { coefficients, energy } = quantiseRow(factor, 5, {
    bitsPerEnergy: 1e3,
    rowShift: 10,
    parameter: 4,
    chanceBits: 0,
  });
  // Lag 1 of both, lag 2 of both, lag 0 of channel 0.
  const found = Array.from(coefficients, (value) => value / 1024);
  [0, 0, -0.25, 0, 0.5].forEach((value, i) => ok(Math.abs(found[i]! - value) < 0.02, `${found}`));
  ok(Math.abs(Math.sqrt(energy / sampleCount) - 4) < 0.3);
});

Deno.test("factorRegression() stays finite for copies and silent channels", () => {
  const sampleCount = 500;
  const v = new Int16Array(3 * sampleCount);
  v.set(mixture(sampleCount).subarray(0, sampleCount), 0);
  v.set(v.subarray(0, sampleCount), sampleCount);
  const sums = new Float64Array(2 * 9);
  addCovariance(v, sampleCount, 1, sums);
  const { rows } = factorRegression({ channelCount: 3, sums }, { lags: 1, ridge: 1e-5, floor: 1 });
  ok(rows.every(Number.isFinite));
});
