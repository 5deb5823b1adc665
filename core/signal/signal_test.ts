/** Tests of derivations and envelopes. @module */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { AssertionError } from "../assert.ts";
import { prng } from "../testing/prng.ts";
import { derive, subtract } from "./derive.ts";
import { coarsenEnvelope, envelope, envelopeColumns } from "./envelope.ts";

Deno.test("derive() adds weighted channels in the order of the terms", () => {
  const channels = [Float64Array.of(1, 2), Int32Array.of(10, 20), Float32Array.of(0.5, 0.25)];
  const terms = [{ channel: 0, weight: 1 }, { channel: 1, weight: -0.5 }, {
    channel: 2,
    weight: 4,
  }];
  deepStrictEqual(derive(channels, terms), Float64Array.of(-2, -7));
  deepStrictEqual(subtract([3, 4], [1, 1]), Float64Array.of(2, 3));
});

Deno.test("derive() carries a missing value on instead of inventing one", () => {
  deepStrictEqual(subtract([NaN, 1], [1, 1]), Float64Array.of(NaN, 0));
});

Deno.test("derive() asserts that its channels exist and are of one length", () => {
  throws(() => derive([[1]], []), AssertionError);
  throws(() => derive([[1]], [{ channel: 1, weight: 1 }]), AssertionError);
  throws(() => subtract([1], [1, 2]), AssertionError);
});

Deno.test("envelope() never drops an extreme, at any bucket size and place", () => {
  const random = prng(51);
  for (let round = 0; round < 200; round++) {
    const length = 1 + random.below(500);
    const values = Int32Array.from({ length }, () => random.below(100));
    const spike = random.below(length);
    values[spike] = 5000;
    const bucketSize = 1 + random.below(60);
    const { min, max } = envelope(values, bucketSize);
    strictEqual(max[Math.floor(spike / bucketSize)], 5000);
    strictEqual(Math.min(...min), Math.min(...values));
    const columns = envelopeColumns(values, 1 + random.below(40));
    strictEqual(Math.max(...columns.max.filter((value) => !Number.isNaN(value))), 5000);
  }
});

Deno.test("envelopeColumns() puts every sample into exactly one column", () => {
  const values = Int32Array.from({ length: 1000 }, (_, i) => i);
  const { min, max } = envelopeColumns(values, 7);
  strictEqual(min[0], 0);
  strictEqual(max[6], 999);
  for (let column = 1; column < 7; column++) strictEqual(min[column], max[column - 1]! + 1);
  const sparse = envelopeColumns([5], 3);
  deepStrictEqual(sparse.max, Float64Array.of(NaN, NaN, 5));
});

Deno.test("envelope() leaves buckets without a number empty", () => {
  const { min, max } = envelope([NaN, NaN, 1, NaN, Infinity, -Infinity], 2);
  deepStrictEqual(min, Float64Array.of(NaN, 1, -Infinity));
  deepStrictEqual(max, Float64Array.of(NaN, 1, Infinity));
  strictEqual(envelope([], 4).min.length, 0);
});

Deno.test("coarsenEnvelope() of an envelope is the envelope of the larger buckets", () => {
  const values = Array.from({ length: 333 }, (_, i) => (i * 7919) % 1009);
  deepStrictEqual(coarsenEnvelope(envelope(values, 4), 8), envelope(values, 32));
  ok(Number.isFinite(coarsenEnvelope(envelope(values, 4), 8).max[0]!));
});

Deno.test("envelope() asserts a bucket size of at least 1", () => {
  for (const size of [0, -1, 1.5, NaN]) throws(() => envelope([1], size), AssertionError);
});
