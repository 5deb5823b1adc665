/** Levinson and Durbin's recursion. @module */

import { ok, strictEqual } from "node:assert/strict";
import { errorUnder, solveLevinson } from "./levinson.ts";

/** Autocorrelation of x[t] = 1.2 x[t−1] − 0.5 x[t−2] + noise of variance 1. */
const SECOND_ORDER = (() => {
  const first = 1.2 / 1.5;
  const lags = [1, first];
  for (let lag = 2; lag <= 6; lag++) lags.push(1.2 * lags[lag - 1]! - 0.5 * lags[lag - 2]!);
  const variance = 1 / (1 - 1.2 * lags[1]! + 0.5 * lags[2]!);
  return Float64Array.from(lags, (value) => value * variance);
})();

Deno.test("solveLevinson() finds the process behind an autocorrelation", () => {
  const predictor = solveLevinson(SECOND_ORDER, 5);
  [1.2, -0.5, 0, 0, 0].forEach((value, i) => ok(Math.abs(predictor[i]! - value) < 1e-9));
});

Deno.test("solveLevinson() tells the error and reflection of every order", () => {
  const errors = new Float64Array(5);
  const reflections = new Float64Array(4);
  solveLevinson(SECOND_ORDER, 4, { errors, reflections });
  strictEqual(errors[0], SECOND_ORDER[0]);
  ok(errors[0]! > errors[1]! && errors[1]! > errors[2]!);
  ok(Math.abs(errors[2]! - 1) < 1e-9 && Math.abs(errors[4]! - 1) < 1e-9);
  ok(Math.abs(reflections[1]! + 0.5) < 1e-9 && Math.abs(reflections[3]!) < 1e-9);
});

Deno.test("errorUnder() is the recursion's error for its own predictor, and more for others", () => {
  const errors = new Float64Array(4);
  const own = solveLevinson(SECOND_ORDER, 3, { errors });
  ok(Math.abs(errorUnder(own, SECOND_ORDER) - errors[3]!) < 1e-9);
  ok(errorUnder(Float64Array.of(1, 0, 0), SECOND_ORDER) > errors[3]!);
});

Deno.test("solveLevinson() survives a perfectly predictable signal", () => {
  const predictor = solveLevinson(new Float64Array(9).fill(7), 8);
  ok(predictor.every(Number.isFinite));
});
