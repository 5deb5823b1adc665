/** Rows of integers. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { RegressionFactor } from "./cross_regression.ts";
import { quantiseRow, suitableParameter } from "./row_quantisation.ts";

/** Three variables with nothing in common, and a row that wants 0.7, −0.3 and 0.01 of them. */
const FACTOR: RegressionFactor = {
  size: 4,
  // deno-fmt-ignore
  rows: Float64Array.of(
    10, 0, 0, 0,
    0, 10, 0, 0,
    0, 0, 10, 0,
    7, -3, 0.1, 2,
  ),
};

Deno.test("quantiseRow() rounds finely where energy is dear", () => {
  const row = quantiseRow(FACTOR, 3, {
    bitsPerEnergy: 1e6,
    rowShift: 8,
    parameter: 4,
    chanceBits: 0,
  });
  deepStrictEqual([...row.coefficients], [179, -77, 3]);
  ok(row.energy >= 4 && row.energy < 4.01);
});

Deno.test("quantiseRow() leaves out what does not pay for itself", () => {
  const row = quantiseRow(FACTOR, 3, {
    bitsPerEnergy: 1,
    rowShift: 4,
    parameter: 1,
    chanceBits: 0,
  });
  strictEqual(row.coefficients[2], 0);
  ok(row.coefficients[0]! > 0 && row.coefficients[1]! < 0);
  const none = quantiseRow(FACTOR, 3, {
    bitsPerEnergy: 0,
    rowShift: 4,
    parameter: 1,
    chanceBits: 0,
  });
  deepStrictEqual([...none.coefficients], [0, 0, 0]);
  ok(Math.abs(none.energy - (4 + 49 + 9 + 0.01)) < 1e-9);
  ok(none.bits < row.bits);
});

Deno.test("quantiseRow() asks more of coefficients that chance could have made", () => {
  const row = quantiseRow(FACTOR, 3, {
    bitsPerEnergy: 1,
    rowShift: 4,
    parameter: 1,
    chanceBits: 20,
  });
  deepStrictEqual([row.coefficients[0]! > 0, row.coefficients[1]], [true, 0]);
});

Deno.test("quantiseRow() lets earlier variables make up for the rounding of later ones", () => {
  // Variables 0 and 1 are nearly the same: what rounding takes from one the other gives.
  // deno-fmt-ignore
  const rows = Float64Array.of(
    10, 0, 0,
    10, 1, 0,
    5, 0.04, 1,
  );
  const row = quantiseRow({ size: 3, rows }, 2, {
    bitsPerEnergy: 100,
    rowShift: 3,
    parameter: 0,
    chanceBits: 0,
  });
  deepStrictEqual([...row.coefficients], [4, 0]);
});

Deno.test("suitableParameter() grows with the coefficients", () => {
  strictEqual(suitableParameter(new Int16Array(9)), 0);
  const of = (size: number) => suitableParameter(new Int16Array(9).fill(size));
  ok(of(3) < of(30) && of(30) < of(3000));
});
