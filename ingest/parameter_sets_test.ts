/**
 * Parameter sets through the front door: with their chunks, ahead of them, damaged, too many, another's;
 * after a restart, and when what is stored is damaged.
 *
 * @module
 */

import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { crc32c } from "@wavekeep/core/checksum";
import { decodeChunk, recordingReference } from "@wavekeep/core/chunk";
import { chunkPlace, nodeSha256, parameterSetPlace, unseal } from "@wavekeep/core/crypto";
import { recordingKey } from "./recording_key.ts";
import { type FaultMode, faultOnce } from "./store/faults.ts";
import { storedPositions } from "./store/memory_store.ts";
import {
  Fixture,
  fixtureSet,
  OPEN_RECORDING,
  PATIENT,
  RECORDING,
  withFreshChecksum,
} from "./testing/fixtures.ts";
import {
  newDisk,
  send,
  slugOf,
  startTestApp,
  type TestApp,
  type TestDisk,
} from "./testing/test_app.ts";

const fixture = new Fixture();
const A = fixtureSet(1);
const B = fixtureSet(2);
const chunkA = (sequence: number) => fixture.chunk(sequence, { set: A.set });
const chunkB = (sequence: number) => fixture.chunk(sequence, { set: B.set });

async function openedApp(
  disk: TestDisk = newDisk(),
  options: Parameters<typeof startTestApp>[0] = {},
): Promise<TestApp> {
  const started = startTestApp({ disk, ...options });
  await open(started, fixture, RECORDING);
  return started;
}

async function open({ app }: TestApp, of: Fixture, recording: string): Promise<void> {
  await send(app, "POST", "/recordings", {
    body: {
      ...OPEN_RECORDING,
      recording_id: recording,
      idempotency_key: nodeSha256(new TextEncoder().encode(recording)).slice(0, 16).toHex(),
    },
  });
  await send(app, "POST", `/patients/${PATIENT}/recordings/${recording}/segments`, {
    body: of.opening(),
  });
}

const post = ({ app }: Pick<TestApp, "app">, ...parts: Uint8Array[]) =>
  send(app, "POST", "/ingest", { body: concatBytes(...parts) });
const put = ({ app }: Pick<TestApp, "app">, sequence: number, body: Uint8Array) =>
  send(app, "PUT", fixture.path(sequence), { body });

interface Outcome {
  readonly status: number;
  readonly digest?: string | null;
  readonly problem?: Record<string, unknown>;
}

/** Statuses, with the slugs of problems, of the chunks and of the sets. */
function outcomesOf(json: Record<string, unknown>): { chunks: unknown[]; sets: unknown[] } {
  const brief = ({ status, problem }: Outcome) => problem === undefined ? status : slugOf(problem);
  return {
    chunks: (json.results as Outcome[]).map(brief),
    sets: (json.parameter_sets as Outcome[] ?? []).map(brief),
  };
}

const setCount = ({ tables }: TestDisk) => tables.parameterSets.size;
const eventCount = ({ tables }: TestDisk, kind: string) =>
  tables.events.filter((event) => event.kind === kind).length;

Deno.test("acceptBatch() takes a set anywhere among the chunks that name it", async () => {
  for (
    const body of [
      [A.record, chunkA(0), chunkA(1)],
      [chunkA(0), A.record, chunkA(1)],
      [chunkA(0), chunkA(1), A.record],
      [A.record, chunkA(0), A.record, chunkA(1)],
    ]
  ) {
    const app = await openedApp();
    const { status, json } = await post(app, ...body);
    strictEqual(status, 201);
    const sets = body.filter((part) => part === A.record).map(() => 201);
    deepStrictEqual(outcomesOf(json), { chunks: [201, 201], sets });
    strictEqual((json.parameter_sets as Outcome[])[0]!.digest, A.digest);
    deepStrictEqual([setCount(app), eventCount(app, "parameter-set.stored")], [1, 1]);
  }
});

