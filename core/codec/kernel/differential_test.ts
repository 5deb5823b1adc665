/** The kernel and the reference give the same bytes and the same samples, whatever the set. @module */

import { deepStrictEqual, ok } from "node:assert/strict";
import { prng, randomParameterSet } from "../../testing/mod.ts";
import type { SampleShape } from "../codec.ts";
import { encodeByReference } from "../cross_channel_reference.ts";
import type { ParameterSet } from "../parameter_set.ts";
import { decodeWithKernel } from "./decode_with_kernel.ts";
import { encodeWithKernel } from "./encode_with_kernel.ts";
import { getKernel } from "./instance.ts";

/** Encodes and decodes both ways; says whether the kernel had anything to encode. */
function compare(samples: Int32Array, shape: SampleShape, set: ParameterSet): boolean {
  const expected = encodeByReference(samples, shape, set);
  const actual = encodeWithKernel(samples, shape, set);
  if (actual !== undefined) {
    deepStrictEqual(actual.isCoded, expected.isCoded);
    deepStrictEqual(actual.whitened, expected.whitened);
    deepStrictEqual(actual.residualMagnitudes, expected.residualMagnitudes);
    deepStrictEqual(actual.payload, expected.payload);
  } else {
    ok(expected.isCoded.every((bit) => bit === 0), "the kernel codes what the reference codes");
  }
  deepStrictEqual(decodeWithKernel(expected.payload, shape, set), samples);
  return actual !== undefined;
}

function noise(random: ReturnType<typeof prng>, length: number, width: number): Int32Array {
  return Int32Array.from({ length }, () => (random.u32() << (32 - width)) >> (32 - width));
}

Deno.test("the kernel is there: no test below compares the reference with itself", () => {
  ok(getKernel() !== undefined);
});

Deno.test("kernel and reference agree on 1 to 40 channels under random sets", () => {
  const random = prng(101);
  let encoded = 0;
  for (let channelCount = 1; channelCount <= 40; channelCount++) {
    for (const sampleCount of [1, 2, 3, 5, 8, 31, 33, 64, 65, 66, 130, 257]) {
      const set = randomParameterSet(random, { channelCount });
      const shape = { kind: "int32", channelCount, sampleCount } as const;
      const samples = noise(random, channelCount * sampleCount, 1 + random.below(17));
      if (compare(samples, shape, set)) encoded++;
    }
  }
  ok(encoded > 300, `${encoded} of 480 had coded channels`);
});
