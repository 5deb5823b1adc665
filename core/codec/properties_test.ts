/**
 * Properties of the whole codec: whatever goes in comes out, through a stream's encoder and through
 * codec 2 under sets that fit nothing.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { littleEndianBytes } from "../bytes/mod.ts";
import { decodeChunk } from "../chunk/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { isCoreError } from "../error.ts";
import { codecDigests } from "../testing/codec_in_browser.ts";
import { testCodec } from "../testing/codec_conformance.ts";
import {
  giveLowBits,
  randomSetContent,
  writeSetFromFormat,
} from "../testing/from_format/write_set.ts";
import { fuzzBases } from "../testing/fuzz_cases.ts";
import { sha256 } from "../testing/golden_chunks.ts";
import { type Prng, prng } from "../testing/prng.ts";
import {
  eegChunk,
  eegLike,
  INTEGER_SIGNALS,
  montageChunk,
  oddChannels,
} from "../testing/signals.ts";
import { type EncodedPayload, payloadBytesMax, type SampleShape } from "./codec.ts";
import { crossChannel } from "./cross_channel.ts";
import { allowKernel, getKernel } from "./kernel/instance.ts";
import { type ParameterSet, readParameterSet } from "./parameter_set.ts";
import { predictive } from "./predictive.ts";
import { codecByName } from "./registry.ts";
import { createStreamEncoder } from "./stream_encoder.ts";

testCodec(crossChannel, {
  setFor: (channelCount) => randomSet(prng(channelCount), channelCount),
});

function shapeOf(channelCount: number, sampleCount: number): SampleShape {
  return { kind: "int32", channelCount, sampleCount };
}

function randomSet(random: Prng, channelCount: number): ParameterSet {
  for (;;) {
    const bytes = writeSetFromFormat(randomSetContent(random, channelCount));
    if (bytes.byteLength <= 65_536) return readParameterSet(bytes);
  }
}

function checkCrossChannel(samples: Int32Array, shape: SampleShape, set: ParameterSet): number {
  const payload = crossChannel.encode(samples, shape, set);
  ok(payload.byteLength <= payloadBytesMax(shape), "within the bound of its shape");
  deepStrictEqual(crossChannel.decode(payload, shape, set), samples);
  return payload.byteLength;
}

/** Decodes what a stream's encoder gave, with a set that has travelled. */
function decodeEncoded({ codec, payload, parameterSet }: EncodedPayload, shape: SampleShape) {
  const set = parameterSet === null ? undefined : readParameterSet(parameterSet.bytes);
  strictEqual(set !== undefined, codec === "cross-channel");
  return codecByName(codec).decode(payload, shape, set);
}

/** What a stream took: payloads, and each set once with its record's frame. */
interface StreamSize {
  readonly payloadBytes: number;
  readonly setBytes: number;
  readonly largestSetBytes: number;
  readonly setCount: number;
}

/** Encodes a stream chunk after chunk, live or after a look ahead, and checks each round trip. */
function checkStream(
  chunks: readonly Int32Array[],
  channelCount: number,
  looksAhead = false,
): StreamSize {
  const encoder = createStreamEncoder({ channelCount, kind: "int32" });
  if (looksAhead) {
    for (const samples of chunks) encoder.lookAhead(samples, samples.length / channelCount);
  }
  const sets = new Map<string, number>();
  let payloadBytes = 0;
  for (const samples of chunks) {
    const shape = shapeOf(channelCount, samples.length / channelCount);
    const before = samples.slice();
    const encoded = encoder.encode(samples, shape.sampleCount);
    deepStrictEqual(samples, before, "an encoder leaves its input alone");
    deepStrictEqual(decodeEncoded(encoded, shape), samples);
    ok(encoded.payload.byteLength <= payloadBytesMax(shape), "within the bound of its shape");
    payloadBytes += encoded.payload.byteLength;
    if (encoded.parameterSet !== null) {
      const { bytes } = encoded.parameterSet;
      ok(bytes.byteLength <= 65_536, "a set of at most 65,536 bytes");
      sets.set(bytes.join(), bytes.byteLength + 16);
    }
  }
  const setBytes = [...sets.values()].reduce((sum, byteLength) => sum + byteLength, 0);
  const largestSetBytes = Math.max(0, ...sets.values());
  return { payloadBytes, setBytes, largestSetBytes, setCount: sets.size };
}

