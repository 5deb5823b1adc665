/**
 * Hostile bytes against codec 2, its sets and its chunks.
 *
 * The safety property: for any bytes a decoder returns samples of its shape or throws a CoreError; it never
 * hangs, never allocates more than shape and input allow, and what comes out of a chunk is what went in.
 * A million cases more: `deno task fuzz`.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { BitReader, formatHex, parseHex } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { decodeChunk, parameterSetDigest } from "../chunk/mod.ts";
import { type CoreErrorTag, isCoreError } from "../error.ts";
import { damage, flipBits, properPrefixes, singleBitFlips } from "../testing/corrupt.ts";
import { countAllocatedBytes } from "../testing/count_allocations.ts";
import { BitText, zigzagOf } from "../testing/from_format/bits.ts";
import { type PlainSetContent, writeSetFromFormat } from "../testing/from_format/write_set.ts";
import { type FuzzBase, fuzzBases, runFuzzCase } from "../testing/fuzz_cases.ts";
import { sha256 } from "../testing/golden_chunks.ts";
import { prng } from "../testing/prng.ts";
import type { SampleShape } from "./codec.ts";
import { crossChannel } from "./cross_channel.ts";
import { allowKernel, getKernel } from "./kernel/instance.ts";
import { readParameterSet } from "./parameter_set.ts";

const BASES = fuzzBases(40);

/** The error at the end of the chain of causes, and its field where it has one. */
function rootOf(err: unknown): { tag: CoreErrorTag; field?: string } {
  if (!isCoreError(err)) throw err;
  if (isCoreError(err.cause)) return rootOf(err.cause);
  return isCoreError(err, "CorruptInputError") && err.field !== undefined
    ? { tag: err.tag, field: err.field }
    : { tag: err.tag };
}

/** Asserts what a reader throws in the end. */
function checkRefused(read: () => unknown, tag: CoreErrorTag, message = ""): void {
  throws(read, (err) => rootOf(err).tag === tag, message);
}

function decodeOf({ set }: FuzzBase, chunk: Uint8Array): Int32Array {
  const own = formatHex(parameterSetDigest(set.bytes, sha256));
  const parameterSet = (digest: Uint8Array) => formatHex(digest) === own ? set : undefined;
  return decodeChunk(chunk, { sha256, parameterSet }).samples as Int32Array;
}

/** A set of one channel and nothing in its model but what is told. */
function plainSet(change: Partial<PlainSetContent> = {}, version = 1): Uint8Array<ArrayBuffer> {
  const content: PlainSetContent = {
    channelCount: 2,
    fractionBits: 0,
    lags: 1,
    groupSize: 2,
    adaptation: 0,
    filters: [{ reflections: new Int16Array(0) }],
    channels: [0, 1].map((channel) => ({
      channel,
      filter: 0,
      rightShift: 0,
      lowBits: 0,
      scaleDefault: 10,
      rowShift: 0,
      coefficients: new Int16Array(2 + channel),
    })),
    ...change,
  };
  return writeSetFromFormat(content, version);
}

/** {@link plainSet} with its first channel changed. */
function withFirstChannel(change: Partial<PlainSetContent["channels"][number]>): Uint8Array {
  const [first, second] = [0, 1].map((channel) => ({
    channel,
    filter: 0,
    rightShift: 0,
    lowBits: 0,
    scaleDefault: 10,
    rowShift: 0,
    coefficients: new Int16Array(2 + channel),
  }));
  return plainSet({ channels: [{ ...first!, ...change }, second!] });
}

Deno.test("crossChannel decode() gives no samples for any proper prefix", () => {
  for (const { payload, shape, set } of BASES) {
    for (const prefix of properPrefixes(payload)) {
      throws(
        () => crossChannel.decode(prefix, shape, set),
        (err) => ["TruncatedInputError", "CorruptInputError"].includes(rootOf(err).tag),
        `prefix of ${prefix.byteLength} of ${payload.byteLength}`,
      );
    }
  }
});

