/** Autocorrelation of whole numbers. @module */

import { deepStrictEqual } from "node:assert/strict";
import { prng } from "../../testing/prng.ts";
import { autocorrelateWhole } from "./whole_autocorrelation.ts";

Deno.test("autocorrelateWhole() gives exact sums at every length, extremes included", () => {
  const random = prng(11);
  for (const length of [1, 2, 7, 8, 33, 100, 257]) {
    for (const reach of [3, 32_767]) {
      const x = Int16Array.from({ length }, () => random.below(2 * reach + 1) - reach);
      const lags = new Float64Array(33).fill(5);
      autocorrelateWhole(x, lags);
      const expected = Array.from({ length: 33 }, (_, lag) => {
        let sum = 0;
        for (let i = lag; i < length; i++) sum += x[i]! * x[i - lag]!;
        return sum;
      });
      deepStrictEqual([...lags], expected);
    }
  }
});

Deno.test("autocorrelateWhole() does not overflow on a railed channel", () => {
  const lags = new Float64Array(33);
  autocorrelateWhole(new Int16Array(10_000).fill(-32_767), lags);
  deepStrictEqual(lags[0], 10_000 * 32_767 ** 2);
  deepStrictEqual(lags[32], 9_968 * 32_767 ** 2);
});
