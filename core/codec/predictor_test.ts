/** Tests of the prediction arithmetic and of the search for predictors. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../testing/prng.ts";
import { EDGE_LENGTHS, eegLike, INTEGER_SIGNALS } from "../testing/signals.ts";
import { coefficientWidth, findPredictors, log2, predictorBits } from "./linear_prediction.ts";
import {
  fixedResiduals,
  needsWide,
  type Predictor,
  restoreFixed,
  restoreTable,
  tableResiduals,
} from "./predictor.ts";

/** The definition in FORMAT.md, in BigInt. */
function predictByDefinition(
  samples: Int32Array,
  i: number,
  { coefficients, shift }: Predictor,
  isWide: boolean,
): bigint {
  let sum = 0n;
  coefficients.forEach((c, j) => sum += BigInt(c) * BigInt(samples[Math.max(0, i - 1 - j)]!));
  if (!isWide) sum = BigInt.asIntN(32, sum);
  return sum >> BigInt(shift);
}

Deno.test("fixedResiduals() of a polynomial vanish at the order above its degree", () => {
  const residuals = new Int32Array(50);
  for (let order = 1; order <= 4; order++) {
    const samples = Int32Array.from({ length: 50 }, (_, i) => 7 + 3 * i ** (order - 1));
    fixedResiduals(samples, order, residuals);
    ok(residuals.subarray(order).every((residual) => residual === 0), `order ${order}`);
  }
});

Deno.test("restoreFixed() undoes fixedResiduals() for every signal, order and length", () => {
  for (const signal of INTEGER_SIGNALS) {
    for (const length of EDGE_LENGTHS) {
      for (let order = 0; order <= 4; order++) {
        const samples = signal.make(length);
        const values = new Int32Array(length);
        fixedResiduals(samples, order, values);
        restoreFixed(values, order);
        deepStrictEqual(values, samples, `${signal.name} ${length} ${order}`);
      }
    }
  }
});

Deno.test("tableResiduals() follow the definition, restoreTable() undoes them: any order, any samples", () => {
  const random = prng(81);
  for (let round = 0; round < 400; round++) {
    const width = 1 + random.below(16);
    const predictor: Predictor = {
      coefficients: Int32Array.from(
        { length: 1 + random.below(32) },
        () => (random.u32() | 0) >> (32 - width),
      ),
      shift: random.below(16),
    };
    const scale = random.below(32);
    const samples = Int32Array.from(
      { length: random.pick([1, 2, 3, 5, 31, 64, 77]) },
      () => (random.u32() | 0) >> scale,
    );
    for (const isWide of [false, true]) {
      const values = new Int32Array(samples.length);
      tableResiduals(samples, predictor, isWide, values);
      strictEqual(values[0], samples[0]);
      for (let i = 1; i < samples.length; i++) {
        const predicted = predictByDefinition(samples, i, predictor, isWide);
        strictEqual(BigInt(values[i]!), BigInt.asIntN(32, BigInt(samples[i]!) - predicted));
      }
      restoreTable(values, predictor, isWide);
      deepStrictEqual(values, samples);
    }
  }
});

Deno.test("wide sums are exact at the very limits of the format", () => {
  const predictor: Predictor = { coefficients: new Int32Array(32).fill(-32768), shift: 0 };
  const samples = new Int32Array(40).fill(-0x80000000);
  const residuals = new Int32Array(40);
  tableResiduals(samples, predictor, true, residuals);
  strictEqual(
    BigInt(residuals[39]!),
    BigInt.asIntN(32, -(2n ** 31n) - predictByDefinition(samples, 39, predictor, true)),
  );
  ok(needsWide(predictor, 2 ** 31));
  ok(!needsWide({ coefficients: Int32Array.of(2, -1), shift: 0 }, 1000));
});

Deno.test("findPredictors() shares one predictor among like channels, and gives an unlike one its own", () => {
  const random = prng(82);
  const like = Array.from(
    { length: 8 },
    () => eegLike(random, { length: 256, amplitude: 3000, offset: 0 }),
  );
  const alternating = Int32Array.from(
    eegLike(random, { length: 256, amplitude: 3000, offset: 0 }),
    (value, i) => i % 2 === 0 ? value : -value,
  );
  const { predictors, candidates } = findPredictors([...like, alternating], 15);
  strictEqual(predictors.length, 2);
  deepStrictEqual(candidates.slice(0, 8), Array(8).fill([0]));
  deepStrictEqual(candidates[8], [0, 1]);
});

Deno.test("findPredictors() finds nothing in channels that are short or left out", () => {
  deepStrictEqual(findPredictors([new Int32Array(15).fill(3)], 15).predictors, []);
  deepStrictEqual(findPredictors([], 15), { predictors: [], candidates: [] });
  const { candidates } = findPredictors([
    new Int32Array(0),
    eegLike(prng(1), { length: 64, amplitude: 90, offset: 0 }),
  ], 15);
  deepStrictEqual(candidates[0], []);
});

Deno.test("findPredictors() keeps to the limits of the format on every signal", () => {
  for (const length of [16, 64, 256, 1000]) {
    const { predictors } = findPredictors(INTEGER_SIGNALS.map((signal) => signal.make(length)), 15);
    ok(predictors.length <= 15);
    for (const predictor of predictors) {
      ok(predictor.shift >= 0 && predictor.shift <= 15);
      ok(predictor.coefficients.length >= 1 && predictor.coefficients.length <= 32);
      ok(coefficientWidth(predictor) <= 16);
      ok(predictorBits(predictor) >= 14);
    }
  }
});

Deno.test("coefficientWidth() is the narrowest two's complement width", () => {
  const width = (...values: number[]) =>
    coefficientWidth({ coefficients: Int32Array.from(values), shift: 0 });
  deepStrictEqual([width(0), width(-1), width(1), width(-2), width(7, -8), width(8)], [
    1,
    1,
    2,
    2,
    4,
    5,
  ]);
});

Deno.test("log2() is within 0.01 of the logarithm", () => {
  const random = prng(83);
  for (let round = 0; round < 1000; round++) {
    const value = random.real() * 10 ** (random.below(40) - 20) + 1e-30;
    ok(Math.abs(log2(value) - Math.log2(value)) < 0.01);
  }
});
