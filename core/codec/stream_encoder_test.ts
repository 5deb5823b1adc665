/** The encoder of a stream: lossless, never larger than codec 1, the same on every run. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../testing/prng.ts";
import { EDGE_LENGTHS, INTEGER_SIGNALS, montageChunk, oddChannels } from "../testing/signals.ts";
import type { EncodedPayload } from "./codec.ts";
import { allowKernel } from "./kernel/instance.ts";
import { predictive } from "./predictive.ts";
import { codecByName } from "./registry.ts";
import { createStreamEncoder } from "./stream_encoder.ts";

interface TestChunk {
  readonly samples: Int32Array;
  readonly sampleCount: number;
}

function cut(all: Int32Array, channelCount: number, sampleCount: number): TestChunk[] {
  const length = all.length / channelCount;
  const chunks: TestChunk[] = [];
  for (let first = 0; first < length; first += sampleCount) {
    const count = Math.min(sampleCount, length - first);
    const samples = new Int32Array(channelCount * count);
    for (let c = 0; c < channelCount; c++) {
      samples.set(all.subarray(c * length + first, c * length + first + count), c * count);
    }
    chunks.push({ samples, sampleCount: count });
  }
  return chunks;
}

function encodeAll(
  chunks: readonly TestChunk[],
  channelCount: number,
  looksAhead: boolean,
): EncodedPayload[] {
  const encoder = createStreamEncoder({ channelCount, kind: "int32" });
  if (looksAhead) {
    for (const { samples, sampleCount } of chunks) encoder.lookAhead(samples, sampleCount);
  }
  return chunks.map(({ samples, sampleCount }) => encoder.encode(samples, sampleCount));
}

function expectExact(
  chunks: readonly TestChunk[],
  encoded: readonly EncodedPayload[],
  channelCount: number,
): void {
  chunks.forEach(({ samples, sampleCount }, k) => {
    const { codec, payload, parameterSet } = encoded[k]!;
    strictEqual(parameterSet !== null, codec === "cross-channel");
    const shape = { kind: "int32", channelCount, sampleCount } as const;
    const decoded = codecByName(codec).decode(payload, shape, parameterSet ?? undefined);
    deepStrictEqual(decoded, samples);
  });
}

/** Payloads, and each set once with its record's frame. */
function bytesOf(encoded: readonly EncodedPayload[]): number {
  const sets = new Set(encoded.flatMap(({ parameterSet }) => parameterSet ?? []));
  let bytes = 0;
  for (const { payload } of encoded) bytes += payload.byteLength;
  for (const set of sets) bytes += 16 + set.bytes.byteLength;
  return bytes;
}

function plainBytes(chunks: readonly TestChunk[], channelCount: number): number {
  let bytes = 0;
  for (const { samples, sampleCount } of chunks) {
    bytes += predictive.encode(samples, { kind: "int32", channelCount, sampleCount }).byteLength;
  }
  return bytes;
}

const MONTAGE = montageChunk(prng(27), { channelCount: 16, sampleCount: 40 * 256, amplitude: 500 });

Deno.test("createStreamEncoder() gives mixtures back exactly and smaller, live and ahead", () => {
  const chunks = cut(MONTAGE, 16, 256);
  const plain = plainBytes(chunks, 16);
  for (const [looksAhead, shareMax] of [[true, 0.95], [false, 0.98]] as const) {
    const encoded = encodeAll(chunks, 16, looksAhead);
    expectExact(chunks, encoded, 16);
    const share = bytesOf(encoded) / plain;
    ok(share < shareMax, `${share} of codec 1`);
  }
});

Deno.test("createStreamEncoder() gives equal bytes on every run", () => {
  const chunks = cut(MONTAGE, 16, 256).slice(0, 12);
  for (const looksAhead of [true, false]) {
    const [one, other] = [0, 1].map(() => encodeAll(chunks, 16, looksAhead));
    deepStrictEqual(one!.map(({ payload }) => payload), other!.map(({ payload }) => payload));
    deepStrictEqual(
      one!.map(({ parameterSet }) => parameterSet?.bytes),
      other!.map(({ parameterSet }) => parameterSet?.bytes),
    );
  }
});