/** Cuts channels into chunks of `sampleCount`, the last one maybe shorter. */
function cut(samples: Int32Array, channelCount: number, sampleCount: number): Int32Array[] {
  const length = samples.length / channelCount;
  const chunks: Int32Array[] = [];
  for (let start = 0; start < length; start += sampleCount) {
    const count = Math.min(sampleCount, length - start);
    const chunk = new Int32Array(channelCount * count);
    for (let channel = 0; channel < channelCount; channel++) {
      const from = channel * length + start;
      chunk.set(samples.subarray(from, from + count), channel * count);
    }
    chunks.push(chunk);
  }
  return chunks;
}

Deno.test("codec 2 gives back every length from 1 to 1000 under random sets", () => {
  const random = prng(1000);
  for (let sampleCount = 1; sampleCount <= 1000; sampleCount++) {
    const channelCount = 1 + sampleCount % 3;
    const amplitude = 2 ** random.below(16);
    const samples = eegChunk(random, { channelCount, sampleCount, amplitude });
    const set = randomSet(random, channelCount);
    giveLowBits(samples, sampleCount, set.channels, random);
    checkCrossChannel(samples, shapeOf(channelCount, sampleCount), set);
  }
});

Deno.test("a stream's encoder gives back every length from 1 to 1000, live and having looked ahead", () => {
  for (const looksAhead of [false, true]) {
    const random = prng(1001);
    const chunks = Array.from(
      { length: 1000 },
      (_, i) =>
        montageChunk(random, { channelCount: 4, sampleCount: 1 + (i * 617) % 1000, amplitude: 50 }),
    );
    checkStream(chunks, 4, looksAhead);
  }
});

Deno.test("a chunk of no samples is a bug to encode and corruption to read", () => {
  const set = randomSet(prng(0), 1);
  const none = new Int32Array(0);
  throws(() => crossChannel.encode(none, shapeOf(1, 0), set), { name: "AssertionError" });
  const encoder = createStreamEncoder({ channelCount: 1, kind: "int32" });
  throws(() => encoder.encode(none, 0), { name: "AssertionError" });
  const [base] = fuzzBases(1);
  for (const offset of [10, 24]) {
    const chunk = base!.chunk.slice();
    const view = new DataView(chunk.buffer);
    if (offset === 10) view.setUint16(offset, 0, true);
    else view.setUint32(offset, 0, true);
    view.setUint32(chunk.byteLength - 4, crc32c(chunk.subarray(0, -4)), true);
    const parameterSet = () => base!.set;
    throws(
      () => decodeChunk(chunk, { sha256, parameterSet }),
      (err) => isCoreError(err, "CorruptInputError"),
    );
  }
});

Deno.test("codec 2 gives back every shape of signal next to every other, under random sets", () => {
  const random = prng(1002);
  for (const signal of INTEGER_SIGNALS) {
    for (const other of INTEGER_SIGNALS) {
      const sampleCount = random.pick([1, 2, 33, 100]);
      const samples = new Int32Array(3 * sampleCount);
      samples.set(signal.make(sampleCount), 0);
      samples.set(other.make(sampleCount), sampleCount);
      samples.set(signal.make(sampleCount), 2 * sampleCount);
      checkCrossChannel(samples, shapeOf(3, sampleCount), randomSet(random, 3));
    }
  }
});

Deno.test("a stream's encoder gives back duplicated, inverted, railed, constant and trigger channels", () => {
  for (const looksAhead of [false, true]) {
    const random = prng(1003);
    const { channelCount, samples } = oddChannels(random, 12 * 256);
    checkStream(cut(samples, channelCount, 256), channelCount, looksAhead);
  }
});