Deno.test("acceptBatch() answers without sets as it always did", async () => {
  const { json } = await post(await openedApp(), fixture.chunk(0));
  deepStrictEqual(Object.keys(json), ["results"]);
});

Deno.test("acceptBatch() with a set again is a repeat", async () => {
  const app = await openedApp();
  await post(app, A.record, chunkA(0));
  const again = await post(app, A.record, chunkA(0));
  strictEqual(again.status, 200);
  deepStrictEqual(outcomesOf(again.json), { chunks: [200], sets: [200] });
  const next = await post(app, A.record, chunkA(1));
  strictEqual(next.status, 201);
  deepStrictEqual(outcomesOf(next.json), { chunks: [201], sets: [200] });
  deepStrictEqual([setCount(app), eventCount(app, "parameter-set.stored")], [1, 1]);
});

Deno.test("a chunk whose set was not sent is refused by name, and nothing of it is stored", async () => {
  const app = await openedApp();
  for (const answer of [await put(app, 0, chunkA(0)), await post(app, chunkA(0))]) {
    deepStrictEqual([answer.status, slugOf(answer.json)], [409, "parameter-set-missing"]);
    strictEqual(answer.json.parameter_set, A.digest);
    ok(String(answer.json.detail).includes(A.digest));
  }
  const mixed = await post(app, B.record, chunkA(0), chunkB(1), fixture.chunk(2));
  strictEqual(mixed.status, 207);
  deepStrictEqual(outcomesOf(mixed.json), {
    chunks: ["parameter-set-missing", 201, 201],
    sets: [201],
  });
  deepStrictEqual(storedPositions(app.tables), [`${fixture.hex}/0/1`, `${fixture.hex}/0/2`]);
});

Deno.test("a set that is stored serves single chunks, this process's and the next one's", async () => {
  const disk = newDisk();
  const app = await openedApp(disk);
  strictEqual((await post(app, A.record, chunkA(0))).status, 201);
  strictEqual((await put(app, 1, chunkA(1))).status, 201);
  const next = startTestApp({ disk });
  strictEqual((await put(next, 2, chunkA(2))).status, 201);
  strictEqual((await post(next, chunkA(3), chunkA(4))).status, 201);
  strictEqual(disk.tables.chunks.size, 5);
});

Deno.test("PUT of a set is stored, then repeated; its chunks follow alone", async () => {
  const app = await openedApp();
  const first = await send(app.app, "PUT", fixture.setPath(A), { body: A.record });
  deepStrictEqual([first.status, first.json], [201, { status: "stored" }]);
  const again = await send(app.app, "PUT", fixture.setPath(A), { body: A.record });
  deepStrictEqual([again.status, again.json], [200, { status: "repeated" }]);
  strictEqual((await put(app, 0, chunkA(0))).status, 201);
  deepStrictEqual([setCount(app), eventCount(app, "parameter-set.stored")], [1, 1]);
});

