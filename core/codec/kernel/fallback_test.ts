/** Without WebAssembly the reference does the same work. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { eegChunk, prng, randomParameterSet } from "../../testing/mod.ts";
import { crossChannel, encodeCrossChannel } from "../cross_channel.ts";
import { decodeWithKernel } from "./decode_with_kernel.ts";
import { encodeWithKernel } from "./encode_with_kernel.ts";
import { allowKernel, getKernel } from "./instance.ts";

const shape = { kind: "int32", channelCount: 5, sampleCount: 200 } as const;
const set = randomParameterSet(prng(1), { channelCount: 5, lowBits: 0, rightShift: 0 });
const samples = eegChunk(prng(2), { ...shape, amplitude: 50 });

function withoutKernel(run: () => void): void {
  allowKernel(false);
  try {
    run();
  } finally {
    allowKernel(true);
  }
}

Deno.test("codec 2 works where the kernel is not allowed, with the same bytes", () => {
  const fast = encodeCrossChannel(samples, shape, set);
  withoutKernel(() => {
    strictEqual(getKernel(), undefined);
    strictEqual(encodeWithKernel(samples, shape, set), undefined);
    strictEqual(decodeWithKernel(fast.payload, shape, set), undefined);
    deepStrictEqual(encodeCrossChannel(samples, shape, set), fast);
    deepStrictEqual(crossChannel.decode(fast.payload, shape, set), samples);
  });
});

Deno.test("getKernel() gives nothing where WebAssembly refuses to compile", () => {
  const { Module } = WebAssembly;
  const refusing = function () {
    throw new WebAssembly.CompileError("blocked by a policy");
  };
  try {
    Object.defineProperty(WebAssembly, "Module", { value: refusing, configurable: true });
    allowKernel(true);
    strictEqual(getKernel(), undefined);
    ok(crossChannel.encode(samples, shape, set).byteLength > 0);
  } finally {
    Object.defineProperty(WebAssembly, "Module", {
      value: Module,
      configurable: true,
      writable: true,
    });
    allowKernel(true);
  }
  ok(getKernel() !== undefined);
});
