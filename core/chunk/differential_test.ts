/**
 * Damaged payloads through both decoders: whatever the product accepts, the decoder written from
 * FORMAT.md must read the same. (The second is more lenient, so what the product refuses proves nothing.)
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { ByteWriter } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { predictive, type Samples, type SampleShape } from "../codec/mod.ts";
import { isCoreError } from "../error.ts";
import { mutate, singleBitFlips } from "../testing/corrupt.ts";
import { decodeFromFormat } from "../testing/decode_from_format.ts";
import { GOLDEN_CHUNKS } from "../testing/golden_chunks.ts";
import { prng } from "../testing/prng.ts";
import { writeChunkHeader } from "./chunk_header.ts";

/** A chunk around any payload, its checksum right and its digests meaningless. */
function wrap(payload: Uint8Array, shape: SampleShape): Uint8Array {
  const writer = new ByteWriter(payload.byteLength + 164);
  writeChunkHeader(writer, {
    ...GOLDEN_CHUNKS[0]!.input,
    ...shape,
    codec: "predictive",
    signed: false,
    payloadByteLength: payload.byteLength,
    sampleDigest: new Uint8Array(32),
    parameterSetDigest: null,
  });
  writer.bytes(payload);
  return writer.u32(crc32c(writer.finish())).finish();
}

function bitsOf(samples: Samples): bigint[] {
  return samples instanceof Float64Array
    ? [...new BigUint64Array(samples.buffer)]
    : [...new Uint32Array(samples.buffer)].map(BigInt);
}

/** Returns whether the product took the payload. */
function checkAgreement(payload: Uint8Array, shape: SampleShape): boolean {
  let samples: Samples;
  try {
    samples = predictive.decode(payload, shape);
  } catch (err) {
    if (!isCoreError(err)) throw err;
    return false;
  }
  deepStrictEqual(bitsOf(samples), decodeFromFormat(wrap(payload, shape)).sampleBits);
  return true;
}

/** Small payloads of every kind. */
const PAYLOADS = GOLDEN_CHUNKS
  .filter(({ input }) => input.codec === "predictive")
  .map(({ input }) => {
    const channelCount = Math.min(input.channelCount, 3);
    const sampleCount = Math.min(input.sampleCount, 24);
    const samples = input.samples.slice(0, channelCount * sampleCount);
    const shape: SampleShape = { kind: input.kind, channelCount, sampleCount };
    return { payload: predictive.encode(samples, shape), shape };
  });

Deno.test("both decoders agree on every payload with one flipped bit that the product takes", () => {
  let taken = 0;
  for (const { payload, shape } of PAYLOADS) {
    for (const { damaged } of singleBitFlips(payload)) {
      if (checkAgreement(damaged, shape)) taken++;
    }
  }
  ok(taken > 1000, `${taken} payloads compared`);
});

Deno.test("both decoders agree on mutated payloads that the product takes", () => {
  const random = prng(97);
  let taken = 0;
  for (let round = 0; round < 4000; round++) {
    const { payload, shape } = random.pick(PAYLOADS);
    const kind = random.pick(["int32", "binary32", "binary64", shape.kind] as const);
    const sampleCount = random.pick([shape.sampleCount, 1 + random.below(30)]);
    if (checkAgreement(mutate(payload, random), { ...shape, kind, sampleCount })) taken++;
  }
  ok(taken > 20, `${taken} payloads compared`);
});
