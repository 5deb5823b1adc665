/**
 * Damaged payloads, sets and records through both readers: what the product takes, the reader written
 * from FORMAT.md must take and read the same; what the product refuses, that one must refuse.
 *
 * Each direction finds another kind of mistake: a product that takes too much lets two encodings of one
 * thing or a memory hazard in; one that refuses too much loses recordings that another device wrote.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ByteWriter, formatHex } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import {
  type Codec,
  crossChannel,
  type ParameterSet,
  predictive,
  readParameterSet,
  type Samples,
  type SampleShape,
  writeParameterSet,
} from "../codec/mod.ts";
import { isCoreError } from "../error.ts";
import { mutate, properPrefixes, singleBitFlips } from "../testing/corrupt.ts";
import {
  decodeFromFormat,
  type PlainSets,
  setDigestFromFormat,
  setFromRecord,
} from "../testing/decode_from_format.ts";
import { PlainRefusal } from "../testing/from_format/bits.ts";
import { encodeFromFormat } from "../testing/from_format/encode.ts";
import { readSetFromFormat } from "../testing/from_format/parameter_set.ts";
import {
  giveLowBits,
  randomSetContent,
  writeSetFromFormat,
} from "../testing/from_format/write_set.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import { prng } from "../testing/prng.ts";
import { eegChunk } from "../testing/signals.ts";
import { writeChunkHeader } from "./chunk_header.ts";
import {
  decodeParameterSetRecord,
  encodeParameterSetRecord,
  parameterSetDigest,
} from "./parameter_set_record.ts";

interface Coded {
  readonly payload: Uint8Array;
  readonly shape: SampleShape;
  /** For codec 2. */
  readonly set?: ParameterSet;
}

/** A chunk around any payload, its checksum right and its sample digest meaningless. */
function wrap({ payload, shape, set }: Coded): Uint8Array {
  const writer = new ByteWriter(payload.byteLength + 164);
  writeChunkHeader(writer, {
    ...GOLDEN_CHUNKS[0]!.input,
    ...shape,
    codec: set === undefined ? "predictive" : "cross-channel",
    signed: false,
    payloadByteLength: payload.byteLength,
    sampleDigest: new Uint8Array(32),
    parameterSetDigest: set === undefined ? null : parameterSetDigest(set.bytes, sha256),
  });
  writer.bytes(payload);
  return writer.u32(crc32c(writer.finish())).finish();
}

function bitsOf(samples: Samples): bigint[] {
  return samples instanceof Float64Array
    ? [...new BigUint64Array(samples.buffer)]
    : [...new Uint32Array(samples.buffer)].map(BigInt);
}

/** What a product's reader gives; undefined where it refuses. */
function taken<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (err) {
    if (!isCoreError(err)) throw err;
    return undefined;
  }
}

/** The same of a reader written from FORMAT.md. */
function takenPlainly<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (err) {
    if (!(err instanceof PlainRefusal)) throw err;
    return undefined;
  }
}

/** Returns whether both took the payload. */
function checkAgreement(coded: Coded): boolean {
  const codec: Codec = coded.set === undefined ? predictive : crossChannel;
  const samples = taken(() => codec.decode(coded.payload, coded.shape, coded.set));
  const sets: PlainSets = () => coded.set?.bytes;
  const plain = takenPlainly(() => decodeFromFormat(wrap(coded), sets).sampleBits);
  deepStrictEqual(plain, samples && bitsOf(samples), formatHex(coded.payload));
  return samples !== undefined;
}

/** Small payloads of codec 1 of every kind. */
const PREDICTIVE: readonly Coded[] = GOLDEN_CHUNKS
  .filter(({ input }) => input.codec === "predictive")
  .map(({ input }) => {
    const channelCount = Math.min(input.channelCount, 3);
    const sampleCount = Math.min(input.sampleCount, 24);
    const samples = input.samples.slice(0, channelCount * sampleCount);
    const shape: SampleShape = { kind: input.kind, channelCount, sampleCount };
    return { payload: predictive.encode(samples, shape), shape };
  });

/** Small payloads of codec 2 under random sets, by the product's encoder and by the other one. */
function crossChannelPayloads(count: number, seed: number): Coded[] {
  const random = prng(seed);
  return Array.from({ length: count }, (_, i) => {
    const channelCount = 1 + random.below(5);
    const sampleCount = random.pick([1, 2, 5, 1 + random.below(30)]);
    const shape: SampleShape = { kind: "int32", channelCount, sampleCount };
    const set = readParameterSet(writeSetFromFormat(randomSetContent(random, channelCount)));
    const samples = eegChunk(random, { ...shape, amplitude: 2 ** random.below(20) });
    giveLowBits(samples, sampleCount, set.channels, random);
    if (channelCount > 2 && random.below(2) === 0) {
      samples.copyWithin(2 * sampleCount, 0, sampleCount);
    }
    const payload = i % 2 === 0
      ? crossChannel.encode(samples, shape, set)
      : encodeFromFormat(samples, shape, set.bytes, random, { leaveOut: 3, escape: 10 });
    return { payload, shape, set };
  });
}