Deno.test("crossChannel decode() gives no samples when a byte follows", () => {
  for (const { payload, shape, set } of BASES) {
    const longer = Uint8Array.of(...payload, 0);
    throws(() => crossChannel.decode(longer, shape, set), isCoreError);
  }
});

Deno.test("crossChannel decode() returns its shape or throws a CoreError, for any flipped bit", () => {
  for (const { payload, shape, set } of BASES) {
    for (const { damaged } of singleBitFlips(payload)) {
      try {
        const samples = crossChannel.decode(damaged, shape, set);
        strictEqual(samples.length, shape.channelCount * shape.sampleCount);
      } catch (err) {
        rootOf(err);
      }
    }
  }
});

Deno.test("decodeChunk() notices every flipped bit of a chunk of codec 2", () => {
  for (const base of BASES.slice(0, 12)) {
    for (const { damaged, bit } of singleBitFlips(base.chunk)) {
      throws(() => decodeOf(base, damaged), (err) => isCoreError(err), `bit ${bit}`);
    }
  }
});

Deno.test("decodeChunk() gives no other samples for any flipped bit under a right checksum", () => {
  let refused = 0;
  for (const base of BASES.slice(0, 12)) {
    const end = base.chunk.byteLength - 4;
    for (let bit = 0; bit < 8 * end; bit++) {
      const damaged = flipBits(base.chunk, [bit]);
      new DataView(damaged.buffer).setUint32(end, crc32c(damaged.subarray(0, end)), true);
      let samples: Int32Array | undefined;
      try {
        samples = decodeOf(base, damaged);
      } catch (err) {
        rootOf(err);
        refused++;
      }
      // Times and the like are covered by the chunk digest, and a copy may have two equal sources.
      if (samples !== undefined) deepStrictEqual(samples, base.samples);
    }
  }
  ok(refused > 5000, `${refused} refused`);
});

Deno.test("10,000 seeded mutations of payloads, sets, records and chunks find nothing", () => {
  for (let seed = 1; seed <= 10_000; seed++) {
    try {
      runFuzzCase(seed, BASES);
    } catch (cause) {
      throw new Error(`case ${seed}; replay it: deno task fuzz --seed ${seed} --count 1`, {
        cause,
      });
    }
  }
});

Deno.test("crossChannel decode() allocates by shape and input, whatever the payload says", () => {
  let worst = 0;
  for (const { payload, shape, set } of BASES) {
    for (const { damaged } of singleBitFlips(payload)) {
      const allocated = countAllocatedBytes(() => {
        try {
          crossChannel.decode(damaged, shape, set);
        } catch (err) {
          rootOf(err);
        }
      });
      const samples = shape.channelCount * shape.sampleCount;
      worst = Math.max(worst, allocated - 64 * samples - 16 * damaged.byteLength);
    }
  }
  ok(worst < 8192, `${worst} bytes beyond 64 a sample and 16 a byte of payload`);
});

Deno.test("the kernel's memory stays what small chunks need, whatever they say", () => {
  allowKernel(true);
  const random = prng(7);
  for (let round = 0; round < 3000; round++) {
    const { payload, shape, set } = random.pick(BASES);
    try {
      crossChannel.decode(damage(payload, random), shape, set);
    } catch (err) {
      rootOf(err);
    }
  }
  const { byteLength } = getKernel()!.call.memory.buffer;
  ok(byteLength < 4 * 2 ** 20, `${byteLength} bytes of WebAssembly memory`);
});

Deno.test("readParameterSet() allocates by input, whatever the set says", () => {
  let worst = 0;
  for (const { set } of BASES.slice(0, 6)) {
    for (const { damaged } of singleBitFlips(set.bytes)) {
      const allocated = countAllocatedBytes(() => {
        try {
          readParameterSet(damaged);
        } catch (err) {
          rootOf(err);
        }
      });
      worst = Math.max(worst, allocated - 32 * damaged.byteLength);
    }
  }
  // Eight filters of order 32 have predictors of every order, each tried under up to 15 shifts.
  ok(worst < 8 * (32 * 33 / 2) * (8 + 15 * 2), `${worst} bytes beyond 32 a byte of set`);
});

