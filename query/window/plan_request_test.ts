/**
 * Safety property: *a recording that was opened before answers as one that is opened now, whatever the
 * window and whatever has come since; and nothing of an erased patient is answered from memory.*
 */
import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sampleRate } from "@wavekeep/core/time";
import { CHUNKS_MEDIA_TYPE, COLUMNS_MEDIA_TYPE } from "@wavekeep/core/wire";
import fc from "fast-check";
import { chunksOf } from "../../core/testing/decode_records.ts";
import { type MemoryQuery, memoryQuery } from "../testing/memory_query.ts";
import { type MadeRecording, makeRecording } from "../testing/sealed_recording.ts";

const EEG = "/eeg?patient_id=p1&recording_id=r1";
const MEDIA_TYPES = ["application/json", COLUMNS_MEDIA_TYPE, CHUNKS_MEDIA_TYPE];

/** Everything a client sees of an answer. */
async function answerOf(query: MemoryQuery, path: string, accept: string): Promise<unknown> {
  const response = await query.get(path, {
    headers: { accept, "x-request-id": "0".repeat(32) },
  });
  const names = ["content-type", "etag", "cache-control", "vary"];
  return {
    status: response.status,
    headers: names.map((name) => response.headers.get(name)),
    body: [...await response.bytes()],
  };
}

const streams = fc.record({
  rate: fc.constantFrom(sampleRate(4), sampleRate(64, 5), sampleRate(1, 3)),
  channels: fc.integer({ min: 1, max: 3 }).map((count) =>
    Array.from({ length: count }, () => ({}))
  ),
  sequences: fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 12 }).chain((list) => {
    const sorted = list.sort((a, b) => a - b);
    return fc.array(fc.boolean(), { minLength: sorted.length, maxLength: sorted.length })
      // A chunk of one sample is shorter than the grid, unless the grid has one.
      .map((isShort) => sorted.map((k, i) => isShort[i] && k % 4 === 0 ? [k, 1] as const : k));
  }),
  losses: fc.array(
    fc.record({ first: fc.integer({ min: 0, max: 30 }), count: fc.integer({ min: 1, max: 9 }) }),
    { maxLength: 2 },
  ),
}, { requiredKeys: ["rate", "channels", "sequences"] });

