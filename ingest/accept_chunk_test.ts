/**
 * The fault table: every durable write of ingest, failed and failed-but-persisted, at every call. After
 * each the process is started again on what is left, the sender repeats what was not acknowledged, and
 * everything must be as if nothing had happened.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { FAULT_MODES, type FaultMode, faultOnce, type WriteName } from "./store/faults.ts";
import { type MemoryTables, storedPositions } from "./store/memory_store.ts";
import {
  Fixture,
  fixtureSet,
  JSON_CHUNK,
  OPEN_RECORDING,
  PATIENT,
  RECORDING,
} from "./testing/fixtures.ts";
import { newDisk, send, slugOf, startTestApp, type TestDisk } from "./testing/test_app.ts";

type Step = readonly [method: string, path: string, body: unknown, token?: string];

const fixture = new Fixture();
const [carried, ahead] = [fixtureSet(1), fixtureSet(2)];
const OWN = `/patients/${PATIENT}/recordings/${RECORDING}`;

/** A device's whole day, every kind of write at least once. */
const STORY: readonly Step[] = [
  ["POST", "/recordings", OPEN_RECORDING],
  ["POST", `${OWN}/segments`, fixture.opening()],
  ["PUT", fixture.path(0), fixture.chunk(0)],
  ["PUT", fixture.path(1), fixture.chunk(1)],
  ["POST", "/ingest", fixture.batch(2, 3, 4)],
  ["POST", "/ingest", concatBytes(fixture.chunk(5, { set: carried.set }), carried.record)],
  ["PUT", fixture.setPath(ahead), ahead.record],
  ["PUT", fixture.path(6), fixture.chunk(6, { set: ahead.set })],
  ["PUT", fixture.path(0), fixture.chunk(0, { value: 999 })],
  ["POST", `${OWN}/annotations`, {
    annotations: [{
      annotation_id: "aa".repeat(16),
      kind: "button",
      source: "device",
      anchor: { coordinate: "sample", segment_id: fixture.hex, stream: 0, sample: "2.5" },
      duration: null,
      text: "patient pressed the button",
    }],
  }],
  ["POST", `${OWN}/reviews`, {
    reviews: [{
      review_id: "ab".repeat(16),
      annotation_id: "aa".repeat(16),
      annotation_version: 1,
      verdict: "accepted",
    }],
  }, "clinician"],
  ["POST", `${OWN}/clock-observations`, {
    observations: [{
      observation_id: "bb".repeat(16),
      segment_id: fixture.hex,
      device_time_micros: "1000",
      monotonic_ns: "5",
      reference_time_micros: "2000",
      reference: "ntp",
      uncertainty_micros: "10",
    }],
  }],
  ["POST", `/segments/${fixture.hex}/statements`, {
    statements: [{
      statement_id: "cc".repeat(16),
      stream: 0,
      kind: "end",
      first_sequence: 7,
      sequence_count: 0,
      first_sample: 28,
      sample_count: 0,
      reason: 5,
      signature: null,
    }],
  }],
  ["POST", `${OWN}/sources`, {
    file_sha256: "dd".repeat(32),
    byte_length: 10,
    format: "EDF",
    segment_ids: [fixture.hex],
    header: "AAAA",
    annotation_bytes_deflated: "",
    signal_order: [0, 1, 2],
    record_count_as_written: -1,
    trailing: "",
  }],
  ["POST", "/ingest", JSON_CHUNK],
  ["POST", `${OWN}/close`, { idempotency_key: "ee".repeat(16) }],
];

/** What the sender may take for final: stored, repeated, or a conflict that was put aside. */
const FINAL = new Set([200, 201, 409]);

/** Plays the story; a step that is not answered finally is sent again to a fresh process. */
async function play(disk: TestDisk, write?: WriteName, mode?: FaultMode, nth = 0) {
  const faults = write === undefined ? undefined : faultOnce(write, mode!, nth);
  let { app, deps } = startTestApp({ disk, ...(faults === undefined ? {} : { faults }) });
  const broken: { status: number; slug: string | undefined; retryAfter: string | null }[] = [];
  for (const [method, path, body, token = "device"] of STORY) {
    let answer = await send(app, method, path, { body, token });
    if (!FINAL.has(answer.status)) {
      broken.push({
        status: answer.status,
        slug: slugOf(answer.json),
        retryAfter: answer.headers.get("retry-after"),
      });
      await deps.announcer.settled();
      ({ app, deps } = startTestApp({ disk }));
      answer = await send(app, method, path, { body, token });
    }
    ok(FINAL.has(answer.status), `${method} ${path}: ${answer.status}`);
  }
  await deps.announcer.settled();
  return broken;
}

