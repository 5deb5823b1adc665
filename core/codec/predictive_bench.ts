/**
 * Speed of the codecs on one-second chunks of 23 channels at 256 Hz.
 *
 * Expectation: a residual costs one look, a shift and two adds, about 8 ns; a predictor of order 16 to 28
 * costs about 0.7 ns a tap. So decoding should be near 25 ns a sample (40 M samples/s), and encoding,
 * which also correlates 33 lags and counts bits, four times that. A chunk is 5,888 samples: divide by the
 * time an iteration takes.
 *
 * Run: `deno bench core/codec/predictive_bench.ts`. The first line gives bits per sample and a hash of
 * the output, so that a faster result is known to be the same result.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { deepStrictEqual } from "node:assert/strict";
import { prng } from "../testing/prng.ts";
import { eegChunk } from "../testing/signals.ts";
import type { SampleShape } from "./codec.ts";
import { predictive } from "./predictive.ts";
import { raw } from "./raw.ts";

const SHAPE: SampleShape = { kind: "int32", channelCount: 23, sampleCount: 256 };
const CHUNK_COUNT = 16;

const random = prng(2076);
const chunks = Array.from(
  { length: CHUNK_COUNT },
  () => eegChunk(random, { channelCount: 23, sampleCount: 256, amplitude: 60 }),
);
const hash = createHash("sha256");
let byteLength = 0;
const payloads = chunks.map((chunk) => {
  const payload = predictive.encode(chunk, SHAPE);
  deepStrictEqual(predictive.decode(payload, SHAPE), chunk);
  byteLength += payload.byteLength;
  hash.update(payload);
  return payload;
});
const rawPayloads = chunks.map((chunk) => raw.encode(chunk, SHAPE));
const bits = 8 * byteLength / (CHUNK_COUNT * 23 * 256);
// deno-lint-ignore no-console
console.log(`${bits.toFixed(3)} bits a sample, output ${hash.digest("hex").slice(0, 16)}`);

let next = 0;

Deno.bench("raw decode", { group: "decode", baseline: true }, () => {
  raw.decode(rawPayloads[next++ % CHUNK_COUNT]!, SHAPE);
});

Deno.bench("predictive decode", { group: "decode" }, () => {
  predictive.decode(payloads[next++ % CHUNK_COUNT]!, SHAPE);
});

Deno.bench("raw encode", { group: "encode", baseline: true }, () => {
  raw.encode(chunks[next++ % CHUNK_COUNT]!, SHAPE);
});

Deno.bench("predictive encode", { group: "encode" }, () => {
  predictive.encode(chunks[next++ % CHUNK_COUNT]!, SHAPE);
});
