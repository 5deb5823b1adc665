/** Estimated costs. @module */

import { ok, strictEqual } from "node:assert/strict";
import { preciseLog2, residualBits, residualBitsSlope, roughExp2 } from "./bits.ts";

Deno.test("preciseLog2() is within 1e-8 over forty decades", () => {
  for (let value = 1e-20; value < 1e20; value *= 1.37) {
    ok(Math.abs(preciseLog2(value) - Math.log2(value)) < 1e-8, `${value}`);
  }
  strictEqual(preciseLog2(1), 0);
  strictEqual(preciseLog2(8), 3);
});

Deno.test("roughExp2() is within 0.4 % and exact for whole numbers", () => {
  strictEqual(roughExp2(-3), 0.125);
  strictEqual(roughExp2(10), 1024);
  for (let x = -40; x < 40; x += 0.037) {
    ok(Math.abs(roughExp2(x) / 2 ** x - 1) < 0.004, `${x}`);
  }
});

Deno.test("residualBits() is a bell curve's entropy for large residuals and none for none", () => {
  strictEqual(residualBits(0), 0);
  ok(Math.abs(residualBits(10_000) - (Math.log2(100) + 2.047)) < 1e-3);
});

Deno.test("residualBitsSlope() is the slope of residualBits()", () => {
  for (const variance of [0.01, 1, 50]) {
    const step = variance * 1e-4;
    const slope = (residualBits(variance + step) - residualBits(variance - step)) / (2 * step);
    ok(Math.abs(slope / residualBitsSlope(variance) - 1) < 1e-3);
  }
});