/** Everything that may not differ from a day without faults. */
function summary(tables: MemoryTables) {
  const kinds: Record<string, number> = {};
  for (const { kind } of tables.events) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return {
    patients: tables.patients.length,
    recordings: tables.recordings.map(({ recordingCode }) => recordingCode),
    closed: tables.closed.size,
    segments: tables.segments.map(({ segment }) => segment.segmentNumber),
    positions: storedPositions(tables),
    // The JSON chunk's digest hangs on its recording's key, which is another one every day.
    digests: [...tables.chunks.values()]
      .filter(({ recordingId }) => recordingId === tables.recordings[0]?.recordingId)
      .map(({ chunkDigest }) => chunkDigest.toHex()).sort(),
    parameterSets: [...tables.parameterSets.values()].map(({ digest }) => digest.toHex()).sort(),
    setEvents: kinds["parameter-set.stored"],
    quarantine: tables.quarantine.map(({ sequence, body }) => [sequence, body !== null]),
    annotations: tables.annotations.size,
    reviews: tables.reviews.size,
    observations: tables.observations.size,
    statements: tables.statements.size,
    sources: tables.sources.size,
    chunkEvents: kinds["chunk.stored"],
  };
}

const healthy = newDisk();
deepStrictEqual(await play(healthy), []);
const HEALTHY = summary(healthy.tables);

Deno.test("the story without faults stores what it says", () => {
  strictEqual(HEALTHY.positions.length, 8);
  strictEqual(HEALTHY.chunkEvents, 8);
  deepStrictEqual(HEALTHY.parameterSets, [carried.digest, ahead.digest].sort());
  strictEqual(HEALTHY.setEvents, 2);
  deepStrictEqual(HEALTHY.quarantine, [[0, true]]);
  deepStrictEqual(HEALTHY.recordings, [RECORDING, "json-1"]);
});

/** Every write, and how often the story calls it. */
const WRITES: readonly [WriteName, calls: number][] = [
  ["createPatientKey", 2],
  ["putPatient", 1],
  ["putRecording", 2],
  ["putSegment", 2],
  ["putChunks", 7],
  ["putParameterSet", 1],
  ["quarantineChunk", 1],
  ["putAnnotations", 1],
  ["putClockObservations", 1],
  ["putStatements", 1],
  ["putSource", 1],
  ["closeRecording", 1],
];

for (const [write, calls] of WRITES) {
  for (const mode of FAULT_MODES) {
    for (let nth = 0; nth < calls; nth++) {
      Deno.test(`${write}() ${mode}, call ${nth}: nothing is lost, nothing is doubled`, async () => {
        const disk = newDisk();
        const broken = await play(disk, write, mode, nth);
        deepStrictEqual(broken.map(({ status, slug }) => ({ status, slug })), [{
          status: 503,
          slug: mode === "failed" ? "store-unavailable" : "outcome-unknown",
        }]);
        ok(Number(broken[0]!.retryAfter) >= 1, "Retry-After is given");
        deepStrictEqual(summary(disk.tables), HEALTHY);
      });
    }
  }
}

for (const mode of FAULT_MODES) {
  Deno.test(`announce() ${mode}: the sender does not notice`, async () => {
    const disk = newDisk();
    deepStrictEqual(await play(disk, "announce", mode), []);
    deepStrictEqual(summary(disk.tables), HEALTHY);
  });
}

Deno.test("acceptChunks() answers an acknowledged chunk with the same receipt for ever", async () => {
  const disk = newDisk();
  const { app } = startTestApp({ disk });
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", `${OWN}/segments`, { body: fixture.opening() });
  const first = await send(app, "PUT", fixture.path(0), { body: fixture.chunk(0) });
  const again = await send(startTestApp({ disk }).app, "PUT", fixture.path(0), {
    body: fixture.chunk(0, { codec: "predictive" }),
  });
  strictEqual(first.status, 201);
  strictEqual(again.status, 200);
  const receipt = (json: Record<string, unknown>) =>
    (json.results as { receipt: unknown }[])[0]!.receipt;
  deepStrictEqual(receipt(again.json), receipt(first.json));
});

Deno.test("acceptChunks() judges repeats within one request against the first", async () => {
  const { app, tables } = startTestApp();
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", `${OWN}/segments`, { body: fixture.opening() });
  const [a, same, other] = [
    fixture.chunk(0),
    fixture.chunk(0, { codec: "predictive" }),
    fixture.chunk(0, { value: 5 }),
  ];
  const body = Uint8Array.from([...a, ...same, ...other]);
  const { status, json } = await send(app, "POST", "/ingest", { body });
  strictEqual(status, 207);
  deepStrictEqual((json.results as { status: number }[]).map(({ status }) => status), [
    201,
    200,
    409,
  ]);
  strictEqual(tables.chunks.size, 1);
  strictEqual(tables.quarantine.length, 1);
});

Deno.test("quarantine keeps three bodies of a position, then digests", async () => {
  const { app, tables } = startTestApp();
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", `${OWN}/segments`, { body: fixture.opening() });
  await send(app, "PUT", fixture.path(0), { body: fixture.chunk(0) });
  for (const value of [1, 2, 3, 4, 5, 5, 5]) {
    const { status } = await send(app, "PUT", fixture.path(0), {
      body: fixture.chunk(0, { value }),
    });
    strictEqual(status, 409);
  }
  deepStrictEqual(tables.quarantine.map(({ body }) => body !== null), [
    true,
    true,
    true,
    false,
    false,
  ]);
  strictEqual(tables.events.filter(({ kind }) => kind === "chunk.conflict").length, 7);
});

