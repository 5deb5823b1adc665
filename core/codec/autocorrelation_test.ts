/** Autocorrelation and its window. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { autocorrelate, fadeEnds } from "./autocorrelation.ts";

Deno.test("autocorrelate() sums products at each lag", () => {
  const lags = new Float64Array(6);
  autocorrelate(Float64Array.of(1, -2, 3, 4), lags);
  deepStrictEqual([...lags], [30, 4, -5, 4, 0, 0]);
});

Deno.test("fadeEnds() leaves the middle alone and is symmetric", () => {
  const faded = fadeEnds(new Float64Array(64).fill(1));
  strictEqual(faded[32], 1);
  ok(faded[0]! > 0 && faded[0]! < 0.1);
  for (let i = 0; i < 64; i++) strictEqual(faded[i], faded[63 - i]);
});

Deno.test("fadeEnds() serves lengths in any order", () => {
  strictEqual(fadeEnds([5]).length, 1);
  strictEqual(fadeEnds(new Int32Array(100)).length, 100);
  deepStrictEqual(fadeEnds([8, 8, 8, 8]), fadeEnds([8, 8, 8, 8]));
});