Deno.test("decoders read each bit a bounded number of times", () => {
  const { bits } = BitReader.prototype;
  let reads = 0;
  BitReader.prototype.bits = function (width) {
    reads++;
    return bits.call(this, width);
  };
  try {
    for (const { payload, shape, set } of BASES) {
      const symbols = shape.channelCount * shape.sampleCount;
      for (const { damaged } of singleBitFlips(payload)) {
        reads = 0;
        try {
          crossChannel.decode(damaged, shape, set);
        } catch (err) {
          rootOf(err);
        }
        const limit = 4 * symbols + 8 * damaged.byteLength + 64;
        ok(reads <= limit, `${reads} reads, limit is ${limit}`);
      }
    }
  } finally {
    BitReader.prototype.bits = bits;
  }
});

Deno.test("decodeChunk() refuses declared sizes up to 2^32 before it allocates", () => {
  const base = BASES[0]!;
  for (const offset of [24, 28]) {
    for (const value of [0xffffffff, 0xfffffffe, 0x80000000, 0x7fffffff, 0x10000000]) {
      const chunk = base.chunk.slice();
      const view = new DataView(chunk.buffer);
      view.setUint32(offset, value, true);
      view.setUint32(chunk.byteLength - 4, crc32c(chunk.subarray(0, -4)), true);
      const allocated = countAllocatedBytes(() => throws(() => decodeOf(base, chunk), isCoreError));
      ok(allocated < 4096, `${allocated} bytes for ${value} at offset ${offset}`);
    }
  }
});

Deno.test("readParameterSet() refuses what FORMAT.md calls corruption, limit by limit", () => {
  readParameterSet(plainSet());
  const reflections = (...values: number[]) => [{ reflections: Int16Array.from(values) }];
  const corrupt: readonly (readonly [string, Uint8Array])[] = [
    ["no channel", plainSet({ channelCount: 0, channels: [] })],
    ["no channel in the model", plainSet({ channels: [] })],
    ["fraction bits 5", plainSet({ fractionBits: 5 })],
    ["fraction bits 7", plainSet({ fractionBits: 7 })],
    ["no lags", plainSet({ lags: 0 })],
    ["lags 5", plainSet({ lags: 5 })],
    ["group of none", plainSet({ groupSize: 0 })],
    ["group of 513", plainSet({ groupSize: 513 })],
    ["group of 1023", plainSet({ groupSize: 1023 })],
    ["four lags of 129", plainSet({ lags: 4, groupSize: 129 })],
    ["filter order 33", plainSet({ filters: [{ reflections: new Int16Array(33) }] })],
    ["filter order 63", plainSet({ filters: [{ reflections: new Int16Array(63) }] })],
    ["reflection -32768", plainSet({ filters: reflections(-32768) })],
    ["coefficients that overflow", plainSet({ filters: reflections(...Array(32).fill(-32767)) })],
    [
      "coefficients that overflow, alternating",
      plainSet({
        filters: reflections(...Array.from({ length: 32 }, (_, i) => i % 2 ? 32767 : -32767)),
      }),
    ],
    ["right shift 13", withFirstChannel({ rightShift: 13 })],
    ["right shift 15", withFirstChannel({ rightShift: 15 })],
    ["scale 96", withFirstChannel({ scaleDefault: 96 })],
    ["scale 127", withFirstChannel({ scaleDefault: 127 })],
    ["a byte behind the end", Uint8Array.of(...plainSet(), 0)],
  ];
  for (const [name, bytes] of corrupt) {
    checkRefused(() => readParameterSet(bytes), "CorruptInputError", name);
  }
  checkRefused(() => readParameterSet(plainSet({}, 2)), "UnsupportedError");
  checkRefused(() => readParameterSet(plainSet({}, 0)), "UnsupportedError");
  checkRefused(() => readParameterSet(new Uint8Array(65_537)), "LimitExceededError");
});