Deno.test("PUT of a set refuses what is not that set, or not for this sender", async () => {
  const app = await openedApp();
  const flipped = A.record.slice();
  flipped[14]! ^= 1;
  const nonsense = withFreshChecksum(A.record, crc32c);
  nonsense.fill(0xff, 12, -4);
  const rows: [name: string, path: string, body: Uint8Array, token: string, expected: unknown][] = [
    ["another", fixture.setPath(B), A.record, "device", [422, "validation"]],
    ["flipped", fixture.setPath(A), flipped, "device", [400, "parameter-set-invalid"]],
    ["cut", fixture.setPath(A), A.record.slice(0, -1), "device", [400, "parameter-set-invalid"]],
    ["none", fixture.setPath(A), new Uint8Array(), "device", [400, "parameter-set-invalid"]],
    ["chunk", fixture.setPath(A), fixture.chunk(0), "device", [400, "parameter-set-invalid"]],
    ["two", fixture.setPath(A), concatBytes(A.record, A.record), "device", [
      400,
      "parameter-set-invalid",
    ]],
    ["nonsense", fixture.setPath(A), withFreshChecksum(nonsense, crc32c), "device", [
      415,
      "unsupported-version",
    ]],
    ["nobody's", new Fixture(9).setPath(A), A.record, "device", [409, "segment-unknown"]],
    ["not ours", fixture.setPath(A), A.record, "other-device", [409, "not-owner"]],
    ["other site", fixture.setPath(A), A.record, "other-site", [409, "segment-unknown"]],
    ["clinician", fixture.setPath(A), A.record, "clinician", [403, "forbidden"]],
    ["no digest", `/segments/${fixture.hex}/parameter-sets/x`, A.record, "device", [
      422,
      "validation",
    ]],
  ];
  for (const [name, path, body, token, expected] of rows) {
    const { status, json } = await send(app.app, "PUT", path, { body, token });
    deepStrictEqual([status, slugOf(json)], expected, name);
  }
  const asJson = await send(app.app, "PUT", fixture.setPath(A), { body: {} });
  deepStrictEqual([asJson.status, slugOf(asJson.json)], [415, "unsupported-media-type"]);
  strictEqual(setCount(app), 0);
});

Deno.test("acceptBatch() keeps a damaged set from taking others' chunks down", async () => {
  const app = await openedApp();
  const flipped = A.record.slice();
  flipped[14]! ^= 1;
  const { status, json } = await post(app, flipped, chunkA(0), B.record, chunkB(1));
  strictEqual(status, 207);
  deepStrictEqual(outcomesOf(json), {
    chunks: ["parameter-set-missing", 201],
    sets: ["parameter-set-invalid", 201],
  });
  strictEqual((json.parameter_sets as Outcome[])[0]!.digest, null);
  // A chunk that is alone has its problem as the answer, unless its set was refused beside it.
  const alone = await post(app, flipped, chunkA(0));
  deepStrictEqual(outcomesOf(alone.json), {
    chunks: ["parameter-set-missing"],
    sets: ["parameter-set-invalid"],
  });
});

Deno.test("acceptBatch() stores no set that no good chunk names", async () => {
  const app = await openedApp();
  const only = await post(app, A.record);
  deepStrictEqual([only.status, slugOf(only.json)], [422, "parameter-set-unclaimed"]);
  const beside = await post(app, A.record, fixture.chunk(0));
  deepStrictEqual(outcomesOf(beside.json), { chunks: [201], sets: ["parameter-set-unclaimed"] });
  const offGrid = fixture.chunk(1, { set: A.set, sampleCount: 5 });
  const refused = await post(app, A.record, offGrid, fixture.chunk(2));
  deepStrictEqual(outcomesOf(refused.json), {
    chunks: ["off-grid", 201],
    sets: ["parameter-set-unclaimed"],
  });
  const others = await send(app.app, "POST", "/ingest", {
    body: concatBytes(A.record, chunkA(3)),
    token: "other-device",
  });
  deepStrictEqual(outcomesOf(others.json), {
    chunks: ["not-owner"],
    sets: ["parameter-set-unclaimed"],
  });
  strictEqual(setCount(app), 0);
});

Deno.test("who does not own a segment does not learn which sets are stored", async () => {
  const app = await openedApp();
  await post(app, A.record, chunkA(0));
  for (const chunk of [chunkA(1), chunkB(1)]) {
    const { json } = await send(app.app, "PUT", fixture.path(1), {
      body: chunk,
      token: "other-device",
    });
    strictEqual(slugOf(json), "not-owner");
  }
});

Deno.test("a set belongs to one recording: another of the same patient does not have it", async () => {
  const app = await openedApp();
  const other = new Fixture(8, {
    recordingReference: recordingReference(PATIENT, "night-2", nodeSha256),
  });
  await open(app, other, "night-2");
  await post(app, A.record, chunkA(0));
  const body = other.chunk(0, { set: A.set });
  const alone = await send(app.app, "PUT", other.path(0), { body });
  strictEqual(slugOf(alone.json), "parameter-set-missing");
  const both = await post(app, A.record, chunkA(1), body);
  deepStrictEqual(outcomesOf(both.json), { chunks: [201, 201], sets: [201] });
  strictEqual(setCount(app), 2);
});

