/**
 * What a simulated device records: every sample follows from a seed and its place.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { gridRange } from "@wavekeep/core/chunk";
import {
  createStreamEncoder,
  crossChannel,
  type ParameterSet,
  predictive,
  raw,
  type Samples,
  type StreamEncoder,
  type StreamEncoderOptions,
} from "@wavekeep/core/codec";
import type { Channel, StreamDescriptor } from "@wavekeep/core/recording";
import { exactSeconds, sampleRate } from "@wavekeep/core/time";
import { prng, randomParameterSet } from "@wavekeep/core/testing";
import type { DeviceSource, SourceChunk, SourceSegment } from "../../simulator/device_source.ts";
import type { DevicePlan } from "./plan.ts";

const channel = (position: number): Channel => ({
  position,
  label: `C${position}`,
  type: "eeg",
  unit: "uV",
  calibration: { digitalMin: -2048, digitalMax: 2047, physicalMin: "-800", physicalMax: "800" },
  reference: "",
  prefilter: "",
});

/** Two channels at 4 Hz, and one that has a sample every other second. */
const STREAMS: readonly StreamDescriptor[] = [
  { stream: 0, rate: sampleRate(4), kind: "int32", channels: [channel(0), channel(1)] },
  { stream: 1, rate: sampleRate(1, 2), kind: "int32", channels: [channel(2)] },
];

/** What the device records. */
export function streamsOf({ hasSlowStream }: DevicePlan): readonly StreamDescriptor[] {
  return hasSlowStream ? STREAMS : STREAMS.slice(0, 1);
}

/** Where a segment begins, in seconds from the start of its recording. */
const SEGMENT_SECONDS = 100;

/** Samples of one chunk, channel after channel. */
export function samplesOf(
  { sourceSeed }: DevicePlan,
  segment: number,
  { stream, firstSample, sampleCount }: Omit<SourceChunk, "samples" | "sequence">,
): Int32Array<ArrayBuffer> {
  const { channels } = STREAMS[stream]!;
  const samples = new Int32Array(channels.length * sampleCount);
  for (let row = 0, at = 0; row < channels.length; row++) {
    for (let i = 0; i < sampleCount; i++) {
      const place = Math.imul(sourceSeed ^ segment, 0x9e3779b1) ^ (firstSample + i) * 131 ^
        row * 7 ^
        stream;
      samples[at++] = (Math.imul(place, 0x85ebca6b) >>> 20) - 2048;
    }
  }
  return samples;
}

/** Every chunk of a segment, in order of time. */
export function chunksOf(
  plan: DevicePlan,
  segment: number,
  from: readonly number[] = [],
): SourceChunk[] {
  const counts = sampleCounts(plan, segment);
  const chunks = streamsOf(plan).flatMap(({ rate }, stream) => {
    const found: SourceChunk[] = [];
    for (let sequence = from[stream] ?? 0;; sequence++) {
      const { start, end } = gridRange(rate, sequence);
      if (start >= counts[stream]!) return found;
      const sampleCount = Math.min(end, counts[stream]!) - start;
      const shape = { stream, firstSample: start, sampleCount };
      found.push({ ...shape, sequence, samples: samplesOf(plan, segment, shape) });
    }
  });
  return chunks.sort((a, b) => a.sequence - b.sequence || a.stream - b.stream);
}

/** The device's whole recording. */
export function recordingOf(plan: DevicePlan): DeviceSource {
  const segments = plan.segmentQuarters.map((_, index): SourceSegment => ({
    key: `segment ${index}`,
    start: exactSeconds(index * SEGMENT_SECONDS),
    startUncertainty: "0",
    clock: "free-running",
    openedMicros: 1_795_262_400_000_000n + BigInt(index * SEGMENT_SECONDS) * 1_000_000n,
    streams: streamsOf(plan),
    sampleCounts: sampleCounts(plan, index),
    async *chunks(from) {
      yield* chunksOf(plan, index, from);
    },
  }));
  return {
    startedAt: { civil: "2076-11-06T13:43:04", zone: null },
    segments,
    totalSeconds: null,
    notices: [],
    marks: (start, end) =>
      (plan.hasMarks ? segments : []).map((_, index) => ({
        dueSeconds: index * SEGMENT_SECONDS,
        annotation: {
          "annotation_id": markId(plan, index),
          kind: "note" as const,
          source: "device" as const,
          anchor: { coordinate: "recording" as const, onset: String(index * SEGMENT_SECONDS) },
          duration: null,
          text: `segment ${index}`,
        },
      })).filter(({ dueSeconds }) => start <= dueSeconds && dueSeconds < end),
    async *artifacts() {
      if (!plan.hasSource) return;
      yield {
        "file_sha256": "dd".repeat(32),
        "byte_length": 10,
        format: "EDF",
        segmentKeys: segments.map(({ key }) => key),
        header: "AAAA",
        "annotation_bytes_deflated": "",
        "signal_order": [0, 1, 2],
        "record_count_as_written": -1,
        trailing: "",
      };
    },
    close() {},
  };
}

function markId({ sourceSeed }: DevicePlan, index: number): string {
  return createHash("sha256").update(`${sourceSeed}/${index}`).digest("hex").slice(0, 32);
}

function sampleCounts(plan: DevicePlan, segment: number): number[] {
  const quarters = plan.segmentQuarters[segment]!;
  return [quarters, Math.ceil(quarters / 8)].slice(0, streamsOf(plan).length);
}

/** Drawn once: they are many times dearer than a world. */
const SETS: ReadonlyMap<number, readonly ParameterSet[]> = new Map([1, 2].map((channelCount) => [
  channelCount,
  [1, 2, 3].map((seed) => randomParameterSet(prng(seed), { channelCount, rightShift: 0 })),
]));

/** How the device codes its chunks. */
export function encoderOf(
  { coding, sourceSeed }: DevicePlan,
): (options: StreamEncoderOptions) => StreamEncoder {
  return (options) => {
    if (coding === "learning") return createStreamEncoder(options);
    const { channelCount, kind } = options;
    const sets = SETS.get(channelCount)!;
    let made = sourceSeed % sets.length;
    return {
      encode(samples: Samples, sampleCount: number) {
        const shape = { kind, channelCount, sampleCount };
        if (coding === "raw") {
          return { codec: "raw", payload: raw.encode(samples, shape), parameterSet: null };
        }
        // A set for a few chunks, none for one, then another.
        const set = coding === "with sets" && made % 4 < 3
          ? sets[(made >> 2) % sets.length]!
          : null;
        made++;
        return set === null
          ? { codec: "predictive", payload: predictive.encode(samples, shape), parameterSet: null }
          : {
            codec: "cross-channel",
            payload: crossChannel.encode(samples, shape, set),
            parameterSet: set,
          };
      },
      lookAhead() {},
    };
  };
}