Deno.test("a stream's encoder gives back channels that change their nature in the middle", () => {
  const random = prng(1004);
  const channelCount = 6;
  const chunks = Array.from({ length: 60 }, (_, second) => {
    const samples = montageChunk(random, { channelCount, sampleCount: 128, amplitude: 40 });
    const lane = (channel: number) => samples.subarray(channel * 128, (channel + 1) * 128);
    if (second >= 20) lane(1).fill(32767);
    if (second >= 25 && second < 40) lane(2).set(lane(3));
    if (second >= 30) lane(4).set(eegLike(random, { length: 128, amplitude: 1e6, offset: 1e9 }));
    if (second === 45) samples.set(Int32Array.from(samples, () => random.u32() | 0));
    return samples;
  });
  for (const looksAhead of [false, true]) checkStream(chunks, channelCount, looksAhead);
});

Deno.test("a stream's encoder gives back 8- to 32-bit ranges: noise, EEG and full scale", () => {
  for (let width = 8; width <= 32; width++) {
    const random = prng(width);
    const samples = new Int32Array(4 * 600);
    const amplitude = 2 ** (width - 4);
    samples.set(montageChunk(random, { channelCount: 2, sampleCount: 600, amplitude }));
    for (let i = 0; i < 600; i++) {
      samples[1200 + i] = (random.u32() << (32 - width)) >> (32 - width);
      samples[1800 + i] = i % 2 === 0 ? -(2 ** (width - 1)) : 2 ** (width - 1) - 1;
    }
    for (const looksAhead of [false, true]) checkStream(cut(samples, 4, 100), 4, looksAhead);
  }
});

Deno.test("a stream's encoder gives back 1 to 512 channels", () => {
  const random = prng(1005);
  for (const channelCount of [1, 2, 3, 5, 8, 13, 23, 32, 64, 65, 128, 139, 256, 512]) {
    const sampleCount = channelCount > 64 ? 96 : 300;
    const samples = montageChunk(random, { channelCount, sampleCount, amplitude: 80 });
    checkStream(cut(samples, channelCount, 32), channelCount);
  }
});

Deno.test("codec 2 gives back 1 to 512 channels under random sets", () => {
  const random = prng(1006);
  for (const channelCount of [1, 2, 3, 31, 64, 65, 128, 129, 255, 256, 257, 511, 512]) {
    const samples = montageChunk(random, { channelCount, sampleCount: 9, amplitude: 80 });
    checkCrossChannel(samples, shapeOf(channelCount, 9), randomSet(random, channelCount));
  }
});

Deno.test("codec 2 gives back any samples of any shape under any set", () => {
  const anyInt32 = fc.oneof(
    fc.integer({ min: -0x80000000, max: 0x7fffffff }),
    fc.integer({ min: -100, max: 100 }),
    fc.constantFrom(-0x80000000, 0x7fffffff, -32768, 32767, 32768, -32769, 2 ** 27 - 1, -(2 ** 27)),
  );
  const anyChunk = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }))
    .chain(([channelCount, sampleCount]) =>
      fc.record({
        channelCount: fc.constant(channelCount),
        sampleCount: fc.constant(sampleCount),
        values: fc.array(anyInt32, {
          minLength: channelCount * sampleCount,
          maxLength: channelCount * sampleCount,
          size: "max",
        }),
        seed: fc.integer(),
      })
    );
  fc.assert(
    fc.property(anyChunk, ({ channelCount, sampleCount, values, seed }) => {
      const set = randomSet(prng(seed), channelCount);
      checkCrossChannel(Int32Array.from(values), shapeOf(channelCount, sampleCount), set);
    }),
    { numRuns: 400, seed: 3 },
  );
});

Deno.test("a stream's encoder is its input's alone: two runs give the same bytes and the same sets", () => {
  const random = prng(1007);
  const samples = montageChunk(random, { channelCount: 8, sampleCount: 4000, amplitude: 60 });
  const run = (looksAhead: boolean) => {
    const encoder = createStreamEncoder({ channelCount: 8, kind: "int32" });
    const chunks = cut(samples, 8, 200);
    if (looksAhead) { for (const chunk of chunks) encoder.lookAhead(chunk, chunk.length / 8); }
    return chunks.map((chunk) => {
      const { codec, payload, parameterSet } = encoder.encode(chunk, chunk.length / 8);
      return { codec, payload, set: parameterSet?.bytes };
    });
  };
  deepStrictEqual(run(false), run(false));
  deepStrictEqual(run(true), run(true));
});

