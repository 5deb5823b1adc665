/** The kernel and the reference give the same bytes and the same samples, whatever the set. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { eegChunk, INTEGER_SIGNALS, prng, randomParameterSet } from "../../testing/mod.ts";
import { isCoreError } from "../../error.ts";
import type { SampleShape } from "../codec.ts";
import { crossChannel } from "../cross_channel.ts";
import { decodeByReference, encodeByReference } from "../cross_channel_reference.ts";
import type { ParameterSet } from "../parameter_set.ts";
import { decodeWithKernel } from "./decode_with_kernel.ts";
import { encodeWithKernel } from "./encode_with_kernel.ts";
import { getKernel } from "./instance.ts";

/** Encodes and decodes both ways; says how many channels the kernel coded. */
function compare(samples: Int32Array, shape: SampleShape, set: ParameterSet): number {
  const expected = encodeByReference(samples, shape, set);
  const actual = encodeWithKernel(samples, shape, set);
  const coded = expected.isCoded.reduce((sum, bit) => sum + bit, 0);
  if (actual !== undefined) deepStrictEqual(actual, expected);
  else strictEqual(coded, 0, "the kernel codes what the reference codes");
  deepStrictEqual(decodeWithKernel(expected.payload, shape, set), samples);
  return coded;
}

function noise(random: ReturnType<typeof prng>, length: number, width: number): Int32Array {
  return Int32Array.from({ length }, () => (random.u32() << (32 - width)) >> (32 - width));
}

Deno.test("the kernel is there: no test below compares the reference with itself", () => {
  ok(getKernel() !== undefined);
});

Deno.test("kernel and reference agree on 1 to 40 channels under random sets", () => {
  const random = prng(101);
  let coded = 0;
  for (let channelCount = 1; channelCount <= 40; channelCount++) {
    for (const sampleCount of [1, 2, 3, 5, 8, 9, 10, 31, 33, 64, 65, 66, 74, 130, 257]) {
      const set = randomParameterSet(random, { channelCount });
      const shape = { kind: "int32", channelCount, sampleCount } as const;
      coded += compare(noise(random, channelCount * sampleCount, 1 + random.below(17)), shape, set);
    }
  }
  ok(coded > 3000, `${coded} channels coded`);
});

Deno.test("kernel and reference agree under every number of lags, fraction, shift and adaptation", () => {
  const random = prng(102);
  for (let lags = 1; lags <= 4; lags++) {
    for (let fractionBits = 0; fractionBits <= 4; fractionBits++) {
      for (const rightShift of [0, 1, 5, 12]) {
        const channelCount = 1 + random.below(24);
        const sampleCount = 100 + random.below(200);
        const set = randomParameterSet(random, {
          channelCount,
          lags,
          fractionBits,
          rightShift,
          lowBits: 0,
          adaptation: random.below(16),
        });
        const shape = { kind: "int32", channelCount, sampleCount } as const;
        const samples = eegChunk(random, { ...shape, amplitude: 40 * 2 ** rightShift });
        ok(compare(samples, shape, set) > 0);
      }
    }
  }
});

Deno.test("kernel and reference agree where groups, models and the stream differ in size", () => {
  const random = prng(103);
  for (let i = 0; i < 150; i++) {
    const channelCount = 1 + random.below(40);
    const modelCount = 1 + random.below(channelCount);
    const groupSize = 1 + random.below(Math.min(12, modelCount));
    const set = randomParameterSet(random, { channelCount, modelCount, groupSize, lowBits: 0 });
    const sampleCount = 1 + random.below(150);
    const shape = { kind: "int32", channelCount, sampleCount } as const;
    const samples = eegChunk(random, { ...shape, amplitude: 30 });
    // Channels that railed, stood still or are copies are left out of the coded ones.
    for (const channel of [random.below(channelCount), random.below(channelCount)]) {
      const at = channel * sampleCount;
      if (random.below(2) === 0) samples[at + random.below(sampleCount)] = 0x7fffffff;
      else samples.copyWithin(at, 0, sampleCount);
    }
    compare(samples, shape, set);
  }
});

