/** Learning from chunks at hand, and the sets that come of it. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../testing/prng.ts";
import { eegChunk, montageChunk } from "../../testing/signals.ts";
import { PARAMETER_SET_BYTES_MAX, readParameterSet } from "../parameter_set.ts";
import { predictive } from "../predictive.ts";
import { learnFromChunks, type SeenChunk, trialBits } from "./learn_from_chunks.ts";
import { StreamProfile } from "./stream_profile.ts";

const SAMPLE_COUNT = 128;

/** One long montage, cut into chunks: the mixing stays the same. */
function seenChunks(channelCount: number, chunkCount: number): SeenChunk[] {
  const length = chunkCount * SAMPLE_COUNT;
  const all = montageChunk(prng(17), { channelCount, sampleCount: length, amplitude: 300 });
  return Array.from({ length: chunkCount }, (_, k) => {
    const samples = new Int32Array(channelCount * SAMPLE_COUNT);
    for (let c = 0; c < channelCount; c++) {
      const start = c * length + k * SAMPLE_COUNT;
      samples.set(all.subarray(start, start + SAMPLE_COUNT), c * SAMPLE_COUNT);
    }
    return { samples, sampleCount: SAMPLE_COUNT };
  });
}

function learn(chunks: readonly SeenChunk[], newShare: number) {
  const channelCount = chunks[0]!.samples.length / SAMPLE_COUNT;
  const profile = new StreamProfile(channelCount);
  for (const { samples, sampleCount } of chunks) profile.observe(samples, sampleCount);
  return learnFromChunks(chunks, profile, {
    channelCount,
    horizon: chunks.length * SAMPLE_COUNT,
    newShare,
    lagsTried: [2, 1],
  });
}

Deno.test("learnFromChunks() makes mixtures smaller than codec 1, set included", () => {
  const chunks = seenChunks(12, 30);
  const { set } = learn(chunks, 0)!;
  const shape = { kind: "int32", channelCount: 12, sampleCount: SAMPLE_COUNT } as const;
  let alone = 0;
  for (const { samples } of chunks) alone += 8 * predictive.encode(samples, shape).byteLength;
  const share = (trialBits(set, chunks) + 8 * set.bytes.byteLength) / alone;
  ok(share < 0.93, `${share}`);
  deepStrictEqual(readParameterSet(set.bytes), set);
});

Deno.test("learnFromChunks() gives equal bytes for equal chunks", () => {
  const one = learn(seenChunks(6, 10), 0)!;
  const other = learn(seenChunks(6, 10), 0)!;
  deepStrictEqual(one.set.bytes, other.set.bytes);
});

Deno.test("learnFromChunks() takes fewer coefficients for chunks that are yet to come", () => {
  const chunks = seenChunks(12, 3);
  const seen = learn(chunks, 0)!;
  const unseen = learn(chunks, 1)!;
  ok(unseen.coefficientCount < seen.coefficientCount);
  ok(unseen.set.bytes.byteLength < seen.set.bytes.byteLength);
});

Deno.test("learnFromChunks() stays within 64 KiB at 512 channels", () => {
  const sampleCount = 64;
  const random = prng(18);
  const chunks = Array.from({ length: 4 }, () => ({
    samples: eegChunk(random, { channelCount: 512, sampleCount, amplitude: 300 }),
    sampleCount,
  }));
  const profile = new StreamProfile(512);
  for (const { samples } of chunks) profile.observe(samples, sampleCount);
  const use = { channelCount: 512, horizon: 1_000_000, newShare: 0, lagsTried: [2, 1] };
  const { set } = learnFromChunks(chunks, profile, use)!;
  ok(set.bytes.byteLength <= PARAMETER_SET_BYTES_MAX);
  strictEqual(set.channels.length, 512);
});