Deno.test("codec 2 is its input's alone: equal samples under an equal set give equal bytes", () => {
  for (const { samples, shape, set } of fuzzBases(20)) {
    const again = readParameterSet(set.bytes);
    const first = crossChannel.encode(samples, shape, set);
    deepStrictEqual(crossChannel.encode(samples.slice(), shape, again), first);
  }
});

Deno.test("a stream's encoder gives back floats, by codec 1", () => {
  const random = prng(1008);
  for (const kind of ["binary32", "binary64"] as const) {
    const encoder = createStreamEncoder({ channelCount: 3, kind });
    for (let chunk = 0; chunk < 20; chunk++) {
      const integers = montageChunk(random, { channelCount: 3, sampleCount: 100, amplitude: 900 });
      const samples = kind === "binary32"
        ? Float32Array.from(integers, (value) => value / 100)
        : Float64Array.from(integers, (value) => value / 100);
      const encoded = encoder.encode(samples, 100);
      strictEqual(encoded.parameterSet, null);
      const decoded = decodeEncoded(encoded, { kind, channelCount: 3, sampleCount: 100 });
      deepStrictEqual(littleEndianBytes(decoded), littleEndianBytes(samples));
    }
  }
});

/** Bytes of codec 1 alone for the same chunks. */
function predictiveBytes(chunks: readonly Int32Array[], channelCount: number): number {
  return chunks.reduce((sum, samples) => {
    const shape = shapeOf(channelCount, samples.length / channelCount);
    return sum + predictive.encode(samples, shape).byteLength;
  }, 0);
}

Deno.test("a stream is no larger than by codec 1, its sets counted, but for one that a live encoder bought too early", () => {
  const random = prng(1009);
  const { channelCount, samples } = oddChannels(random, 20 * 256);
  const streams: { name: string; channelCount: number; chunks: Int32Array[] }[] = [
    { name: "odd channels", channelCount, chunks: cut(samples, channelCount, 256) },
    {
      name: "a montage",
      channelCount: 23,
      chunks: cut(
        montageChunk(random, { channelCount: 23, sampleCount: 7680, amplitude: 40 }),
        23,
        256,
      ),
    },
    {
      name: "channels with nothing in common",
      channelCount: 5,
      chunks: Array.from(
        { length: 60 },
        () => Int32Array.from({ length: 500 }, () => (random.below(2001) - 1000)),
      ),
    },
    {
      name: "full-scale noise",
      channelCount: 4,
      chunks: Array.from(
        { length: 30 },
        () => Int32Array.from({ length: 400 }, () => random.u32() | 0),
      ),
    },
    {
      name: "one short chunk",
      channelCount: 23,
      chunks: [montageChunk(random, { channelCount: 23, sampleCount: 3, amplitude: 40 })],
    },
    ...INTEGER_SIGNALS.map(({ name, make }) => ({
      name,
      channelCount: 2,
      chunks: Array.from({ length: 20 }, () => Int32Array.of(...make(100), ...make(100))),
    })),
  ];
  for (const { name, channelCount, chunks } of streams) {
    const byCodec1 = predictiveBytes(chunks, channelCount);
    for (const looksAhead of [false, true]) {
      const size = checkStream(chunks, channelCount, looksAhead);
      const total = size.payloadBytes + size.setBytes;
      const limit = byCodec1 + (looksAhead ? 0 : size.largestSetBytes);
      ok(total <= limit, `${name}${looksAhead ? " ahead" : ""}: ${total} bytes, at most ${limit}`);
    }
  }
});

Deno.test("the reference and the kernel make the same streams, sets and samples", () => {
  const withKernel = codecDigests(sha256);
  ok(getKernel() !== undefined, "there is WebAssembly here");
  allowKernel(false);
  try {
    deepStrictEqual(codecDigests(sha256), withKernel);
  } finally {
    allowKernel(true);
  }
});