Deno.test("both decoders agree on every payload of codec 1 with one flipped bit", () => {
  let count = 0;
  for (const { payload, shape } of PREDICTIVE) {
    for (const { damaged } of singleBitFlips(payload)) {
      if (checkAgreement({ payload: damaged, shape })) count++;
    }
  }
  ok(count > 1000, `${count} payloads taken`);
});

Deno.test("both decoders agree on mutated payloads of codec 1", () => {
  const random = prng(97);
  let count = 0;
  for (let round = 0; round < 4000; round++) {
    const { payload, shape } = random.pick(PREDICTIVE);
    const kind = random.pick(["int32", "binary32", "binary64", shape.kind] as const);
    const sampleCount = random.pick([shape.sampleCount, 1 + random.below(30)]);
    const damaged = { payload: mutate(payload, random), shape: { ...shape, kind, sampleCount } };
    if (checkAgreement(damaged)) count++;
  }
  ok(count > 20, `${count} payloads taken`);
});

Deno.test("both decoders agree on payloads of codec 2 that either encoder wrote", () => {
  for (const coded of crossChannelPayloads(300, 1)) ok(checkAgreement(coded));
});

Deno.test("both decoders agree on every payload of codec 2 with one flipped bit, and every prefix", () => {
  let count = 0;
  for (const coded of crossChannelPayloads(24, 2)) {
    for (const { damaged } of singleBitFlips(coded.payload)) {
      if (checkAgreement({ ...coded, payload: damaged })) count++;
    }
    for (const prefix of properPrefixes(coded.payload)) {
      strictEqual(checkAgreement({ ...coded, payload: prefix }), false, "a prefix is no payload");
    }
  }
  ok(count > 50, `${count} payloads taken`);
});

Deno.test("both decoders agree on mutated payloads of codec 2, under their own set or another", () => {
  const random = prng(98);
  const payloads = crossChannelPayloads(60, 3);
  let count = 0;
  for (let round = 0; round < 3000; round++) {
    const { payload, shape, set } = random.pick(payloads);
    const other = random.below(3) === 0 ? random.pick(payloads).set! : set!;
    const kind = random.below(20) === 0 ? "binary32" : "int32";
    const sampleCount = random.pick([shape.sampleCount, 1 + random.below(30)]);
    const damaged = random.below(4) === 0 ? payload : mutate(payload, random);
    if (checkAgreement({ payload: damaged, shape: { ...shape, kind, sampleCount }, set: other })) {
      count++;
    }
  }
  ok(count > 100, `${count} payloads taken`);
});

Deno.test("both writers give a parameter set the same bytes", () => {
  const random = prng(99);
  for (let round = 0; round < 200; round++) {
    const content = randomSetContent(random, 1 + random.below(20));
    content.channels.forEach((channel) => delete channel.k);
    deepStrictEqual(writeParameterSet(content).bytes, writeSetFromFormat(content));
  }
});

Deno.test("both readers agree on damaged parameter sets, filters and rows included", () => {
  const random = prng(100);
  let count = 0;
  for (let round = 0; round < 3000; round++) {
    const content = randomSetContent(random, 1 + random.below(6));
    const damaged = mutate(writeSetFromFormat(content), random);
    const set = taken(() => readParameterSet(damaged));
    const plain = takenPlainly(() => readSetFromFormat(damaged));
    strictEqual(plain === undefined, set === undefined, formatHex(damaged));
    if (set === undefined) continue;
    count++;
    deepStrictEqual(
      set.filters.map(({ predictors }) =>
        predictors.map(({ shift, coefficients }) => [shift, ...coefficients])
      ),
      plain!.filters.map((predictors) =>
        predictors.map(({ shift, coefficients }) => [shift, ...coefficients].map(Number))
      ),
    );
    deepStrictEqual(
      set.channels.map(({ coefficients }) => [...coefficients]),
      plain!.model.map(({ coefficients }) => coefficients.map(Number)),
    );
  }
  ok(count > 100, `${count} sets taken`);
});

Deno.test("both readers agree on damaged set records, and on the digest", () => {
  const random = prng(101);
  const set = writeSetFromFormat(randomSetContent(random, 3));
  strictEqual(formatHex(parameterSetDigest(set, sha256)), setDigestFromFormat(set));
  const record = encodeParameterSetRecord(set);
  deepStrictEqual(setFromRecord(record), set);
  for (let round = 0; round < 2000; round++) {
    const damaged = mutate(record, random);
    if (random.below(2) === 0 && damaged.length >= 16) {
      const end = damaged.length - 4;
      new DataView(damaged.buffer).setUint32(end, crc32c(damaged.subarray(0, end)), true);
    }
    deepStrictEqual(
      taken(() => Uint8Array.from(decodeParameterSetRecord(damaged))),
      takenPlainly(() => Uint8Array.from(setFromRecord(damaged))),
      formatHex(damaged),
    );
  }
});