const recordings: fc.Arbitrary<MadeRecording> = fc.array(
  fc.record({
    start: fc.constantFrom("0", "7.25", "40"),
    streams: fc.array(streams, { minLength: 1, maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
).map((segments) => ({ segments }));

const windows = fc.tuple(
  fc.integer({ min: -8, max: 200 }),
  fc.integer({ min: 0, max: 90 }),
  fc.constantFrom("", "&channels=C0", "&channels=@1", "&channels=C9", "&stream=0"),
).map(([start, length, rest]) => `${EEG}&start=${start / 4}&end=${(start + length) / 4}${rest}`);

Deno.test("GET /eeg answers from an open recording what it answers from its rows", async () => {
  let looks = 0;
  await fc.assert(
    fc.asyncProperty(
      recordings,
      fc.array(windows, { minLength: 1, maxLength: 4 }),
      async (recording, paths) => {
        const opened = await memoryQuery();
        const rows = await makeRecording(recording, opened.keys);
        opened.store.recordings.push(rows);
        await answerOf(opened, `${EEG}&start=0&end=1`, "application/json");
        for (const path of paths) {
          for (const accept of MEDIA_TYPES) {
            // The same rows, not opened yet.
            const fresh = await memoryQuery();
            fresh.deps.keys.patientKey = (uuid) => opened.keys.patientKey(uuid);
            fresh.store.recordings.push(rows);
            const expected = await answerOf(fresh, path, accept);
            strictEqual(fresh.store.looks, 0);
            deepStrictEqual(await answerOf(opened, path, accept), expected);
          }
        }
        looks += opened.store.looks;
      },
    ),
    { numRuns: 60 },
  );
  ok(looks > 100, "recordings were looked at");
});

const live = (): MadeRecording => ({
  segments: [{ streams: [{ sequences: [0, 1, 2], channels: [{}, {}] }] }],
});

const chunksAsked = { headers: { accept: CHUNKS_MEDIA_TYPE } };
const sequencesOf = async (query: MemoryQuery, path: string) =>
  [...chunksOf(await (await query.get(path, chunksAsked)).bytes())].length;

Deno.test("GET /eeg reads a window of an open recording in one look", async () => {
  const query = await memoryQuery(live());
  const path = `${EEG}&start=0&end=3`;
  const first = await query.get(path, chunksAsked);
  const reads = countReads(query);
  const again = await query.get(path, chunksAsked);
  deepStrictEqual(await again.bytes(), await first.bytes());
  ok(Number(again.headers.get("content-length")) > 0);
  deepStrictEqual([query.store.looks, reads()], [1, 0]);
});

Deno.test("GET /eeg tells a client that has the answer without reading a body", async () => {
  const query = await memoryQuery(live());
  const path = `${EEG}&start=0&end=3`;
  await (await query.get(path, chunksAsked)).bytes();
  const etag = (await query.get(path, chunksAsked)).headers.get("etag")!;
  const before = query.store.bodiesRead;
  const headers = { accept: CHUNKS_MEDIA_TYPE, "if-none-match": etag };
  strictEqual((await query.get(path, { headers })).status, 304);
  strictEqual(query.store.bodiesRead, before);
  const other = { ...headers, "if-none-match": '"another"' };
  const response = await query.get(path, { headers: other });
  strictEqual(response.status, 200);
  strictEqual([...chunksOf(await response.bytes())].length, 3);
});

Deno.test("GET /eeg sees chunks, segments, statements and closing as they come", async () => {
  const query = await memoryQuery(live());
  const rows = query.store.recordings[0]!;
  const path = `${EEG}&start=0&end=60`;
  strictEqual(await sequencesOf(query, path), 3);
  // What another recording of the same shape holds besides.
  const more = await makeRecording({
    segments: [
      {
        streams: [{
          sequences: [0, 1, 2, 3],
          channels: [{}, {}],
          losses: [{ first: 20, count: 4 }],
        }],
      },
    ],
  }, query.keys);
  rows.statements.push(...more.statements);
  const gaps = async () => (await (await query.get(`${EEG}&start=0&end=60`)).json()).gaps;
  const tagOf = async () => (await query.get(path, chunksAsked)).headers.get("etag");
  const before = await tagOf();
  rows.chunks.pop();
  strictEqual(await sequencesOf(query, path), 2);
  notStrictEqual(await tagOf(), before);
  rows.statements.push({
    segmentNumber: 0,
    stream: 0,
    kind: "end",
    firstSample: 12,
    sampleCount: 0,
    reason: 5,
  });
  deepStrictEqual((await gaps()).map(({ kind }: { kind: string }) => kind), ["pending"]);
  const segment = {
    ...rows.segments[0]!,
    segmentNumber: 1,
    segmentId: "ab".repeat(16),
    startSeconds: "30",
  };
  rows.segments.push(segment);
  deepStrictEqual((await gaps()).map(({ kind }: { kind: string }) => kind), [
    "pending",
    "not-recorded",
  ]);
});

Deno.test("GET /eeg answers nothing of a patient that was erased a moment ago", async () => {
  const query = await memoryQuery(live());
  const path = `${EEG}&start=0&end=3`;
  for (let round = 0; round < 2; round++) strictEqual(await sequencesOf(query, path), 3);
  await query.keys.destroyPatientKey(query.store.recordings[0]!.recording.patientUuid);
  strictEqual(await sequencesOf(query, path), 0);
  const body = await (await query.get(path)).json();
  deepStrictEqual(body.channels, {});
  deepStrictEqual(body.gaps.map(({ kind }: { kind: string }) => kind), ["erased"]);
});

Deno.test("GET /eeg writes reading an open recording down, or shows nothing", async () => {
  const query = await memoryQuery(live());
  const path = `${EEG}&start=0&end=3`;
  for (let round = 0; round < 2; round++) await (await query.get(path, chunksAsked)).bytes();
  strictEqual(query.audit.accesses.length, 1);
  // As when the grant has run out.
  query.clock.aheadMs = 86_400_000;
  query.audit.fault = new Error("away");
  const refused = await query.get(path, chunksAsked);
  strictEqual(refused.status, 503);
  ok((await refused.json()).type.startsWith("https://wavekeep.example/problems/"));
  query.audit.fault = undefined;
  strictEqual((await query.get(path, chunksAsked)).status, 200);
  strictEqual(query.audit.accesses.length, 2);
});

Deno.test("GET /eeg starts anew after a restore from backup", async () => {
  const query = await memoryQuery(live());
  const path = `${EEG}&start=0&end=3`;
  strictEqual(await sequencesOf(query, path), 3);
  query.store.recordings.length = 0;
  strictEqual((await query.get(path, chunksAsked)).status, 404);
  await query.add(live());
  query.store.incarnation = 2;
  strictEqual(await sequencesOf(query, path), 3);
});

Deno.test("GET /eeg complains of an open recording only what its rows bear out", async () => {
  const query = await memoryQuery(live());
  strictEqual(await sequencesOf(query, `${EEG}&start=0&end=3`), 3);
  const path = `${EEG}&start=0&end=3&channels=C2`;
  strictEqual((await query.get(path)).status, 422);
  const wider = await query.add({
    recordingCode: "r2",
    segments: [{ streams: [{ sequences: [0], channels: [{}, {}, {}] }] }],
  });
  // The recording is now another one under the same codes, as after a restore.
  query.store.recordings.splice(0, 1);
  Object.assign(wider.recording, { recordingCode: "r1" });
  strictEqual((await query.get(path)).status, 200);
});

Deno.test("GET /eeg streams what is too much to hold, and says so by not giving a length", async () => {
  const query = await memoryQuery({
    segments: [{ streams: [{ sequences: Array.from({ length: 100 }, (_, k) => k) }] }],
  });
  const short = () => query.get(`${EEG}&start=0&end=64`, chunksAsked);
  await (await short()).bytes();
  ok(Number((await short()).headers.get("content-length")) > 0);
  const long = await query.get(`${EEG}&start=0&end=100`, chunksAsked);
  strictEqual(long.headers.get("content-length"), null);
  strictEqual([...chunksOf(await long.bytes())].length, 100);
});

/** How often the store opened a view from now on. */
function countReads({ store }: MemoryQuery): () => number {
  const read = store.read.bind(store);
  let count = 0;
  store.read = (siteId, fn) => {
    count++;
    return read(siteId, fn);
  };
  // A look in memory is made of reads; only what the routes ask counts.
  const look = store.look.bind(store);
  store.look = async (...args) => {
    const before = count;
    const found = await look(...args);
    count = before;
    return found;
  };
  return () => count;
}
