/**
 * Accepting chunks: receipts, repeats, quarantine, groups, and what a full queue says. Every write broken in
 * turn: `fault_table_test.ts`.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { FAULT_MODES, faultOnce } from "./store/faults.ts";
import { Fixture, fixtureSet, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";
import { newDisk, send, slugOf, startTestApp } from "./testing/test_app.ts";

const fixture = new Fixture();
const carried = fixtureSet(1);
const OWN = `/patients/${PATIENT}/recordings/${RECORDING}`;

async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await new Promise((resolve) => setTimeout(resolve, 1));
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
  const running = send(app, "PUT", fixture.path(0), { body: fixture.chunk(0) });
  await until(() => deps.commits.figures().running === 1);
  const waiting = send(app, "PUT", fixture.path(1), { body: fixture.chunk(1) });
  await until(() => deps.commits.figures().waitingChunks === 1);
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
      "content-length": String(fixture.chunk(0).byteLength),
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
