import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { openRecording } from "./open_recording.ts";
import { type OpenedRecording, OpenedRecordings, standsAsOpened } from "./opened_recordings.ts";
import type { RecordingStanding, StoredShape } from "./store/query_store.ts";
import { type MadeRecording, makeRecording, MemoryKeys } from "./testing/sealed_recording.ts";

const made: MadeRecording = {
  segments: [{ streams: [{ sequences: [0], channels: [{}, {}] }, { sequences: [] }] }],
};

async function open(keys: MemoryKeys, recordingCode = "r1") {
  const { recording, segments, streams, statements } = await makeRecording(
    { ...made, recordingCode },
    keys,
  );
  const shape: StoredShape = {
    segments,
    streams: streams.map((stream) => ({ ...stream, last: null })),
    statements,
  };
  return await openRecording(recording, shape, keys);
}

const codes = { patientCode: "p1", recordingCode: "r1" };

Deno.test("OpenedRecordings gives back what was opened, to its own site", async () => {
  const keys = new MemoryKeys();
  const opened = new OpenedRecordings(keys);
  const recording = await open(keys);
  const kept = opened.keep(recording, 1);
  strictEqual(await opened.find(1, codes), kept);
  strictEqual(kept.recording, recording);
  deepStrictEqual(kept.named.map(({ name }) => name), ["C0", "C1", "C2"]);
  strictEqual(await opened.find(2, codes), undefined);
  strictEqual(await opened.find(1, { ...codes, recordingCode: "r2" }), undefined);
});

Deno.test("OpenedRecordings forgets with the patient's key, at once and for good", async () => {
  const keys = new MemoryKeys();
  const opened = new OpenedRecordings(keys);
  const recording = await open(keys);
  opened.keep(recording, 1);
  await keys.destroyPatientKey(recording.stored.patientUuid);
  strictEqual(await opened.find(1, codes), undefined);
  strictEqual(opened.channelCount, 0);
  // A key made anew is another one.
  opened.keep(recording, 1);
  await keys.createPatientKey(recording.stored.patientUuid);
  strictEqual(await opened.find(1, codes), undefined);
  strictEqual(opened.channelCount, 0);
});

Deno.test("OpenedRecordings keeps nothing of an erased patient", async () => {
  const keys = new MemoryKeys();
  const opened = new OpenedRecordings(keys);
  const { stored } = await open(keys);
  await keys.destroyPatientKey(stored.patientUuid);
  const erased = await openRecording(stored, { segments: [], streams: [], statements: [] }, keys);
  opened.keep(erased, 1);
  strictEqual(opened.channelCount, 0);
  strictEqual(await opened.find(1, codes), undefined);
});

Deno.test("OpenedRecordings is bounded in age, however often it is asked", async () => {
  const keys = new MemoryKeys();
  let nowMs = 0;
  const opened = new OpenedRecordings(keys, { nowMs: () => nowMs });
  opened.keep(await open(keys), 1);
  for (; nowMs < 300_000; nowMs += 1000) {
    strictEqual(await opened.find(1, codes) === undefined, false);
  }
  strictEqual(await opened.find(1, codes), undefined);
  strictEqual(opened.channelCount, 0);
});

Deno.test("OpenedRecordings is bounded in channels: the one used longest ago goes", async () => {
  const keys = new MemoryKeys();
  // Each weighs four: three channels and itself.
  const opened = new OpenedRecordings(keys, { channelsMax: 8 });
  for (const code of ["a", "b"]) opened.keep(await open(keys, code), 1);
  const has = async (recordingCode: string) =>
    await opened.find(1, { patientCode: "p1", recordingCode }) !== undefined;
  strictEqual(await has("a"), true);
  opened.keep(await open(keys, "c"), 1);
  deepStrictEqual([await has("a"), await has("b"), await has("c")], [true, false, true]);
  strictEqual(opened.channelCount, 8);
  // Opened anew, it takes its own place.
  opened.keep(await open(keys, "c"), 1);
  strictEqual(opened.channelCount, 8);
});

Deno.test("standsAsOpened() gives the ends as they are now, and nothing of what has changed", async () => {
  const keys = new MemoryKeys();
  const recording = await open(keys);
  const opened: OpenedRecording = { recording, incarnation: 3, named: [] };
  const last = { sequence: 4, sampleCount: 2, receivedAt: "2026-11-21T00:00:00.000000Z" };
  const standing: RecordingStanding = {
    asOf: "2026-11-21T00:00:01.000000Z",
    incarnation: 3,
    segmentCount: 1,
    statementCount: 0,
    isClosed: false,
    streams: [
      { segmentNumber: 0, stream: 0, last },
      { segmentNumber: 0, stream: 1, last: null },
    ],
  };
  const stands = standsAsOpened(opened, standing)!;
  deepStrictEqual(stands.streams.map((stream) => stream.last), [last, null]);
  deepStrictEqual({ ...stands, streams: [] }, { ...recording, streams: [] });
  const changes: Partial<RecordingStanding>[] = [
    { incarnation: 4 },
    { segmentCount: 2 },
    { statementCount: 1 },
    { isClosed: true },
    { streams: standing.streams.slice(1) },
    { streams: standing.streams.map((stream) => ({ ...stream, segmentNumber: 1 })) },
    { streams: standing.streams.toReversed() },
  ];
  for (const change of changes) {
    strictEqual(standsAsOpened(opened, { ...standing, ...change }), undefined);
  }
});
