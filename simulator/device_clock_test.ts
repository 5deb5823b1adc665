// A wall clock that is set while a device works is the device's trouble, never its recording's.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { exactSeconds, sampleRate } from "@wavekeep/core/time";
import type { ClockObservationsRequest } from "@wavekeep/core/wire";
import { runDevice } from "./device.ts";
import type { DeviceSource } from "./device_source.ts";
import type { IngestClient } from "./ingest_client.ts";
import type { RememberedSegment, UploadMemory } from "./upload_memory.ts";

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

/** What the device says about its clock, when it reads `readings` one after the other. */
async function observedWith(readings: bigint[]): Promise<ClockObservationsRequest[]> {
  const sent: ClockObservationsRequest[] = [];
  const client: Partial<IngestClient> = {
    openRecording: () => Promise.resolve({} as never),
    openSegment: () => Promise.resolve({} as never),
    sendStatements: () => Promise.resolve(),
    segmentState: (segment_id) =>
      Promise.resolve({
        segment_id,
        segment_digest: "00".repeat(32),
        signature_policy: "none",
        key_id: null,
        incarnation: 1,
        as_of: "2026-11-21T00:00:00Z",
        streams: [],
        clock: "free-running",
      }),
    sendClockObservations: (_codes, body) => Promise.resolve(void sent.push(body)),
  };
  const segment = {
    id: "07".repeat(16),
    salt: "07".repeat(32),
    previousDigest: null,
    signing: null,
  };
  const memory: Partial<UploadMemory> = {
    siteId: 1,
    segment: () => Promise.resolve(segment as RememberedSegment),
    segments: () => new Map(),
    markEnded: () => Promise.resolve(),
    markIncarnation: () => Promise.resolve(),
  };
  await runDevice({
    codes: { patientId: "p", recordingId: "r" },
    source: SOURCE,
    client: client as IngestClient,
    memory: memory as UploadMemory,
    speed: "max",
    wallClockMicros: () => readings.length > 1 ? readings.shift()! : readings[0]!,
  });
  return sent;
}

Deno.test("runDevice() says nothing of a clock that was set back while it asked, where it was refused for good", async () => {
  deepStrictEqual(await observedWith([5_000_000n, 1_000_000n]), []);
});

Deno.test("runDevice() says nothing of a clock after a question of hours", async () => {
  deepStrictEqual(await observedWith([0n, 3_600_000_000n]), []);
});

Deno.test("runDevice() tells what its clock and the server's said in the middle of a question", async () => {
  const [sent] = await observedWith([1_000n, 3_000n]);
  strictEqual(sent!.observations[0]!.device_time_micros, "2000");
  strictEqual(sent!.observations[0]!.uncertainty_micros, "1001");
});