Deno.test("a set is stored sealed for its place, twice, with two nonces", async () => {
  const app = await openedApp();
  await post(app, A.record, chunkA(0));
  const [stored] = [...app.tables.parameterSets.values()];
  const [recording] = app.tables.recordings;
  const key = await recordingKey(app.deps.keyStore, recording!);
  const place = parameterSetPlace(1, recording!.recordingId, A.digest);
  notDeepStrictEqual(stored!.body, stored!.copy);
  notDeepStrictEqual(stored!.body.slice(0, 12), stored!.copy.slice(0, 12));
  for (const sealed of [stored!.body, stored!.copy]) {
    deepStrictEqual(unseal(key, place, sealed), A.set.bytes);
  }
});

Deno.test("a conflicting chunk in quarantine has its set stored too", async () => {
  const app = await openedApp();
  await post(app, fixture.chunk(0));
  const other = fixture.chunk(0, { set: A.set, value: 5 });
  const { json } = await post(app, A.record, other);
  strictEqual(slugOf(json), "chunk-conflict");
  strictEqual(setCount(app), 1);
  const [recording] = app.tables.recordings;
  ok(recording !== undefined && app.tables.quarantine.length === 1);
});

Deno.test("the same samples in another codec are the chunk that is there", async () => {
  const app = await openedApp();
  await post(app, fixture.chunk(0), A.record, chunkA(1));
  const again = await post(app, A.record, chunkA(0), fixture.chunk(1));
  deepStrictEqual(outcomesOf(again.json), { chunks: [200, 200], sets: [200] });
  const [first] = [...app.tables.chunks.values()];
  const key = await recordingKey(app.deps.keyStore, app.tables.recordings[0]!);
  const bytes = unseal(key, chunkPlace({ siteId: 1, ...first! }), first!.body);
  strictEqual(decodeChunk(bytes, { sha256: nodeSha256 }).header.codec, "raw");
});

Deno.test("a set whose transaction failed is not remembered", async () => {
  for (const mode of ["failed", "failed-but-persisted"] satisfies FaultMode[]) {
    const disk = newDisk();
    const app = await openedApp(disk, { faults: faultOnce("putChunks", mode) });
    strictEqual((await post(app, A.record, chunkA(0))).status, 503);
    // The same process: what failed must be sent again, what was persisted is found.
    const next = await put(app, 1, chunkA(1));
    strictEqual(next.status, mode === "failed" ? 409 : 201, mode);
    const again = await post(app, A.record, chunkA(0), chunkA(1));
    ok(again.status === 200 || again.status === 201);
    deepStrictEqual([setCount(disk), eventCount(disk, "parameter-set.stored")], [1, 1], mode);
    strictEqual(disk.tables.chunks.size, 2);
  }
});

Deno.test("a set in a batch that aborts is stored with the chunk that is tried alone", async () => {
  const disk = newDisk();
  const app = await openedApp(disk);
  const { putChunks } = app.deps.store;
  Object.assign(app.deps.store, {
    putChunks: (...[sender, chunks, sets]: Parameters<typeof putChunks>) => {
      if (chunks.some(({ sequence }) => sequence === 2)) {
        return Promise.reject(new Error("check constraint"));
      }
      return putChunks(sender, chunks, sets);
    },
  });
  const { json } = await post(app, A.record, chunkA(1), B.record, chunkB(2), chunkA(3));
  deepStrictEqual(outcomesOf(json), { chunks: [201, "internal", 201], sets: [201, "internal"] });
  strictEqual(setCount(disk), 1);
  strictEqual(disk.tables.chunks.size, 2);
});

