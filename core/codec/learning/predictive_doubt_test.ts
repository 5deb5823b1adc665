/** Whether codec 1 might be smaller. @module */

import { ok, strictEqual } from "node:assert/strict";
import { prng } from "../../testing/prng.ts";
import { eegChunk } from "../../testing/signals.ts";
import { encodeCrossChannel } from "../cross_channel.ts";
import { predictive } from "../predictive.ts";
import { learnFromChunks } from "./learn_from_chunks.ts";
import { leastPredictiveBits, PredictiveDoubt } from "./predictive_doubt.ts";
import { StreamProfile } from "./stream_profile.ts";

const random = prng(30);
const shape = { kind: "int32", channelCount: 6, sampleCount: 256 } as const;
const chunks = Array.from({ length: 8 }, () => ({
  samples: eegChunk(random, { channelCount: 6, sampleCount: 256, amplitude: 300 }),
  sampleCount: 256,
}));
const profile = new StreamProfile(6);
for (const { samples } of chunks) profile.observe(samples, 256);
const { set } = learnFromChunks(chunks, profile, {
  channelCount: 6,
  horizon: 2048,
  newShare: 0,
  lagsTried: [2, 1],
})!;

Deno.test("leastPredictiveBits() is below what codec 1 takes, and not far", () => {
  for (const { samples } of chunks) {
    const least = leastPredictiveBits(encodeCrossChannel(samples, shape, set), set, 256);
    const real = 8 * predictive.encode(samples, shape).byteLength;
    ok(least < real && least > 0.7 * real, `${least} of ${real}`);
  }
});

Deno.test("leastPredictiveBits() is nothing for silence", () => {
  const silent = encodeCrossChannel(new Int32Array(6 * 256), shape, set);
  strictEqual(leastPredictiveBits(silent, set, 256), 0);
});

Deno.test("PredictiveDoubt checks a new set, then one chunk in 32", () => {
  const doubt = new PredictiveDoubt();
  let checks = 0;
  for (let k = 0; k < 320; k++) {
    if (doubt.isSurelySmaller(set, 1000, 1500, 400)) continue;
    doubt.note(1600, 1500);
    checks++;
  }
  strictEqual(checks, 10);
});

Deno.test("PredictiveDoubt checks unusual chunks and near ones", () => {
  const doubt = new PredictiveDoubt();
  doubt.isSurelySmaller(set, 1000, 1500, 400);
  strictEqual(doubt.isSurelySmaller(set, 1000, 1500, 400), true);
  strictEqual(doubt.isSurelySmaller(set, 500, 1500, 400), false);
  strictEqual(doubt.isSurelySmaller(set, 1000, 990, 400), false);
});

Deno.test("PredictiveDoubt trusts an estimate less that was too high", () => {
  const doubt = new PredictiveDoubt();
  doubt.isSurelySmaller(set, 1000, 1500, 400);
  doubt.note(900, 1500);
  strictEqual(doubt.isSurelySmaller(set, 1000, 1500, 400), false);
});
