/**
 * A chunk of exactly 16 KiB with everything that a chunk can have: for tests that damage it.
 *
 * @module
 */

import { encodeChunk } from "../chunk/mod.ts";
import { nodeSha256 } from "../crypto/mod.ts";
import { prng } from "./prng.ts";

const CHANNELS = 7;
const SAMPLES = 577;
const random = prng(16);
const identity = { descriptorDigest: random.bytes(32), segmentDigest: random.bytes(32) };
const segmentId = random.bytes(16);
const signature = random.bytes(64);

/** Raw, signed, of seven channels; its signature is no real one. */
export const FULL_CHUNK = {
  ...encodeChunk({
    ...identity,
    codec: "raw",
    kind: "int32",
    clock: "disciplined",
    stream: 3,
    channelCount: CHANNELS,
    sequence: 41,
    firstSample: 41 * SAMPLES,
    sampleCount: SAMPLES,
    deviceTimeMicros: 1_795_000_000_000_000n,
    monotonicNs: 41_000_000_000n,
    segmentId,
    previousDigest: random.bytes(32),
    samples: Int32Array.from({ length: CHANNELS * SAMPLES }, () => random.below(65_536) - 32_768),
    sign: () => signature,
  }, nodeSha256),
  identity,
  segmentId,
  signature,
};
