/**
 * Testing. What the golden chunks hold.
 *
 * Each row is a file in `golden/`, written once by the version that introduced it and never rewritten.
 * A new format version or codec appends rows.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, createPrivateKey, sign } from "node:crypto";
import type { ChunkInput } from "../chunk/mod.ts";
import type { Samples } from "../codec/mod.ts";
import { prng } from "./prng.ts";
import {
  AWKWARD_DOUBLE_BITS,
  AWKWARD_SINGLE_BITS,
  doublesFromBits,
  eegChunk,
  eegLike,
  INTEGER_SIGNALS,
  singlesFromBits,
} from "./signals.ts";

/** A golden file by name, and the input that makes it. */
export interface GoldenChunk {
  readonly file: string;
  readonly input: ChunkInput;
}

export const GOLDEN_CHUNKS: readonly GoldenChunk[] = [
  golden("v1_raw_int32.chunk", "raw", 2, Int32Array.of(0, 1, -1, 2147483647, -2147483648, 300)),
  golden("v1_raw_binary32.chunk", "raw", 1, singlesFromBits(AWKWARD_SINGLE_BITS)),
  golden("v1_raw_binary64.chunk", "raw", 1, doublesFromBits(AWKWARD_DOUBLE_BITS)),
  golden(
    "v1_predictive_int32.chunk",
    "predictive",
    23,
    eegChunk(prng(2076), { channelCount: 23, sampleCount: 256, amplitude: 60 }),
  ),
  golden("v1_predictive_int32_shapes.chunk", "predictive", INTEGER_SIGNALS.length, everyShape(128)),
  golden("v1_predictive_binary32.chunk", "predictive", 1, singlesFromBits(AWKWARD_SINGLE_BITS)),
  golden("v1_predictive_binary64.chunk", "predictive", 1, doublesFromBits(AWKWARD_DOUBLE_BITS)),
  golden(
    "v1_predictive_binary32_decimal.chunk",
    "predictive",
    2,
    Float32Array.from(eegLike(prng(32), { length: 64, amplitude: 900, offset: 5 }), (v) => v / 100),
  ),
  golden(
    "v1_predictive_binary64_decimal.chunk",
    "predictive",
    2,
    Float64Array.from(
      eegLike(prng(64), { length: 64, amplitude: 900, offset: 5 }),
      (v) => v / 1000,
    ),
  ),
  {
    file: "v1_predictive_signed.chunk",
    input: {
      ...golden("", "predictive", 2, everyShape(16).slice(0, 32)).input,
      sequence: 0,
      firstSample: 0,
      deviceTimeMicros: null,
      clock: "disciplined",
      previousDigest: filled(32, 0x5e),
      sign: (message) => new Uint8Array(sign(null, message, testKey())),
    },
  },
];

/** SHA-256 for tests. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

function golden(
  file: string,
  codec: ChunkInput["codec"],
  channelCount: number,
  samples: Samples,
): GoldenChunk {
  const input: ChunkInput = {
    codec,
    kind: samples instanceof Int32Array
      ? "int32"
      : samples instanceof Float32Array
      ? "binary32"
      : "binary64",
    clock: "zone-unknown",
    stream: 1,
    channelCount,
    sequence: 41,
    firstSample: 41 * 256,
    sampleCount: samples.length / channelCount,
    deviceTimeMicros: 3_372_112_984_000_000n,
    monotonicNs: 41_000_000_001n,
    segmentId: Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i),
    previousDigest: filled(32, 0x70),
    samples,
    descriptorDigest: filled(32, 0xde),
    segmentDigest: filled(32, 0x5e),
  };
  return { file, input };
}

function everyShape(length: number): Int32Array {
  const samples = new Int32Array(INTEGER_SIGNALS.length * length);
  INTEGER_SIGNALS.forEach((signal, i) => samples.set(signal.make(length), i * length));
  return samples;
}

function filled(byteLength: number, value: number): Uint8Array {
  return new Uint8Array(byteLength).fill(value);
}

/** Ed25519 under a seed of 32 bytes 0x07, in the PKCS #8 wrapping of RFC 8410. For tests only. */
function testKey() {
  const prefix = "302e020100300506032b657004220420";
  return createPrivateKey({
    key: Buffer.from(prefix + "07".repeat(32), "hex"),
    format: "der",
    type: "pkcs8",
  });
}