/** Damages one or both of the stored forms of the only set. */
function damage({ tables }: TestDisk, ...parts: ("body" | "copy")[]): void {
  for (const row of tables.parameterSets.values()) {
    for (const part of parts) row[part][20]! ^= 1;
  }
}

Deno.test("a damaged body is answered by its copy, and the operator is told", async () => {
  const disk = newDisk();
  await post(await openedApp(disk), A.record, chunkA(0));
  damage(disk, "body");
  const next = startTestApp({ disk });
  strictEqual((await put(next, 1, chunkA(1))).status, 201);
  strictEqual((await put(next, 2, chunkA(2))).status, 201);
  const alarms = next.log.filter(({ level }) => level === "error");
  deepStrictEqual(alarms.map(({ msg, parameterSet }) => [msg, parameterSet]), [
    ["stored parameter set damaged, its copy was used", A.digest],
  ]);
});

Deno.test("a set damaged in both forms is our fault, also when it is sent again", async () => {
  const disk = newDisk();
  await post(await openedApp(disk), A.record, chunkA(0));
  damage(disk, "body", "copy");
  const next = startTestApp({ disk });
  for (const body of [[chunkA(1)], [A.record, chunkA(1)]]) {
    const { status, json } = await post(next, ...body);
    const problem = status === 207 ? (json.results as Outcome[])[0]!.problem! : json;
    deepStrictEqual([problem.status, slugOf(problem)], [500, "integrity-failed"]);
    strictEqual(problem.parameter_set, A.digest);
  }
  strictEqual(disk.tables.chunks.size, 1);
  ok(next.log.some(({ msg }) => msg === "stored parameter set damaged, and its copy too"));
});

Deno.test("a recording may have 64 sets, and one more for every 30 chunks", async () => {
  const app = await openedApp();
  const sets = Array.from({ length: 66 }, (_, seed) => fixtureSet(100 + seed));
  const records = sets.slice(0, 65).map(({ record }) => record);
  const chunks = sets.slice(0, 65).map(({ set }, sequence) => fixture.chunk(sequence, { set }));
  const { status, json } = await post(app, ...records, ...chunks);
  strictEqual(status, 207);
  const outcomes = outcomesOf(json);
  deepStrictEqual(outcomes.chunks.slice(63), [201, "parameter-set-limit"]);
  deepStrictEqual(outcomes.sets.slice(63), [201, "parameter-set-unclaimed"]);
  strictEqual(setCount(app), 64);
  // 64 chunks are stored by now: room for two more.
  const two = await post(app, sets[64]!.record, chunks[64]!);
  strictEqual(two.status, 201);
  const direct = await send(app.app, "PUT", fixture.setPath(sets[65]!), {
    body: sets[65]!.record,
  });
  strictEqual(direct.status, 201);
  const last = await send(app.app, "PUT", fixture.setPath(A), { body: A.record });
  deepStrictEqual([last.status, slugOf(last.json)], [429, "parameter-set-limit"]);
  strictEqual(last.headers.get("retry-after"), "60");
});

Deno.test("a body with too many sets is refused whole", async () => {
  const app = await openedApp(newDisk(), { limits: { batchChunksMax: 2 } });
  const { status, json } = await post(app, A.record, A.record, A.record, chunkA(0));
  deepStrictEqual([status, slugOf(json)], [413, "body-too-large"]);
  strictEqual(setCount(app), 0);
});

Deno.test("a body cut anywhere inside a set is refused whole", async () => {
  const app = await openedApp();
  const body = concatBytes(fixture.chunk(0), A.record);
  for (let length = fixture.chunk(0).byteLength + 1; length < body.byteLength; length++) {
    const { status, json } = await post(app, body.slice(0, length));
    deepStrictEqual([status, slugOf(json)], [400, "chunk-truncated"], `cut at ${length}`);
  }
  strictEqual(app.tables.chunks.size, 0);
});