Deno.test("readParameterSet() refuses coefficients beyond 16 bits and escapes that need none", () => {
  const row = (k: number, code: (text: BitText) => BitText) =>
    Uint8Array.from(
      code(
        new BitText().put(1, 8).put(1, 16).put(0, 3).put(1, 3).put(1, 10).put(0, 4).put(0, 3)
          .put(0, 6).put(1, 1).put(0, 4).put(0, 4).put(10, 7).put(0, 4).put(k, 4),
      ).bytes(),
    );
  const z = (value: bigint) => zigzagOf(value);
  readParameterSet(row(15, (text) => text.code(z(32767n), 15)));
  readParameterSet(row(15, (text) => text.code(z(-32768n), 15)));
  const refused = [
    row(15, (text) => text.code(z(32768n), 15)),
    row(15, (text) => text.code(z(-32769n), 15)),
    row(0, (text) => text.put(0, 24).put(0xffffffff, 32)),
    row(0, (text) => text.put(0, 24).put(65_536, 32)),
    row(0, (text) => text.put(0, 24).put(23, 32)),
    row(4, (text) => text.put(0, 24).put(24 * 16 - 1, 32)),
  ];
  for (const bytes of refused) checkRefused(() => readParameterSet(bytes), "CorruptInputError");
  readParameterSet(row(0, (text) => text.put(0, 24).put(24, 32)));
});

/** Two channels, N = 3, both in the model: a payload written field by field. */
const SHAPE: SampleShape = { kind: "int32", channelCount: 2, sampleCount: 3 };
const SET = readParameterSet(plainSet());

function payloadOf(parts: {
  head?: (text: BitText) => BitText;
  rest?: readonly number[];
  body?: (text: BitText) => BitText;
  /** In the order in which they are read. */
  words?: readonly number[];
}): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...(parts.head ?? ((text) => text.put(1, 1)))(new BitText()).bytes(),
    ...parts.rest ?? [],
    ...(parts.body ?? ((text) => text))(new BitText()).bytes(),
    ...[...parts.words ?? []].reverse().flatMap((word) => [word & 255, word >> 8]),
  ]);
}

/** Bases 0 and 0, scales as the set says. */
const BODY = (text: BitText) => text.put(0, 5).put(3, 2).put(0, 3).put(3, 2);

function checkPayload(
  tag: CoreErrorTag,
  parts: Parameters<typeof payloadOf>[0],
  message: string,
): void {
  checkRefused(() => crossChannel.decode(payloadOf(parts), SHAPE, SET), tag, message);
}

/** The set and the payload that FORMAT.md works out. */
const EXAMPLE = {
  set: readParameterSet(parseHex("0100022402800b000400a400a209685304")),
  payload: parseHex("803b233d11400327b30d0a00"),
  samples: Int32Array.of(100, 108, 113, 110, -40, -35, -34, -37),
  shape: { kind: "int32", channelCount: 2, sampleCount: 4 },
} as const;

Deno.test("crossChannel encode() and decode() agree with the example that FORMAT.md works out", () => {
  const { set, payload, samples, shape } = EXAMPLE;
  deepStrictEqual(crossChannel.decode(payload, shape, set), samples);
  deepStrictEqual(crossChannel.encode(samples, shape, set), payload);
});

Deno.test("crossChannel decode() refuses a gap between body and words, and words inside the body", () => {
  const { set, payload, shape } = EXAMPLE;
  for (const gap of [[0], [0, 0], [1]]) {
    const longer = Uint8Array.of(...payload.subarray(0, 6), ...gap, ...payload.subarray(6));
    checkRefused(() => crossChannel.decode(longer, shape, set), "CorruptInputError", `${gap}`);
  }
  for (const end of [4, 5]) {
    const shorter = Uint8Array.of(...payload.subarray(0, end), ...payload.subarray(6));
    checkRefused(() => crossChannel.decode(shorter, shape, set), "CorruptInputError", `${end}`);
  }
});

