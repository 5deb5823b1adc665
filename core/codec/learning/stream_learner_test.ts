/** When a stream learns, and what it remembers. @module */

import { ok, strictEqual } from "node:assert/strict";
import { type Prng, prng } from "../../testing/prng.ts";
import { montageChunk } from "../../testing/signals.ts";
import { encodeCrossChannel } from "../cross_channel.ts";
import type { ParameterSet } from "../parameter_set.ts";
import { predictive } from "../predictive.ts";
import { StreamLearner } from "./stream_learner.ts";

/** Endless chunks of one mixing: the seed decides it. */
function source(seed: number, channelCount: number, sampleCount: number): () => Int32Array {
  const length = 40 * sampleCount;
  const all = montageChunk(prng(seed), { channelCount, sampleCount: length, amplitude: 400 });
  let next = 0;
  return () => {
    const first = (next++ % 40) * sampleCount;
    const samples = new Int32Array(channelCount * sampleCount);
    for (let c = 0; c < channelCount; c++) {
      const start = c * length + first;
      samples.set(all.subarray(start, start + sampleCount), c * sampleCount);
    }
    return samples;
  };
}

/** Sends a chunk through, as the stream encoder does. */
function pass(learner: StreamLearner, samples: Int32Array, sampleCount: number): void {
  const { current } = learner;
  const shape = {
    kind: "int32",
    channelCount: samples.length / sampleCount,
    sampleCount,
  } as const;
  const plainBits = 8 * predictive.encode(samples, shape).byteLength;
  const bytesOf = (set: ParameterSet) => encodeCrossChannel(samples, shape, set).payload.byteLength;
  if (current === undefined) return learner.observe(samples, sampleCount, undefined, 0);
  let bits = 8 * bytesOf(current);
  for (const set of learner.recalled) {
    if (8 * bytesOf(set) >= bits) continue;
    bits = 8 * bytesOf(set);
    learner.recall(set);
  }
  learner.observe(samples, sampleCount, bits, Math.max(0, plainBits - bits));
}

function railed(random: Prng, channelCount: number, sampleCount: number): Int32Array {
  return Int32Array.from(
    { length: channelCount * sampleCount },
    () => random.below(50) === 0 ? 32_767 : -32_768 + random.below(3),
  );
}

Deno.test("StreamLearner keeps less than 256 KB for 32 channels, whatever comes", () => {
  const learner = new StreamLearner(32);
  const random = prng(19);
  const one = source(20, 32, 256);
  const other = source(21, 32, 256);
  let most = 0;
  for (let k = 0; k < 260; k++) {
    const samples = k % 100 < 60 ? one() : k % 100 < 90 ? other() : railed(random, 32, 256);
    pass(learner, samples, 256);
    most = Math.max(most, learner.byteLength);
  }
  ok(most > 50_000 && most < 262_144, `${most} bytes`);
});

Deno.test("StreamLearner makes sets early, and no more than the limits allow", () => {
  const learner = new StreamLearner(8);
  const sources = [22, 23, 24].map((seed) => source(seed, 8, 128));
  const sets = new Set<ParameterSet>();
  let early = 0;
  for (let k = 0; k < 400; k++) {
    pass(learner, sources[Math.floor(k / 50) % 3]!(), 128);
    if (learner.current !== undefined) sets.add(learner.current);
    if (k < 8) early = sets.size;
  }
  ok(early >= 1);
  ok(sets.size >= 2 && sets.size <= 8 + 400 / 60, `${sets.size} sets`);
});

Deno.test("StreamLearner settles when a stream stays as it is", () => {
  const learner = new StreamLearner(8);
  const next = source(25, 8, 128);
  const sets = new Set<ParameterSet | undefined>();
  for (let k = 0; k < 500; k++) {
    pass(learner, next(), 128);
    if (k >= 100) sets.add(learner.current);
  }
  ok(sets.size <= 3, `${sets.size} sets in 400 chunks`);
});

Deno.test("StreamLearner learns from what is shown ahead before the first chunk", () => {
  const learner = new StreamLearner(8);
  const next = source(26, 8, 128);
  const chunks = Array.from({ length: 30 }, next);
  for (const samples of chunks) learner.lookAhead(samples, 128);
  strictEqual(learner.current, undefined);
  learner.prepare();
  const first = learner.current;
  ok(first !== undefined);
  for (const samples of chunks) pass(learner, samples, 128);
  strictEqual(learner.current, first);
});

Deno.test("StreamLearner has no set for a stream that no set would help", () => {
  const learner = new StreamLearner(4);
  const random = prng(29);
  for (let k = 0; k < 70; k++) {
    pass(learner, Int32Array.from({ length: 4 * 64 }, () => random.u32()), 64);
  }
  strictEqual(learner.current, undefined);
});
