/**
 * A device whose encoder learns: its segment, its chunks, and the parameter sets they come to name.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import {
  descriptorDigest,
  encodeChunk,
  encodeParameterSetRecord,
  encodeSegmentRecord,
  gridRange,
  parameterSetDigest,
  recordingReference,
  segmentDigest,
} from "@wavekeep/core/chunk";
import { createStreamEncoder } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { sampleRate } from "@wavekeep/core/time";
import type { OpenSegmentRequest } from "@wavekeep/core/wire";
import { prng } from "../../core/testing/prng.ts";
import { eegChunk } from "../../core/testing/signals.ts";
import { channel, PATIENT, RECORDING } from "./fixtures.ts";

const RATE_HZ = 128;
const CHANNEL_COUNT = 8;

/** One chunk, and the set it names when no chunk before it has. */
export interface LearntChunk {
  readonly sequence: number;
  readonly samples: Int32Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Record of the set that this chunk is the first to name. */
  readonly newSet: Uint8Array<ArrayBuffer> | null;
  /** Digest of the set it names, hexadecimal; null for codec 1. */
  readonly setDigest: string | null;
}

/** What one device sends of one recording. */
export interface LearntStream {
  readonly segmentId: string;
  /** Body of `POST …/segments`. */
  readonly opening: OpenSegmentRequest;
  readonly chunks: readonly LearntChunk[];
}

/** Encodes seconds of generated EEG in order. The same arguments give the same stream. */
export function learntStream(
  seed: number,
  seconds: number,
  labels: readonly string[] = Array.from({ length: CHANNEL_COUNT }, (_, i) => `C${i}`),
): LearntStream {
  const channels = labels.map((label, i) => channel(i, label));
  const descriptor = { stream: 0, rate: sampleRate(RATE_HZ), kind: "int32" as const, channels };
  const digest = descriptorDigest(descriptor, nodeSha256);
  const segmentId = new Uint8Array(16).fill(seed);
  const record = encodeSegmentRecord({
    signaturePolicy: "none",
    recordingReference: recordingReference(PATIENT, RECORDING, nodeSha256),
    segmentId,
    keyId: null,
    openedMicros: null,
    clock: "unknown",
    previousSegmentDigest: null,
    salt: new Uint8Array(32).fill(seed),
    descriptorDigests: [digest],
  });
  const identity = {
    descriptorDigest: digest,
    segmentDigest: segmentDigest(record, nodeSha256),
  };
  return {
    segmentId: formatHex(segmentId),
    opening: {
      segment_record: record.toBase64(),
      signature: null,
      start_seconds: "0",
      streams: [{
        stream: 0,
        rate: { samples: String(RATE_HZ), seconds: "1" },
        kind: "int32",
        channels,
      }],
    },
    chunks: encodeAll(seed, seconds, { segmentId, ...identity }),
  };
}

function encodeAll(
  seed: number,
  seconds: number,
  identity: { segmentId: Uint8Array; descriptorDigest: Uint8Array; segmentDigest: Uint8Array },
): LearntChunk[] {
  const signal = eegChunk(prng(seed), {
    channelCount: CHANNEL_COUNT,
    sampleCount: seconds * RATE_HZ,
    amplitude: 40,
  });
  const encoder = createStreamEncoder({ channelCount: CHANNEL_COUNT, kind: "int32" });
  const named = new Set<string>();
  let previousDigest = identity.segmentDigest;
  return Array.from({ length: seconds }, (_, sequence) => {
    const { start, end } = gridRange(sampleRate(RATE_HZ), sequence);
    const samples = new Int32Array(CHANNEL_COUNT * RATE_HZ);
    for (let c = 0; c < CHANNEL_COUNT; c++) {
      const from = c * seconds * RATE_HZ;
      samples.set(signal.subarray(from + start, from + end), c * RATE_HZ);
    }
    const encoded = encoder.encode(samples, RATE_HZ);
    const { bytes, chunkDigest } = encodeChunk({
      encoded,
      kind: "int32",
      clock: "unknown",
      stream: 0,
      channelCount: CHANNEL_COUNT,
      sequence,
      firstSample: start,
      sampleCount: RATE_HZ,
      deviceTimeMicros: null,
      monotonicNs: BigInt(sequence) * 1_000_000_000n,
      previousDigest,
      samples,
      ...identity,
    }, nodeSha256);
    previousDigest = chunkDigest;
    const set = encoded.parameterSet;
    const setDigest = set && formatHex(parameterSetDigest(set.bytes, nodeSha256));
    const isFirst = setDigest !== null && !named.has(setDigest);
    if (isFirst) named.add(setDigest);
    const newSet = isFirst ? encodeParameterSetRecord(set!.bytes) : null;
    return { sequence, samples, bytes, newSet, setDigest };
  });
}
