/** Every chunk that a released version wrote, decoded by this version and by a second decoder. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { Buffer } from "node:buffer";
import { formatHex, littleEndianBytes } from "../bytes/mod.ts";
import { predictive, type Samples } from "../codec/mod.ts";
import { decodeFromFormat, setFromRecord } from "../testing/decode_from_format.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import {
  encodeGolden,
  GOLDEN_CROSS_CHANNEL,
  goldenChunkFile,
  goldenSetFile,
  setOfRecord,
} from "../testing/golden_cross_channel.ts";
import { prng } from "../testing/prng.ts";
import { eegChunk } from "../testing/signals.ts";
import { decodeChunk } from "./decode_chunk.ts";
import { encodeChunk } from "./encode_chunk.ts";
import { parameterSetDigest } from "./parameter_set_record.ts";
import { verifyChunk } from "./verify_chunk.ts";

const FOLDER = new URL("../testing/golden/", import.meta.url);

for (const { file, input } of GOLDEN_CHUNKS) {
  Deno.test(`decodeChunk() reads golden ${file} as its known samples`, async () => {
    const { header, samples } = decodeChunk(await Deno.readFile(new URL(file, FOLDER)), { sha256 });
    deepStrictEqual(littleEndianBytes(samples), littleEndianBytes(input.samples));
    strictEqual(samples.constructor, input.samples.constructor);
    strictEqual(header.codec, input.codec);
    strictEqual(header.clock, input.clock);
    strictEqual(header.deviceTimeMicros, input.deviceTimeMicros);
    strictEqual(header.monotonicNs, input.monotonicNs);
    deepStrictEqual(header.segmentId, input.segmentId);
  });

  Deno.test(`encodeChunk() makes golden ${file} again, byte for byte`, async () => {
    const golden = await Deno.readFile(new URL(file, FOLDER));
    deepStrictEqual(encodeChunk(input, sha256).bytes, golden);
  });

  Deno.test(`a decoder written from FORMAT.md reads golden ${file} the same`, async () => {
    const plain = decodeFromFormat(await Deno.readFile(new URL(file, FOLDER)));
    deepStrictEqual(plain.sampleBits, bitsOf(input.samples));
    strictEqual(plain.sequence, input.sequence);
    strictEqual(plain.firstSample, BigInt(input.firstSample));
    strictEqual(plain.deviceTime, input.deviceTimeMicros ?? -(2n ** 63n));
  });
}

for (const golden of GOLDEN_CROSS_CHANNEL) {
  const file = goldenChunkFile(golden);
  const readChunk = () => Deno.readFile(new URL(file, FOLDER));
  const readRecord = () => Deno.readFile(new URL(goldenSetFile(golden), FOLDER));

  Deno.test(`decodeChunk() reads golden ${file} under its set as its known samples`, async () => {
    const set = setOfRecord(await readRecord());
    const parameterSet = (digest: Uint8Array) =>
      formatHex(digest) === formatHex(parameterSetDigest(set.bytes, sha256)) ? set : undefined;
    const { header, samples } = decodeChunk(await readChunk(), { sha256, parameterSet });
    deepStrictEqual(samples, golden.samples);
    strictEqual(header.codec, "cross-channel");
  });

  if (golden.other === undefined) {
    Deno.test(`encodeChunk() makes golden ${file} again under its set, byte for byte`, async () => {
      deepStrictEqual(encodeGolden(golden, setOfRecord(await readRecord())), await readChunk());
    });
  }

  Deno.test(`a decoder written from FORMAT.md reads golden ${file} the same`, async () => {
    const setBytes = setFromRecord(await readRecord());
    const plain = decodeFromFormat(await readChunk(), () => setBytes);
    deepStrictEqual(plain.sampleBits, bitsOf(golden.samples));
  });
}

Deno.test("no golden file is without a row", async () => {
  const files: string[] = [];
  for await (const entry of Deno.readDir(FOLDER)) files.push(entry.name);
  const rows = [
    ...GOLDEN_CHUNKS.map(({ file }) => file),
    ...GOLDEN_CROSS_CHANNEL.flatMap((golden) => [goldenChunkFile(golden), goldenSetFile(golden)]),
  ];
  deepStrictEqual(files.sort(), rows.sort());
});

Deno.test("the golden sets use every number of fraction bits and of lags, groups, shifts and taps", async () => {
  const sets = await Promise.all(
    GOLDEN_CROSS_CHANNEL.map(async (golden) =>
      setOfRecord(await Deno.readFile(new URL(goldenSetFile(golden), FOLDER)))
    ),
  );
  const distinct = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);
  deepStrictEqual(distinct(sets.map(({ fractionBits }) => fractionBits)), [0, 1, 2, 3, 4]);
  deepStrictEqual(distinct(sets.map(({ lags }) => lags)), [1, 2, 3, 4]);
  ok(sets.some(({ channels, groupSize }) => channels.length > groupSize), "several groups");
  ok(
    sets.some(({ channels }) => channels.some(({ rightShift }) => rightShift > 4)),
    "wide samples",
  );
  ok(sets.some(({ channels }) => channels.some(({ lowBits }) => lowBits > 4)), "common shifts");
  ok(sets.some(({ filters }) => filters.length === 8), "eight filters");
  ok(sets.some(({ adaptation }) => adaptation === 0), "taps that rest");
  ok(sets.some(({ adaptation }) => adaptation === 15), "taps at full step");
});

Deno.test("a decoder written from FORMAT.md agrees on chunks of every amplitude", () => {
  const random = prng(71);
  for (let round = 0; round < 12; round++) {
    const channelCount = 1 + random.below(6);
    const sampleCount = 1 + random.below(150);
    const amplitude = 2 ** random.below(28);
    const samples = eegChunk(random, { channelCount, sampleCount, amplitude });
    const { input } = GOLDEN_CHUNKS[3]!;
    const { bytes } = encodeChunk({ ...input, samples, channelCount, sampleCount }, sha256);
    deepStrictEqual(decodeFromFormat(bytes).sampleBits, bitsOf(samples));
  }
});

Deno.test("the signature of a golden chunk verifies by Ed25519 under its published key", async () => {
  const { input } = GOLDEN_CHUNKS.find(({ file }) => file === "v1_predictive_signed.chunk")!;
  const bytes = await Deno.readFile(new URL("v1_predictive_signed.chunk", FOLDER));
  const key = createPublicKey({
    key: Buffer.from(
      "302a300506032b6570032100ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
      "hex",
    ),
    format: "der",
    type: "spki",
  });
  const verified = verifyChunk(bytes, {
    sha256,
    identity: input,
    verifySignature: (message, signature) => verify(null, message, key, signature),
  });
  strictEqual(verified.signature, "valid");
});

Deno.test("a chunk re-encoded by another codec keeps its identity", () => {
  const { input } = GOLDEN_CHUNKS[3]!;
  const raw = encodeChunk({ ...input, codec: "raw" }, sha256);
  const coded = encodeChunk({ ...input, codec: "predictive" }, sha256);
  deepStrictEqual(raw.chunkDigest, coded.chunkDigest);
  ok(coded.bytes.byteLength < raw.bytes.byteLength);
  strictEqual(predictive.name, coded.bytes[5] === 1 ? "predictive" : "");
});

function bitsOf(samples: Samples): bigint[] {
  return samples instanceof Float64Array
    ? [...new BigUint64Array(samples.buffer, samples.byteOffset, samples.length)]
    : [...new Uint32Array(samples.buffer, samples.byteOffset, samples.length)].map(BigInt);
}