Deno.test("crossChannel decode() refuses heads that contradict themselves", () => {
  const rest = [0x04]; // no predictors, both lanes would follow
  checkPayload("TruncatedInputError", { head: (text) => text.put(0, 1).put(0, 2) }, "short head");
  checkPayload(
    "CorruptInputError",
    { head: (text) => text.put(0, 3).put(1, 1).put(0, 1) },
    "channel 0 as a copy of itself",
  );
  checkPayload(
    "CorruptInputError",
    { head: (text) => text.put(0b010, 3).put(1, 1).put(1, 1) },
    "channel 1 as a copy of itself",
  );
  checkPayload(
    "TruncatedInputError",
    { head: (text) => text.put(0, 3).put(0, 2).put(0xffffffff, 32), rest },
    "rest of 2^32 - 1 bytes",
  );
  checkPayload(
    "CorruptInputError",
    { head: (text) => text.put(0, 3).put(0, 2).put(0, 27).put(1, 5).put(1, 1), rest },
    "padding of the head",
  );
  checkPayload(
    "TruncatedInputError",
    { head: (text) => text.put(0, 3).put(0, 2).put(1, 32), rest },
    "rest shorter than its lanes",
  );
});

Deno.test("crossChannel decode() refuses bodies, scales, states and words out of range", () => {
  const state = [1, 0];
  checkPayload("CorruptInputError", { body: (text) => text.put(28, 5) }, "k of the bases");
  checkPayload("CorruptInputError", { body: (text) => text.put(31, 5) }, "k of the bases");
  const scale = (step: bigint) => (text: BitText) =>
    text.put(0, 5).put(3, 2).put(7, 3).code(zigzagOf(step), 7).code(0, 7);
  checkPayload("CorruptInputError", { body: scale(-11n), words: state }, "scale below 0");
  checkPayload("CorruptInputError", { body: scale(86n), words: state }, "scale above 95");
  checkPayload("CorruptInputError", { body: scale(-(2n ** 31n)), words: state }, "scale far below");
  checkPayload(
    "CorruptInputError",
    { body: scale(2n ** 31n - 1n), words: state },
    "scale far above",
  );
  checkPayload("TruncatedInputError", { body: BODY }, "no state");
  checkPayload("CorruptInputError", { body: BODY, words: [0, 0xffff] }, "state below 65536");
  // The next word would be taken out of the body, and is noticed at the latest when they meet.
  checkPayload("CorruptInputError", { body: BODY, words: [1, 0] }, "no word to go on with");
});

Deno.test("crossChannel decode() refuses floats, other channel counts and payloads beyond the bound", () => {
  const { payload, shape, set } = BASES[0]!;
  const decode = (change: Partial<SampleShape>) => () =>
    crossChannel.decode(payload, { ...shape, ...change }, set);
  checkRefused(decode({ kind: "binary32" }), "CorruptInputError");
  checkRefused(decode({ kind: "binary64" }), "CorruptInputError");
  checkRefused(decode({ channelCount: shape.channelCount + 1 }), "CorruptInputError");
  const { channelCount, sampleCount } = shape;
  const long = new Uint8Array(4 * channelCount * sampleCount + 16 + 8 * channelCount + 1);
  checkRefused(() => crossChannel.decode(long, shape, set), "CorruptInputError");
});

Deno.test("decodeChunk() names the set that is not there, whatever the payload is", () => {
  for (const { chunk, set } of BASES) {
    throws(
      () => decodeChunk(chunk, { sha256 }),
      (err) =>
        isCoreError(err, "MissingParameterSetError") &&
        formatHex(err.digest) === formatHex(parameterSetDigest(set.bytes, sha256)),
    );
  }
});

Deno.test("decodeChunk() under another set gives an error, never other samples", () => {
  let refused = 0;
  for (const { chunk, shape } of BASES) {
    for (const other of BASES) {
      if (other.set.channelCount !== shape.channelCount || other.chunk === chunk) continue;
      try {
        decodeChunk(chunk, { sha256, parameterSet: () => other.set });
      } catch (err) {
        rootOf(err);
        refused++;
      }
    }
  }
  ok(refused > 100, `${refused} refused`);
});
