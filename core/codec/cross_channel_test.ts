/** Codec 2 under sets that fit nothing: lossless whatever the coefficients. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { eegChunk, INTEGER_SIGNALS, prng, randomParameterSet } from "../testing/mod.ts";
import { payloadBytesMax, type SampleShape } from "./codec.ts";
import { crossChannel, encodeCrossChannel } from "./cross_channel.ts";
import type { ParameterSet } from "./parameter_set.ts";

function roundTrip(samples: Int32Array, shape: SampleShape, set: ParameterSet): number {
  const { payload } = encodeCrossChannel(samples, shape, set);
  ok(payload.byteLength <= payloadBytesMax(shape));
  deepStrictEqual(crossChannel.decode(payload, shape, set), samples);
  return payload.byteLength;
}

Deno.test("encodeCrossChannel() is lossless under random sets, for every shape and range", () => {
  const random = prng(2);
  for (let i = 0; i < 300; i++) {
    const channelCount = 1 + random.below(24);
    const sampleCount = 1 + random.below(i % 10 === 0 ? 600 : 80);
    const modelCount = 1 + random.below(channelCount);
    const set = randomParameterSet(random, { channelCount, modelCount });
    const width = 1 + random.below(32);
    const samples = Int32Array.from(
      { length: channelCount * sampleCount },
      () => (random.u32() << (32 - width)) >> (32 - width),
    );
    roundTrip(samples, { kind: "int32", channelCount, sampleCount }, set);
  }
});

Deno.test("encodeCrossChannel() is lossless on awkward signals of every length", () => {
  const random = prng(3);
  for (const signal of INTEGER_SIGNALS) {
    for (const sampleCount of [1, 2, 3, 31, 32, 33, 257]) {
      const channelCount = 3;
      const set = randomParameterSet(random, { channelCount, rightShift: 0 });
      const channel = signal.make(sampleCount);
      const samples = new Int32Array(channelCount * sampleCount);
      for (let c = 0; c < channelCount; c++) samples.set(channel, c * sampleCount);
      roundTrip(samples, { kind: "int32", channelCount, sampleCount }, set);
    }
  }
});

Deno.test("encodeCrossChannel() says what it coded, and leaves what does not fit to the rest", () => {
  const shape = { kind: "int32", channelCount: 4, sampleCount: 256 } as const;
  const samples = eegChunk(prng(4), { ...shape, amplitude: 40 });
  samples[2 * 256 + 100] = 0x7fffffff;
  const set = randomParameterSet(prng(5), {
    channelCount: 4,
    rightShift: 0,
    lowBits: 0,
    lags: 2,
  });
  const encoding = encodeCrossChannel(samples, shape, set);
  deepStrictEqual([...encoding.isCoded], [1, 1, 0, 1]);
  strictEqual(encoding.residualMagnitudes[2], 0);
  ok(encoding.whitened.subarray(512, 768).every((value) => value === 0));
  deepStrictEqual(crossChannel.decode(encoding.payload, shape, set), samples);
});

Deno.test("a channel outside the model that equals an earlier one costs no samples", () => {
  const shape = { kind: "int32", channelCount: 2, sampleCount: 256 } as const;
  const channel = eegChunk(prng(6), { channelCount: 1, sampleCount: 256, amplitude: 40 });
  const samples = new Int32Array(512);
  samples.set(channel, 0);
  samples.set(channel, 256);
  const alone = randomParameterSet(prng(7), { channelCount: 2, modelCount: 1, filterOrder: 2 });
  const other = channel.map((value) => value ^ 1);
  const equal = roundTrip(samples, shape, alone);
  samples.set(other, 256);
  ok(roundTrip(samples, shape, alone) > equal + 100);
});

Deno.test("decodeLent() gives the same samples for a moment, decode() for good", () => {
  const random = prng(4);
  const shape: SampleShape = { kind: "int32", channelCount: 5, sampleCount: 64 };
  const set = randomParameterSet(random, { channelCount: 5, modelCount: 4 });
  const chunks = [1, 2].map((seed) => {
    const samples = Int32Array.from({ length: 320 }, () => random.below(1000 * seed));
    return { samples, payload: encodeCrossChannel(samples, shape, set).payload };
  });
  const [first, second] = chunks;
  const kept = crossChannel.decode(first!.payload, shape, set);
  deepStrictEqual(crossChannel.decodeLent!(second!.payload, shape, set), second!.samples);
  deepStrictEqual(crossChannel.decodeLent!(first!.payload, shape, set), first!.samples);
  crossChannel.decodeLent!(second!.payload, shape, set);
  deepStrictEqual(kept, first!.samples);
});
