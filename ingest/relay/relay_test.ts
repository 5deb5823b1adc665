import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readChunkHeader, splitRecords } from "@wavekeep/core/chunk";
import { Fixture, fixtureSet, OPEN_RECORDING, PATIENT, RECORDING } from "../testing/fixtures.ts";
import { send, slugOf } from "../testing/test_app.ts";
import { type Relay, type Sent, withRelay } from "./testing/relay_stage.ts";

const SEGMENTS = `/patients/${PATIENT}/recordings/${RECORDING}/segments`;
const fixture = new Fixture();

async function open(relay: Relay, of: Fixture = fixture): Promise<void> {
  strictEqual((await send(relay.app, "POST", "/recordings", { body: OPEN_RECORDING })).status, 202);
  const opened = await send(relay.app, "POST", SEGMENTS, { body: of.opening() });
  deepStrictEqual([opened.status, opened.json["held_by"]], [202, "bedside"]);
}

async function hold(relay: Relay, ...sequences: number[]) {
  const answers = [];
  for (const sequence of sequences) {
    const body = fixture.chunk(sequence);
    answers.push(await send(relay.app, "PUT", fixture.path(sequence), { body }));
  }
  return answers;
}

const state = async (relay: Relay) => {
  const { json } = await send(relay.app, "GET", `/segments/${fixture.hex}/state`);
  return json as Record<string, unknown> & { streams: Record<string, unknown>[] };
};

const sequencesOf = ({ body }: Sent) =>
  [...splitRecords(body)].filter(({ kind }) => kind === "chunk")
    .map(({ bytes }) => readChunkHeader(bytes).sequence);

async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!await is()) await new Promise((done) => setTimeout(done, 5));
}

Deno.test("a relay answers 202 and its name, and ingest gets the same bytes in the device's name", async () => {
  await withRelay(async (stage) => {
    const relay = await stage.start();
    await open(relay);
    const [held] = await hold(relay, 0, 1, 2);
    deepStrictEqual([held!.status, held!.json], [202, {
      results: [{ status: 202, "held_by": "bedside" }],
    }]);
    await relay.emptied();
    const { tables } = stage.ingest;
    strictEqual(tables.chunks.size, 3);
    const bodies = stage.sent.filter(({ path }) => path === "/ingest").map(({ body }) => body);
    const chunks = bodies.flatMap((body) => [...splitRecords(body)].map(({ bytes }) => bytes));
    deepStrictEqual(
      new Set(chunks.map((bytes) => bytes.toHex())),
      new Set([0, 1, 2].map((sequence) => fixture.chunk(sequence).toHex())),
    );
    // The device owns its segment, whichever way it goes next.
    const direct = await send(stage.ingest.app, "PUT", fixture.path(3), { body: fixture.chunk(3) });
    strictEqual(direct.status, 201);
  });
});

Deno.test("ingest's receipts reach the device by the state, and by sending a chunk again", async () => {
  await withRelay(async (stage) => {
    stage.network = "away";
    const relay = await stage.start();
    await open(relay);
    await hold(relay, 0, 1, 3);
    const before = await state(relay);
    deepStrictEqual(
      [before["held_by"], before["incarnation"], before.streams[0]!["high_water"]],
      ["bedside", 0, 2],
    );
    deepStrictEqual(before.streams[0]!["missing"], [{ start: 2, end: 3 }]);
    strictEqual(before.streams[0]!["stored_high_water"], 0);
    stage.network = "there";
    await relay.emptied();
    await until(async () => (await state(relay))["incarnation"] === 1);
    strictEqual((await state(relay)).streams[0]!["stored_high_water"], 2);
    const [again] = await hold(relay, 1);
    strictEqual(again!.status, 200);
    const [{ receipt }] = again!.json["results"] as [{ receipt: Record<string, unknown> }];
    const direct = await send(stage.ingest.app, "PUT", fixture.path(1), { body: fixture.chunk(1) });
    deepStrictEqual(receipt, (direct.json["results"] as [{ receipt: unknown }])[0].receipt);
  });
});

