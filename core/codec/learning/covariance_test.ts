/** Covariances of whitened channels. @module */

import { deepStrictEqual } from "node:assert/strict";
import { prng } from "../../testing/prng.ts";
import { addCovariance } from "./covariance.ts";

function naive(v: Int16Array, m: number, n: number, lagCount: number): Float64Array {
  const sums = new Float64Array(lagCount * m * m);
  for (let lag = 0; lag < lagCount; lag++) {
    for (let c = 0; c < m; c++) {
      for (let d = 0; d < (lag === 0 ? c + 1 : m); d++) {
        for (let t = lag; t < n; t++) {
          sums[(lag * m + c) * m + d]! += v[c * n + t]! * v[d * n + t - lag]!;
        }
      }
    }
  }
  return sums;
}

Deno.test("addCovariance() gives exact sums for every shape, extremes included", () => {
  const random = prng(12);
  for (const [m, n] of [[1, 1], [1, 300], [2, 3], [3, 17], [5, 64], [9, 100], [23, 256]] as const) {
    for (const reach of [3, 32_767]) {
      const v = Int16Array.from({ length: m * n }, () => random.below(2 * reach + 1) - reach);
      for (const lagCount of [2, 4]) {
        const sums = new Float64Array(lagCount * m * m);
        addCovariance(v, n, 1, sums);
        deepStrictEqual(sums, naive(v, m, n, lagCount), `${m} x ${n}, ${lagCount} lags`);
      }
    }
  }
});

Deno.test("addCovariance() adds to what is there, under a weight", () => {
  const sums = Float64Array.of(100, 200);
  addCovariance(Int16Array.of(1, 2, 3), 3, 0.5, sums);
  deepStrictEqual([...sums], [107, 204]);
});

Deno.test("addCovariance() does not overflow on railed channels", () => {
  const sums = new Float64Array(2 * 4);
  addCovariance(new Int16Array(2 * 5000).fill(-32_767), 5000, 1, sums);
  deepStrictEqual(sums[2], 5000 * 32_767 ** 2);
  deepStrictEqual(sums[7], 4999 * 32_767 ** 2);
});
