/**
 * A device without a sample, or with few, and a server that says yes: for what happens around the samples.
 *
 * @module
 */

import { gridRange } from "@wavekeep/core/chunk";
import type { Channel } from "@wavekeep/core/recording";
import { exactSeconds, sampleRate } from "@wavekeep/core/time";
import type { SegmentState } from "@wavekeep/core/wire";
import { type DeviceOptions, runDevice } from "../device.ts";
import type { DeviceSource } from "../device_source.ts";
import type { IngestClient } from "../ingest_client.ts";
import type { RememberedSegment, UploadMemory } from "../upload_memory.ts";

const SEGMENT_ID = "07".repeat(16);
const RATE = sampleRate(4);
const CHANNEL: Channel = {
  position: 0,
  label: "C3",
  type: "eeg",
  unit: "",
  calibration: null,
  reference: "",
  prefilter: "",
};
/** More than any test has made before. */
const LIVE_CHUNKS = 20;

const SOURCE: DeviceSource = {
  startedAt: null,
  segments: [{
    key: "only",
    start: exactSeconds(0),
    startUncertainty: "0",
    clock: "free-running",
    openedMicros: 0n,
    streams: [{ stream: 0, rate: RATE, kind: "int32", channels: [] }],
    sampleCounts: [0],
    async *chunks() {},
  }],
  totalSeconds: 0,
  notices: [],
  marks: () => [],
  async *artifacts() {},
  close() {},
};

/** The same segment of a device that streams zeros: it knows no end, and says so. */
const LIVE_SOURCE: DeviceSource = {
  ...SOURCE,
  segments: [{
    ...SOURCE.segments[0]!,
    streams: [{ ...SOURCE.segments[0]!.streams[0]!, channels: [CHANNEL] }],
    sampleCounts: null,
    async *chunks([from = 0]) {
      for (let sequence = from; sequence < LIVE_CHUNKS; sequence++) {
        const { start, end } = gridRange(RATE, sequence);
        const sampleCount = end - start;
        const samples = new Int32Array(sampleCount);
        yield { stream: 0, sequence, firstSample: start, sampleCount, samples };
      }
    },
  }],
  totalSeconds: null,
};

/** What a server says of the segment. */
export function stateOf(
  { incarnation = 1, end = 0 }: { incarnation?: number; end?: number | null } = {},
): SegmentState {
  return {
    "segment_id": SEGMENT_ID,
    "segment_digest": "00".repeat(32),
    "signature_policy": "none",
    "key_id": null,
    incarnation,
    "as_of": "2026-11-21T00:00:00Z",
    streams: [{
      stream: 0,
      "high_water": 0,
      missing: [],
      "high_water_digest": null,
      "chunk_count": 0,
      "end_sequence": end,
    }],
    clock: "free-running",
  };
}

/** Runs the device; returns the names of what it asked, in order. */
export async function runEmptyDevice(
  answers: Partial<IngestClient> = {},
  wallClockMicros?: () => bigint,
): Promise<string[]> {
  return await runOver(SOURCE, answers, {
    ...(wallClockMicros === undefined ? {} : { wallClockMicros }),
  });
}

/**
 * Runs a device that streams, has made so many chunks before, and is told to stop while it opens its
 * segment on a server that has none of them; returns the names of what it asked, in order.
 */
export async function runStoppedDevice(
  { madeChunks, ...answers }: Partial<IngestClient> & { readonly madeChunks: number },
): Promise<string[]> {
  const stop = new AbortController();
  return await runOver(LIVE_SOURCE, {
    openSegment() {
      stop.abort();
      return Promise.resolve({} as never);
    },
    segmentState: () => Promise.resolve(stateOf({ end: null })),
    sendChunks: (_, count) =>
      Promise.resolve(Array.from({ length: count }, () => ({ status: 202, held_by: "a relay" }))),
    ...answers,
  }, { made: [madeChunks], stop: stop.signal, endWhenStopped: true });
}

async function runOver(
  source: DeviceSource,
  answers: Partial<IngestClient>,
  { made = [], ...options }:
    & { made?: number[] }
    & Pick<DeviceOptions, "wallClockMicros" | "stop" | "endWhenStopped">,
): Promise<string[]> {
  const asked: string[] = [];
  const yes: Partial<IngestClient> = {
    openRecording: () => Promise.resolve({} as never),
    openSegment: () => Promise.resolve({} as never),
    sendStatements: () => Promise.resolve(),
    segmentState: () => Promise.resolve(stateOf()),
    sendClockObservations: () => Promise.resolve(),
    ...answers,
  };
  const client = Object.fromEntries(
    Object.entries(yes).map(([name, call]) => [name, (...args: unknown[]) => {
      asked.push(name);
      return (call as (...args: unknown[]) => unknown)(...args);
    }]),
  );
  const segment: RememberedSegment = {
    id: SEGMENT_ID,
    salt: "07".repeat(32),
    previousDigest: null,
    startSeconds: null,
    signing: null,
    ended: false,
    made,
  };
  const memory: Partial<UploadMemory> = {
    siteId: 1,
    segment: () => Promise.resolve(segment),
    segments: () => new Map([["only", segment]]),
    markEnded: () => Promise.resolve(),
    markMade: () => Promise.resolve(),
    markIncarnation: () => Promise.resolve(),
  };
  await runDevice({
    codes: { patientId: "p", recordingId: "r" },
    source,
    client: client as unknown as IngestClient,
    memory: memory as UploadMemory,
    speed: "max",
    ...options,
  });
  return asked;
}