for (const mode of FAULT_MODES) {
  Deno.test(`putChunkGroup() ${mode}: each of its requests hears 503, and repeats without loss`, async () => {
    const disk = newDisk();
    const first = startTestApp({
      disk,
      faults: faultOnce("putChunkGroup", mode),
      limits: { groupsAtOnce: 1 },
    });
    await send(first.app, "POST", "/recordings", { body: OPEN_RECORDING });
    await send(first.app, "POST", `${OWN}/segments`, { body: fixture.opening() });
    const sendAll = (app: typeof first.app) =>
      Promise.all([
        send(app, "PUT", fixture.path(0), { body: fixture.chunk(0) }),
        send(app, "PUT", fixture.path(1), { body: fixture.chunk(1) }),
        send(app, "POST", "/ingest", {
          body: concatBytes(fixture.chunk(2, { set: carried.set }), carried.record),
        }),
        send(app, "POST", "/ingest", { body: fixture.batch(3, 4) }),
      ]);
    const broken = await sendAll(first.app);
    deepStrictEqual(
      broken.map(({ status, json }) => [status, slugOf(json)]),
      broken.map(() => [503, mode === "failed" ? "store-unavailable" : "outcome-unknown"]),
    );
    ok(broken.every(({ headers }) => Number(headers.get("retry-after")) >= 1));
    strictEqual(disk.tables.chunks.size, mode === "failed" ? 0 : 5);
    const again = await sendAll(startTestApp({ disk }).app);
    deepStrictEqual(
      again.map(({ status }) => status),
      again.map(() => mode === "failed" ? 201 : 200),
    );
    strictEqual(disk.tables.chunks.size, 5);
    strictEqual(disk.tables.events.filter(({ kind }) => kind === "chunk.stored").length, 5);
    strictEqual(disk.tables.parameterSets.size, 1);
  });
}

Deno.test("a full queue answers 503 with Retry-After, and stores nothing of the request", async () => {
  const gate = Promise.withResolvers<void>();
  const { app, deps, tables } = startTestApp({ limits: { groupsAtOnce: 1, waitingChunksMax: 1 } });
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", `${OWN}/segments`, { body: fixture.opening() });
  const { putChunks } = deps.store;
  Object.assign(deps.store, {
    putChunks: async (...args: Parameters<typeof putChunks>) => {
      await gate.promise;
      return await putChunks(...args);
    },
  });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 10));
  const running = send(app, "PUT", fixture.path(0), { body: fixture.chunk(0) });
  await turn();
  const waiting = send(app, "PUT", fixture.path(1), { body: fixture.chunk(1) });
  await turn();
  const refused = await send(app, "POST", "/ingest", { body: fixture.batch(2, 3) });
  deepStrictEqual([refused.status, slugOf(refused.json)], [503, "store-unavailable"]);
  ok(Number(refused.headers.get("retry-after")) >= 1);
  gate.resolve();
  deepStrictEqual([(await running).status, (await waiting).status], [201, 201]);
  strictEqual(tables.chunks.size, 2);
});

Deno.test("a sender who hangs up while its chunk waits does not hold the group up", async () => {
  const { app, tables } = startTestApp({ limits: { groupsAtOnce: 1 } });
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", `${OWN}/segments`, { body: fixture.opening() });
  const hangUp = new AbortController();
  const gone = app.request(fixture.path(0), {
    method: "PUT",
    headers: {
      "authorization": "Bearer device",
      "content-type": "application/vnd.wavekeep.chunks",
    },
    body: fixture.chunk(0),
    signal: hangUp.signal,
  });
  const others = [1, 2, 3].map((sequence) =>
    send(app, "PUT", fixture.path(sequence), { body: fixture.chunk(sequence) })
  );
  hangUp.abort();
  deepStrictEqual((await Promise.all(others)).map(({ status }) => status), [201, 201, 201]);
  await Promise.resolve(gone).catch(() => {});
  ok(tables.chunks.size >= 3);
});

Deno.test("acceptBatch() tries each chunk alone when the group aborts", async () => {
  const disk = newDisk();
  const { app, deps } = startTestApp({ disk });
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", `${OWN}/segments`, { body: fixture.opening() });
  const { putChunks } = deps.store;
  Object.assign(deps.store, {
    putChunks: (...[sender, chunks]: Parameters<typeof putChunks>) => {
      if (chunks.some(({ sequence }) => sequence === 2)) {
        return Promise.reject(new Error("check constraint"));
      }
      return putChunks(sender, chunks);
    },
  });
  const { status, json } = await send(app, "POST", "/ingest", { body: fixture.batch(1, 2, 3) });
  strictEqual(status, 207);
  deepStrictEqual((json.results as { status: number }[]).map(({ status }) => status), [
    201,
    500,
    201,
  ]);
  strictEqual(disk.tables.chunks.size, 2);
});
