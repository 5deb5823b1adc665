// One damaged second: every route of query says so and names the stretch, none gives it as data, and who
// shows the rest gets the rest. On memory stores, with one row damaged in each way a row can be.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatHex } from "@wavekeep/core/bytes";
import { splitAnswer } from "@wavekeep/core/chunk";
import { COLUMNS_MEDIA_TYPE } from "@wavekeep/core/wire";
import pg from "pg";
import type { StoredChunk } from "../store/query_store.ts";
import { type MemoryQuery, memoryQuery } from "../testing/memory_query.ts";
import type { MadeRecording } from "../testing/sealed_recording.ts";

const CHUNKS = "application/vnd.wavekeep.chunks";
const SECONDS = 6;
const DAMAGED = 3;
const CODES = "patient_id=p1&recording_id=r1";

/** 100 s from recording start, so that a stretch is not its own sequence by accident. */
const RECORDING: MadeRecording = {
  segments: [{
    start: "100",
    streams: [{ sequences: [0, 1, 2, 3, 4, 5], channels: [{}, {}] }],
  }],
  annotations: [{ onset: "1", text: "mark" }],
};

const STRETCH = {
  stream: 0,
  sequence: DAMAGED,
  "first_sample": 4 * DAMAGED,
  "sample_count": 4,
  "start_seconds": "103",
  "end_seconds": "104",
};

/** Ways in which a row is not what was stored. */
const DAMAGES: Readonly<Record<string, (chunk: StoredChunk, other: StoredChunk) => StoredChunk>> = {
  "seal": (chunk) => ({ ...chunk, body: flipped(chunk.body) }),
  "key": (chunk) => ({ ...chunk, firstSample: chunk.firstSample + 4 }),
  "seal of another row": (chunk, other) => ({ ...chunk, body: other.body }),
};

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

async function damagedQuery(
  damage: (chunk: StoredChunk, other: StoredChunk) => StoredChunk = DAMAGES["seal"]!,
): Promise<MemoryQuery> {
  const query = await memoryQuery(RECORDING);
  const { chunks } = query.store.recordings[0]!;
  chunks[DAMAGED] = damage(chunks[DAMAGED]!, chunks[DAMAGED + 1]!);
  return query;
}

async function checkNamed(response: Response): Promise<void> {
  strictEqual(response.status, 500);
  const problem = await response.json();
  ok(problem.type.endsWith("/integrity-failed"), JSON.stringify(problem));
  const [{ segment_id: segmentId, failed, ...stretch }, ...others] = problem.stretches;
  deepStrictEqual(others, []);
  deepStrictEqual(stretch, STRETCH);
  strictEqual(segmentId.length, 32);
  ok(["seal", "key"].includes(failed));
}

const SEGMENT = (query: MemoryQuery) => query.store.recordings[0]!.segments[0]!.segmentId;

/** Every route that gives samples, over the damaged second. */
const ROUTES: Readonly<
  Record<string, (query: MemoryQuery) => [path: string, accept?: string]>
> = {
  "window as JSON": () => [`/eeg?${CODES}&start=100&end=106`],
  "window as columns": () => [`/eeg?${CODES}&start=102.5&end=103.5`, COLUMNS_MEDIA_TYPE],
  "window of one channel": () => [`/eeg?${CODES}&start=103&end=103.25&channels=C1`],
  "window as chunks": () => [`/eeg?${CODES}&start=100&end=106`, CHUNKS],
  "one chunk": (query) => [`/segments/${SEGMENT(query)}/streams/0/chunks/${DAMAGED}`, CHUNKS],
  "envelope": () => [`/envelope?${CODES}&start=100&end=106&columns=6`],
  "export": () => [`/patients/p1/recordings/r1/export.edf`],
};

for (const [name, of] of Object.entries(ROUTES)) {
  Deno.test(`a damaged second is a problem that names it: ${name}`, async () => {
    for (const damage of Object.values(DAMAGES)) {
      const query = await damagedQuery(damage);
      const [path, accept = "*/*"] = of(query);
      await checkNamed(await query.get(path, { headers: { accept } }));
      const [finding, ...others] = query.audit.findings;
      deepStrictEqual(others, []);
      deepStrictEqual(
        [finding?.sequence, finding?.stream, finding?.detail["start_seconds"]],
        [DAMAGED, 0, "103"],
      );
    }
  });
}