Deno.test("kernel and reference agree on awkward signals, shared low bits included", () => {
  const random = prng(104);
  for (const signal of INTEGER_SIGNALS) {
    for (const lowBits of [0, 3, 15]) {
      const channelCount = 1 + random.below(9);
      const sampleCount = 1 + random.below(600);
      const set = randomParameterSet(random, { channelCount, lowBits });
      const samples = new Int32Array(channelCount * sampleCount);
      for (let c = 0; c < channelCount; c++) {
        const channel = signal.make(sampleCount).map((value) => value << lowBits);
        samples.set(channel, c * sampleCount);
      }
      compare(samples, { kind: "int32", channelCount, sampleCount }, set);
    }
  }
});

Deno.test("kernel and reference agree on values at the ends of their range", () => {
  const random = prng(105);
  for (let i = 0; i < 60; i++) {
    const shape = { kind: "int32", channelCount: 1 + i % 9, sampleCount: 120 } as const;
    const set = randomParameterSet(random, { ...shape, rightShift: 0, lowBits: 0 });
    const samples = Int32Array.from(
      { length: shape.channelCount * shape.sampleCount },
      (_, at) => at % shape.sampleCount === 0 ? 0 : random.pick([-32_768, 32_767, 0, -32_768]),
    );
    strictEqual(compare(samples, shape, set), shape.channelCount);
  }
});

Deno.test("kernel and reference agree beyond one batch, with four states and with one", () => {
  const random = prng(106);
  for (
    const [channelCount, sampleCount] of [[23, 256], [64, 160], [3, 2000], [4, 1100], [1, 5000]]
  ) {
    const shape = {
      kind: "int32",
      channelCount: channelCount!,
      sampleCount: sampleCount!,
    } as const;
    for (const amplitude of [3, 60, 3000]) {
      const set = randomParameterSet(random, { ...shape, rightShift: 0, lowBits: 0 });
      compare(eegChunk(random, { ...shape, amplitude }), shape, set);
    }
  }
});

Deno.test("what the kernel does not decode throws by the reference, and by nothing else", () => {
  const random = prng(107);
  let broken = 0;
  for (let i = 0; i < 400; i++) {
    const channelCount = 1 + random.below(12);
    const sampleCount = 1 + random.below(i % 8 === 0 ? 700 : 90);
    const shape = { kind: "int32", channelCount, sampleCount } as const;
    const set = randomParameterSet(random, { channelCount, lowBits: 0 });
    const samples = eegChunk(random, { ...shape, amplitude: 30 });
    const payload = encodeByReference(samples, shape, set).payload;
    for (let change = 0; change < 6; change++) {
      const hostile = Uint8Array.from(payload).subarray(
        0,
        change === 0 ? random.below(payload.byteLength + 1) : payload.byteLength,
      );
      const flips = change === 0 ? 0 : 1 + random.below(3);
      for (let flip = 0; flip < flips && hostile.byteLength > 0; flip++) {
        const at = random.below(hostile.byteLength);
        hostile[at] = hostile[at]! ^ (1 << random.below(8));
      }
      const expected = outcome(() => decodeByReference(hostile, shape, set));
      const actual = outcome(() => crossChannel.decode(hostile, shape, set));
      deepStrictEqual(actual, expected);
      if (typeof expected === "string") {
        broken++;
        // The kernel says nothing, or the very error.
        const alone = outcome(() => decodeWithKernel(hostile, shape, set));
        ok(alone === undefined || alone === expected, String(alone));
      }
    }
  }
  ok(broken > 1000, `${broken} of 2400 payloads were refused`);
});

Deno.test("a kernel that has refused a payload decodes the next one", () => {
  const shape = { kind: "int32", channelCount: 23, sampleCount: 256 } as const;
  const set = randomParameterSet(prng(108), { ...shape, rightShift: 0, lowBits: 0 });
  const samples = eegChunk(prng(109), { ...shape, amplitude: 30 });
  const { payload } = encodeByReference(samples, shape, set);
  strictEqual(decodeWithKernel(payload.subarray(0, 2000), shape, set), undefined);
  deepStrictEqual(decodeWithKernel(payload, shape, set), samples);
});

/** The samples, or the whole text of the error. */
function outcome<Result>(run: () => Result): Result | string {
  try {
    return run();
  } catch (err) {
    ok(isCoreError(err), String(err));
    return `${err.name}: ${err.message}`;
  }
}