Deno.test("createStreamEncoder() gives equal bytes with and without the kernel", () => {
  const chunks = cut(MONTAGE, 16, 256).slice(0, 9);
  for (const looksAhead of [true, false]) {
    const fast = encodeAll(chunks, 16, looksAhead);
    allowKernel(false);
    try {
      const plain = encodeAll(chunks, 16, looksAhead);
      deepStrictEqual(plain.map(({ payload }) => payload), fast.map(({ payload }) => payload));
    } finally {
      allowKernel(true);
    }
  }
});

Deno.test("createStreamEncoder() is never larger than codec 1 on what is beside EEG", () => {
  const { channelCount, samples } = oddChannels(prng(28), 30 * 200);
  const chunks = cut(samples, channelCount, 200);
  for (const looksAhead of [true, false]) {
    const encoded = encodeAll(chunks, channelCount, looksAhead);
    expectExact(chunks, encoded, channelCount);
    const plain = plainBytes(chunks, channelCount);
    ok(bytesOf(encoded) <= plain, `${bytesOf(encoded)} bytes, codec 1 takes ${plain}`);
  }
});

Deno.test("createStreamEncoder() takes chunks of every edge length in any order", () => {
  const chunks = [...EDGE_LENGTHS, ...[...EDGE_LENGTHS].reverse()].map((sampleCount) => ({
    samples: montageChunk(prng(sampleCount), { channelCount: 5, sampleCount, amplitude: 300 }),
    sampleCount,
  }));
  for (const looksAhead of [true, false]) {
    expectExact(chunks, encodeAll(chunks, 5, looksAhead), 5);
  }
});

Deno.test("createStreamEncoder() takes every integer signal, one channel and all together", () => {
  for (const signal of INTEGER_SIGNALS) {
    const chunks = cut(Int32Array.from(signal.make(700)), 1, 100);
    for (const looksAhead of [true, false]) {
      const encoded = encodeAll(chunks, 1, looksAhead);
      expectExact(chunks, encoded, 1);
    }
  }
  const all = new Int32Array(INTEGER_SIGNALS.length * 700);
  INTEGER_SIGNALS.forEach((signal, i) => all.set(signal.make(700), i * 700));
  const chunks = cut(all, INTEGER_SIGNALS.length, 100);
  for (const looksAhead of [true, false]) {
    expectExact(
      chunks,
      encodeAll(chunks, INTEGER_SIGNALS.length, looksAhead),
      INTEGER_SIGNALS.length,
    );
  }
});

Deno.test("createStreamEncoder() survives a stream that changes its nature", () => {
  const loud = cut(MONTAGE, 16, 256).slice(0, 10);
  const silent = loud.map(({ sampleCount }) => ({
    samples: new Int32Array(16 * sampleCount),
    sampleCount,
  }));
  const inverted = loud.map(({ samples, sampleCount }) => ({
    samples: samples.map((value, i) => (i & 1) === 0 ? -64 * value : 900_000 + value),
    sampleCount,
  }));
  const chunks = [...loud, ...silent, ...inverted, ...silent, ...loud];
  expectExact(chunks, encodeAll(chunks, 16, false), 16);
});

Deno.test("createStreamEncoder() codes floats as codec 1 does", () => {
  const encoder = createStreamEncoder({ channelCount: 1, kind: "binary64" });
  const samples = Float64Array.of(1.5, -0, 2.25);
  encoder.lookAhead(samples, 3);
  const { codec, parameterSet, payload } = encoder.encode(samples, 3);
  deepStrictEqual([codec, parameterSet], ["predictive", null]);
  const shape = { kind: "binary64", channelCount: 1, sampleCount: 3 } as const;
  deepStrictEqual(predictive.decode(payload, shape), samples);
});

Deno.test("chunks of one sample cost their samples: nothing is said of residuals that are not there", () => {
  const random = prng(77);
  const samples = Int32Array.from({ length: 4 * 60 }, () => 1000 + random.below(1000));
  const chunks = cut(samples, 4, 1);
  const encoded = encodeAll(chunks, 4, true);
  expectExact(chunks, encoded, 4);
  // Four Rice codes of 11 to 13 bits, two parameters, four starts of a bit, and a byte of head.
  for (const { payload } of encoded) ok(payload.byteLength <= 9, `${payload.byteLength}`);
});
