/** Tests of floats as integer lanes. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../testing/prng.ts";
import {
  AWKWARD_DOUBLE_BITS,
  AWKWARD_SINGLE_BITS,
  doublesFromBits,
  singlesFromBits,
} from "../testing/signals.ts";
import {
  fromDecimalLane,
  fromDoubleLanes,
  fromSingleLane,
  toDecimalLane,
  toDoubleLanes,
  toSingleLane,
} from "./float_lanes.ts";

function decimalsOf(...values: number[]): number | undefined {
  return toDecimalLane(Float64Array.from(values))?.decimals;
}

Deno.test("toDecimalLane() finds the fewest decimals that give every value back", () => {
  strictEqual(decimalsOf(0, 1, -5), 0);
  strictEqual(decimalsOf(1, 0.5), 1);
  strictEqual(decimalsOf(12.34, -0.07, 100), 2);
  strictEqual(decimalsOf(0.000000000000001), 15);
  strictEqual(decimalsOf(2147483647), 0);
});

Deno.test("toDecimalLane() gives up on what no integer and power of ten make", () => {
  for (const value of [-0, NaN, Infinity, 1 / 3, 2147483648, 1e-16, 1e300, Math.PI]) {
    strictEqual(decimalsOf(1, value), undefined, String(value));
  }
});

Deno.test("fromDecimalLane() gives the numbers that decimal text means, in both widths", () => {
  const random = prng(91);
  for (let decimals = 0; decimals <= 9; decimals++) {
    const texts = Array.from(
      { length: 200 },
      () => ((random.below(2_000_001) - 1_000_000) / 10 ** decimals).toFixed(decimals),
    ).map((text) => Object.is(Number(text), -0) ? "0" : text);
    for (const values of [Float64Array.from(texts, Number), Float32Array.from(texts, Number)]) {
      const found = toDecimalLane(values);
      ok(found !== undefined && found.decimals <= decimals, `${decimals} decimals`);
      const back = values.slice().fill(7);
      fromDecimalLane(found.lane, found.decimals, back);
      deepStrictEqual(back, values);
    }
  }
});

Deno.test("bit lanes keep every bit and the order of the numbers", () => {
  const singles = singlesFromBits(AWKWARD_SINGLE_BITS);
  const single = new Float32Array(singles.length);
  fromSingleLane(toSingleLane(singles), single);
  deepStrictEqual(new Uint32Array(single.buffer), Uint32Array.from(AWKWARD_SINGLE_BITS));
  const doubles = doublesFromBits(AWKWARD_DOUBLE_BITS);
  const { high, low } = toDoubleLanes(doubles);
  const double = new Float64Array(doubles.length);
  fromDoubleLanes(high, low, double);
  deepStrictEqual(new BigUint64Array(double.buffer), BigUint64Array.from(AWKWARD_DOUBLE_BITS));
  const ascending = toSingleLane(Float32Array.of(-Infinity, -2, -1, -1e-40, 0, 1e-40, 1, 2, 3e38));
  deepStrictEqual(ascending, ascending.slice().sort());
});
