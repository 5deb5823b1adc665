/** Reflections into predictors, against the recursion in real numbers. @module */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { FILTER_ORDER_MAX, reflectionFilter } from "./reflection_filter.ts";

function stepUp(reflections: readonly number[]): number[] {
  let a: number[] = [];
  for (const r of reflections) a = [...a.map((value, j) => value - r * a[a.length - 1 - j]!), r];
  return a;
}

Deno.test("reflectionFilter() gives one predictor for each order, close to the real numbers", () => {
  const reflections = Int16Array.of(31_000, -22_000, 9_000, -4_000, 2_500, 800, -300);
  const { predictors } = reflectionFilter(reflections);
  strictEqual(predictors.length, 8);
  deepStrictEqual([...predictors[0]!.coefficients], []);
  predictors.forEach(({ shift, coefficients }, order) => {
    const exact = stepUp([...reflections.subarray(0, order)].map((r) => r / 32_768));
    exact.forEach((value, j) => {
      ok(Math.abs(coefficients[j]! / 2 ** shift - value) <= 1.01 / 2 ** shift, `${order} ${j}`);
    });
  });
});

Deno.test("reflectionFilter() passes rounding errors on, so constants pass as they should", () => {
  const reflections = Int16Array.from({ length: FILTER_ORDER_MAX }, (_, m) => m % 2 ? -900 : 1100);
  for (const { shift, coefficients } of reflectionFilter(reflections).predictors.slice(1)) {
    const exact = stepUp([...reflections.subarray(0, coefficients.length)].map((r) => r / 32_768));
    const sum = coefficients.reduce((total, value) => total + value, 0) / 2 ** shift;
    ok(Math.abs(sum - exact.reduce((total, value) => total + value, 0)) < 1 / 2 ** shift);
  }
});

Deno.test("reflectionFilter() refuses coefficients that outgrow 16 bits", () => {
  const reflections = new Int16Array(FILTER_ORDER_MAX).fill(-32_767);
  throws(
    () => reflectionFilter(reflections),
    (err) => isCoreError(err, "CorruptInputError") && err.field === "reflection",
  );
});