Deno.test("after an outage and a restart live chunks go first, and everything arrives once", async () => {
  await withRelay(async (stage) => {
    stage.network = "away";
    let relay = await stage.start();
    await open(relay);
    await hold(relay, ...Array(30).keys());
    relay = await stage.start();
    await hold(relay, 30);
    stage.sent.length = 0;
    stage.network = "there";
    await relay.emptied();
    const batches = stage.sent.filter(({ path }) => path === "/ingest").map(sequencesOf);
    const live = batches.findIndex((sequences) => sequences.includes(30));
    ok(live <= 1, `the live chunk went as number ${live + 1}`);
    strictEqual(batches.flat().length, 31);
    strictEqual(stage.ingest.tables.chunks.size, 31);
    const stored = await send(stage.ingest.app, "GET", `/segments/${fixture.hex}/state`);
    const [{ high_water }] = stored.json["streams"] as [{ high_water: number }];
    strictEqual(high_water, 31);
  });
});

Deno.test("what came in during an outage is backlog when it ends, without any restart", async () => {
  await withRelay(async (stage) => {
    stage.network = "away";
    const relay = await stage.start();
    await open(relay);
    await hold(relay, ...Array(24).keys());
    const { lastEntryNo } = relay.spool;
    // Longer than anything counts as live.
    await until(() => {
      stage.clockMs += 30;
      return relay.drain.status().liveAfter >= lastEntryNo;
    });
    await hold(relay, 24);
    stage.network = "there";
    await relay.emptied();
    const batches = stage.sent.filter(({ path }) => path === "/ingest").map(sequencesOf);
    const live = batches.findIndex((sequences) => sequences.includes(24));
    ok(live <= 1, `the live chunk went as number ${live + 1} of ${batches.length}`);
  });
});

Deno.test("a parameter set goes with the first chunk that names it, and once", async () => {
  await withRelay(async (stage) => {
    const relay = await stage.start();
    await open(relay);
    const { set, record, digest } = fixtureSet(5);
    const chunk = (sequence: number) => fixture.chunk(sequence, { set });
    const early = await send(relay.app, "PUT", fixture.path(0), { body: chunk(0) });
    deepStrictEqual([early.status, slugOf(early.json)], [409, "parameter-set-missing"]);
    const path = `/segments/${fixture.hex}/parameter-sets/${digest}`;
    strictEqual((await send(relay.app, "PUT", path, { body: record })).status, 202);
    for (const sequence of [0, 1]) {
      const held = await send(relay.app, "PUT", fixture.path(sequence), { body: chunk(sequence) });
      strictEqual(held.status, 202);
      await relay.emptied();
    }
    const sets = stage.sent.filter(({ path }) => path === "/ingest")
      .map(({ body }) => [...splitRecords(body)].filter(({ kind }) => kind !== "chunk").length);
    deepStrictEqual(sets, [1, 0]);
    strictEqual(stage.ingest.tables.chunks.size, 2);
  });
});

Deno.test("what ingest refuses for good is kept, holds up nothing, and is told to the device", async () => {
  await withRelay(async (stage) => {
    const relay = await stage.start();
    await open(relay);
    await relay.emptied();
    // Somebody has stated an end that the device does not know of.
    const end = {
      "statement_id": "ab".repeat(16),
      stream: 0,
      kind: "end",
      "first_sequence": 2,
      "sequence_count": 0,
      "first_sample": 8,
      "sample_count": 0,
      reason: 5,
      signature: null,
    };
    const path = `/segments/${fixture.hex}/statements`;
    const stated = await send(stage.ingest.app, "POST", path, { body: { statements: [end] } });
    strictEqual(stated.status, 201);
    await hold(relay, 2, 0, 1);
    await relay.emptied();
    strictEqual(stage.ingest.tables.chunks.size, 2);
    strictEqual(relay.spool.status().disputedEntries, 1);
    strictEqual((await state(relay))["disputed"], 1);
    const [again] = await hold(relay, 2);
    deepStrictEqual([again!.status, slugOf(again!.json)], [409, "beyond-end"]);
    ok(stage.alarms.includes("entry was refused for good"));
  });
});

