/**
 * A device without a sample, and a server that says yes: for what happens around the samples.
 *
 * @module
 */

import { exactSeconds, sampleRate } from "@wavekeep/core/time";
import type { SegmentState } from "@wavekeep/core/wire";
import { runDevice } from "../device.ts";
import type { DeviceSource } from "../device_source.ts";
import type { IngestClient } from "../ingest_client.ts";
import type { RememberedSegment, UploadMemory } from "../upload_memory.ts";

const SEGMENT_ID = "07".repeat(16);

const SOURCE: DeviceSource = {
  startedAt: null,
  segments: [{
    key: "only",
    start: exactSeconds(0),
    startUncertainty: "0",
    clock: "free-running",
    openedMicros: 0n,
    streams: [{ stream: 0, rate: sampleRate(4), kind: "int32", channels: [] }],
    sampleCounts: [0],
    async *chunks() {},
  }],
  totalSeconds: 0,
  notices: [],
  marks: () => [],
  async *artifacts() {},
  close() {},
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
    made: [],
  };
  const memory: Partial<UploadMemory> = {
    siteId: 1,
    segment: () => Promise.resolve(segment),
    segments: () => new Map([["only", segment]]),
    markEnded: () => Promise.resolve(),
    markIncarnation: () => Promise.resolve(),
  };
  await runDevice({
    codes: { patientId: "p", recordingId: "r" },
    source: SOURCE,
    client: client as unknown as IngestClient,
    memory: memory as UploadMemory,
    speed: "max",
    ...(wallClockMicros === undefined ? {} : { wallClockMicros }),
  });
  return asked;
}
