/** Digests: set in stone, each against an independent calculation. @module */

import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { formatHex, littleEndianBytes } from "../bytes/mod.ts";
import { readWholeEdf, samplesAsInt32Bytes } from "../testing/read_edf.ts";
import { readShared } from "../testing/shared_data.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import { readChunkHeader } from "./chunk_header.ts";
import { chunkDigest, samplesDigest } from "./digests.ts";
import { encodeChunk } from "./encode_chunk.ts";

const { input } = GOLDEN_CHUNKS[0]!;

/** Hashes text and integers given as [value, width]; no code of the product. */
function independently(...parts: (string | Uint8Array | [bigint | number, number])[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    if (typeof part === "string" || part instanceof Uint8Array) hash.update(part);
    else {
      let rest = BigInt.asUintN(64, BigInt(part[0]));
      for (let i = 0; i < part[1]; i++, rest >>= 8n) {
        hash.update(Uint8Array.of(Number(rest & 255n)));
      }
    }
  }
  return hash.digest("hex");
}

Deno.test("samplesDigest() and chunkDigest() hash what FORMAT.md says, in its order", () => {
  const { bytes, chunkDigest: digest } = encodeChunk(input, sha256);
  const header = readChunkHeader(bytes);
  const sample = independently(
    "wavekeep/samples/v1\0",
    [1, 1],
    [2, 2],
    [3, 4],
    littleEndianBytes(input.samples),
  );
  strictEqual(formatHex(header.sampleDigest), sample);
  const signal = independently(
    "wavekeep/signal/v1\0",
    input.descriptorDigest,
    [1, 2],
    [41, 4],
    [41 * 256, 8],
    [1, 1],
    [2, 2],
    [3, 4],
    header.sampleDigest,
  );
  const context = independently(
    "wavekeep/context/v1\0",
    input.segmentDigest,
    [3_372_112_984_000_000n, 8],
    [41_000_000_001n, 8],
    [3, 1],
  );
  const chunk = independently(
    "wavekeep/chunk/v1\0",
    Uint8Array.from(context.match(/../g)!, (pair) => parseInt(pair, 16)),
    Uint8Array.from(signal.match(/../g)!, (pair) => parseInt(pair, 16)),
    input.previousDigest,
  );
  strictEqual(formatHex(digest), chunk);
  deepStrictEqual(chunkDigest(header, input, sha256), digest);
});

Deno.test("chunkDigest() changes with every field that it covers", () => {
  const { chunkDigest: digest } = encodeChunk(input, sha256);
  const changes = [
    { stream: 2 },
    { sequence: 42 },
    { firstSample: 1 },
    { deviceTimeMicros: null },
    { deviceTimeMicros: 0n },
    { monotonicNs: 0n },
    { clock: "disciplined" },
    { previousDigest: new Uint8Array(32) },
    { descriptorDigest: new Uint8Array(32) },
    { segmentDigest: new Uint8Array(32) },
    { samples: Int32Array.of(0, 1, -1, 2147483647, -2147483648, 301) },
    { channelCount: 3, sampleCount: 2 },
  ] as const;
  for (const change of changes) {
    notDeepStrictEqual(encodeChunk({ ...input, ...change }, sha256).chunkDigest, digest);
  }
});

Deno.test("samplesDigest() tells -0 from 0 and one NaN from another", () => {
  const of = (samples: Float64Array) => formatHex(samplesDigest("binary64", 1, 1, samples, sha256));
  const zeros = new Set([
    of(Float64Array.of(0)),
    of(Float64Array.of(-0)),
    of(Float64Array.of(NaN)),
  ]);
  strictEqual(zeros.size, 3);
});

Deno.test("known answer: H of the int32 samples of chb01_03_Seizure.edf", async () => {
  const bytes = await readShared("chbmit/chb01_03_Seizure.edf");
  if (bytes === undefined) return;
  const whole = samplesAsInt32Bytes((await readWholeEdf(bytes)).samples);
  strictEqual(
    formatHex(sha256(whole)),
    "156543977d96aae406c2c41d4ead8097682fc53c19bd8bea5d4fd50bfe3703f1",
  );
});
