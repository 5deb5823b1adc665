/** Every chunk that a released version wrote, decoded by this version and by a second decoder. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { Buffer } from "node:buffer";
import { littleEndianBytes } from "../bytes/mod.ts";
import { predictive, type Samples } from "../codec/mod.ts";
import { decodeFromFormat } from "../testing/decode_from_format.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import { prng } from "../testing/prng.ts";
import { eegChunk } from "../testing/signals.ts";
import { decodeChunk } from "./decode_chunk.ts";
import { encodeChunk } from "./encode_chunk.ts";
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

Deno.test("no golden file is without a row", async () => {
  const files: string[] = [];
  for await (const entry of Deno.readDir(FOLDER)) {
    if (entry.name.endsWith(".chunk")) files.push(entry.name);
  }
  deepStrictEqual(files.sort(), GOLDEN_CHUNKS.map(({ file }) => file).sort());
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