Deno.test("a restored ingest gets back what older receipts cover, openings included", async () => {
  await withRelay(async (stage) => {
    const relay = await stage.start();
    await open(relay);
    await hold(relay, 0, 1, 2);
    await relay.emptied();
    await until(() => relay.spool.incarnation === 1);
    // An older copy of the database: everything is gone, and the incarnation is higher.
    const { tables } = stage.ingest;
    stage.network = "away";
    tables.chunks.clear();
    tables.incarnation = 2;
    stage.network = "there";
    await hold(relay, 3);
    await until(() => tables.chunks.size === 4);
    await relay.emptied();
    strictEqual(relay.spool.incarnation, 2);
    strictEqual((await state(relay)).streams[0]!["stored_high_water"], 4);
  });
});

Deno.test("a full relay refuses loudly, keeps what it has, and takes again by itself", async () => {
  await withRelay(async (stage) => {
    stage.network = "away";
    const relay = await stage.start({ quotaBytes: 150_000, keepMs: 0 });
    await open(relay);
    let count = 0;
    let refused;
    for (;; count++) {
      const [held] = await hold(relay, count);
      if (held!.status !== 202) {
        refused = held!;
        break;
      }
    }
    deepStrictEqual([refused.status, slugOf(refused.json)], [503, "spool-full"]);
    strictEqual(refused.headers.get("retry-after"), "30");
    ok(count > 20, `${count} chunks fit`);
    stage.network = "there";
    await relay.emptied();
    strictEqual(stage.ingest.tables.chunks.size, count);
    while (await relay.spool.tidy() > 0);
    const [held] = await hold(relay, count);
    strictEqual(held!.status, 202);
  });
});

Deno.test("a relay refuses what a device can still mend, and nobody but devices", async () => {
  await withRelay(async (stage) => {
    const relay = await stage.start();
    const unknown = await send(relay.app, "PUT", fixture.path(0), { body: fixture.chunk(0) });
    deepStrictEqual([unknown.status, slugOf(unknown.json)], [409, "segment-unknown"]);
    await open(relay);
    const damaged = fixture.chunk(0);
    damaged[170]! ^= 1;
    const bad = await send(relay.app, "PUT", fixture.path(0), { body: damaged });
    deepStrictEqual([bad.status, slugOf(bad.json)], [400, "checksum-mismatch"]);
    const elsewhere = await send(relay.app, "PUT", fixture.path(1), { body: fixture.chunk(0) });
    deepStrictEqual(slugOf(elsewhere.json), "chunk-mismatch");
    const other = await send(relay.app, "PUT", fixture.path(0), {
      token: "other-device",
      body: fixture.chunk(0),
    });
    deepStrictEqual(slugOf(other.json), "not-owner");
    strictEqual((await send(relay.app, "POST", "/ingest", { token: "nobody" })).status, 401);
    strictEqual(relay.spool.status().waitingChunks, 0);
    await hold(relay, 0);
    const second = await send(relay.app, "PUT", fixture.path(0), {
      body: fixture.chunk(0, { value: 5 }),
    });
    deepStrictEqual([second.status, slugOf(second.json)], [409, "chunk-conflict"]);
  });
});

Deno.test("only a relay speaks for a device", async () => {
  await withRelay(async ({ ingest }) => {
    const headers = { "wavekeep-device": "device-1" };
    const body = OPEN_RECORDING;
    const byDevice = await send(ingest.app, "POST", "/recordings", { body, headers });
    deepStrictEqual([byDevice.status, slugOf(byDevice.json)], [403, "forbidden"]);
    const wrong = { "wavekeep-device": "a b" };
    const odd = await send(ingest.app, "POST", "/recordings", {
      token: "relay",
      body,
      headers: wrong,
    });
    strictEqual(slugOf(odd.json), "validation");
    const good = await send(ingest.app, "POST", "/recordings", { token: "relay", body, headers });
    strictEqual(good.status, 201);
  });
});