Deno.test("what does not touch the damaged second is answered as ever", async () => {
  const query = await damagedQuery();
  for (const [start, end] of [["100", "103"], ["104", "106"]]) {
    strictEqual((await query.get(`/eeg?${CODES}&start=${start}&end=${end}`)).status, 200);
  }
  strictEqual((await query.get("/recordings")).status, 200);
  strictEqual((await query.get("/patients/p1/recordings/r1")).status, 200);
  strictEqual((await query.get("/patients/p1/recordings/r1/annotations")).status, 200);
  deepStrictEqual(query.audit.findings, []);
});

Deno.test("chunks with failed=mark: a record in the place of each that failed, the rest as stored", async () => {
  const query = await damagedQuery();
  const { chunks } = query.store.recordings[0]!;
  chunks[0] = { ...chunks[0]!, body: flipped(chunks[0]!.body) };
  const path = `/eeg?${CODES}&start=100&end=106&failed=mark`;
  const response = await query.get(path, { headers: { accept: CHUNKS } });
  strictEqual(response.status, 200);
  const seen = [...splitAnswer(await response.bytes())].map((record) =>
    record.kind === "failed"
      ? [record.failed.sequence, record.failed.step, record.failed.firstSample]
      : record.kind
  );
  deepStrictEqual(seen, [[0, "seal", 0], "chunk", "chunk", [3, "seal", 12], "chunk", "chunk"]);
  deepStrictEqual(query.audit.findings.map(({ sequence }) => sequence), [0, 3]);
  // Told once, not with every turn of the page.
  await (await query.get(path, { headers: { accept: CHUNKS } })).bytes();
  strictEqual(query.audit.findings.length, 2);
});

Deno.test("a row that the database cannot read fails alone", async () => {
  const query = await memoryQuery(RECORDING);
  const { store } = query;
  const broken = new pg.DatabaseError("missing chunk number 0 for toast value", 0, "error");
  broken.code = "XX001";
  const chunkPage = store.chunkPage.bind(store);
  store.chunkPage = (siteId, scope, limit) =>
    scope.start <= DAMAGED && DAMAGED < Math.min(scope.end, scope.start + limit)
      ? Promise.reject(broken)
      : chunkPage(siteId, scope, limit);
  const look = store.look.bind(store);
  store.look = (siteId, recordingId, scopes, options) =>
    options.bodies ? Promise.reject(broken) : look(siteId, recordingId, scopes, options);
  for (let turn = 0; turn < 2; turn++) {
    const path = `/eeg?${CODES}&start=100&end=106`;
    const marked = await query.get(`${path}&failed=mark`, { headers: { accept: CHUNKS } });
    strictEqual(marked.status, 200);
    const seen = [...splitAnswer(await marked.bytes())];
    strictEqual(seen.length, SECONDS);
    const failed = seen.flatMap((record) => record.kind === "failed" ? [record.failed] : []);
    deepStrictEqual(failed.map(({ sequence, step }) => [sequence, step]), [[DAMAGED, "storage"]]);
    strictEqual(formatHex(failed[0]!.segmentId), SEGMENT(query));
    const problem = await (await query.get(path)).json();
    ok(problem.type.endsWith("/integrity-failed"));
    deepStrictEqual(problem.stretches.map(({ failed }: { failed: string }) => failed), ["storage"]);
  }
});

Deno.test("a row that is gone though the index knows of it is named", async () => {
  const query = await memoryQuery(RECORDING);
  const { store } = query;
  const chunkPage = store.chunkPage.bind(store);
  store.chunkPage = async (...args) =>
    (await chunkPage(...args)).filter(({ sequence }) => sequence !== DAMAGED);
  const problem = await (await query.get(`/eeg?${CODES}&start=100&end=106`)).json();
  ok(problem.type.endsWith("/integrity-failed"));
  deepStrictEqual(
    problem.stretches.map(({ failed, sequence }: { failed: string; sequence: number }) => [
      failed,
      sequence,
    ]),
    [["present", DAMAGED]],
  );
});

Deno.test("a stream's row that says another rate, kind or width than its descriptor opens nothing", async () => {
  for (
    const change of [{ rateSamples: 5n }, { rateSeconds: 2n }, { kind: 2 }, { channelCount: 3 }]
  ) {
    const query = await memoryQuery(RECORDING);
    const { streams } = query.store.recordings[0]!;
    streams[0] = { ...streams[0]!, ...change };
    const response = await query.get(`/eeg?${CODES}&start=100&end=101`);
    const problem = await response.json();
    ok(problem.type.endsWith("/integrity-failed"), JSON.stringify(problem));
  }
});
