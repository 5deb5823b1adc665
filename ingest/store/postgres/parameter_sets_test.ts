/**
 * Parameter sets on a real server: what a learning encoder sends through two processes is there, each set
 * once, and every chunk decodes from what is stored alone; also when what is stored is damaged.
 *
 * @module
 */

import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { concatBytes, parseHex } from "@wavekeep/core/bytes";
import { decodeChunk, readChunkHeader } from "@wavekeep/core/chunk";
import { chunkPlace, nodeSha256, unseal } from "@wavekeep/core/crypto";
import { createLogger, openPool } from "@wavekeep/core/service";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../../core/testing/test_database.ts";
import { recordingKey } from "../../recording_key.ts";
import { Fixture, fixtureSet, OPEN_RECORDING, PATIENT, RECORDING } from "../../testing/fixtures.ts";
import { type LearntStream, learntStream } from "../../testing/learnt_stream.ts";
import { newDisk, send, slugOf, startTestApp, type TestApp } from "../../testing/test_app.ts";
import { readValidSet } from "../../valid_set.ts";
import { postgresStore } from "./store.ts";

const SEGMENTS = `/patients/${PATIENT}/recordings/${RECORDING}/segments`;

/** Runs `test` on a database of its own; each app it starts is a process of its own. */
function databaseTest(
  name: string,
  test: (database: TestDatabase, start: () => TestApp) => Promise<void>,
): void {
  Deno.test(`parameter sets on PostgreSQL: ${name}`, async () => {
    const database = await createTestDatabase("ingest_sets");
    if (database === undefined) return;
    const logger = createLogger({ service: "test", write: () => {} });
    const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 8, logger });
    const disk = newDisk();
    const apps: TestApp[] = [];
    const start = () => {
      const app = startTestApp({ disk, store: postgresStore(pool) });
      apps.push(app);
      return app;
    };
    try {
      await test(database, start);
    } finally {
      for (const { deps } of apps) await deps.announcer.settled();
      await pool.end();
      await database.drop();
    }
  });
}

/** A device that sends a set with the first chunk that names it, to one process after the other. */
async function sendAll(apps: readonly TestApp[], { segmentId, chunks }: LearntStream) {
  for (const { sequence, bytes, newSet } of chunks) {
    const { app } = apps[sequence % apps.length]!;
    const { status, json } = newSet === null
      ? await send(app, "PUT", `/segments/${segmentId}/streams/0/chunks/${sequence}`, {
        body: bytes,
      })
      : await send(app, "POST", "/ingest", { body: concatBytes(newSet, bytes) });
    strictEqual(status, 201, JSON.stringify(json));
  }
}

interface ChunkRow {
  readonly segmentNumber: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

databaseTest("a learning encoder, two processes, one recording", async (database, start) => {
  const streams = [learntStream(1, 90), learntStream(2, 90)];
  const digests = new Set(streams.flatMap(({ chunks }) => chunks.map((chunk) => chunk.setDigest)));
  digests.delete(null);
  ok(digests.size >= 2, `${digests.size} sets were learnt`);
  const apps = [start(), start()];
  const { app } = apps[0]!;
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  for (const { opening } of streams) {
    strictEqual((await send(app, "POST", SEGMENTS, { body: opening })).status, 201);
  }
  await Promise.all(streams.map((stream) => sendAll(apps, stream)));

  const counts = await inDatabase(database.ownerUrl, async (client) => {
    const { rows: [row] } = await client.query(
      `select (select count(*)::int from wavekeep.parameter_set) as "sets",
        (select count(*)::int from wavekeep.event where kind = 'parameter-set.stored') as "events",
        (select count(*)::int from wavekeep.chunk) as "chunks"`,
    );
    return row;
  });
  deepStrictEqual(counts, { sets: digests.size, events: digests.size, chunks: 180 });

  // A third process reads every chunk from what is stored alone.
  const { deps } = start();
  for (const { segmentId, chunks } of streams) {
    const { recording, segment } = (await deps.segments.find(1, parseHex(segmentId, 16)))!;
    const key = await recordingKey(deps.keyStore, recording);
    const rows = await inDatabase(
      database.ownerUrl,
      async (client) =>
        (await client.query<ChunkRow>(
          `select segment_no as "segmentNumber", sequence, body from wavekeep.chunk
          where segment_no = $1 order by sequence`,
          [segment.segmentNumber],
        )).rows,
    );
    for (const [index, { body, ...row }] of rows.entries()) {
      const place = { siteId: 1, recordingId: recording.recordingId, stream: 0, ...row };
      const bytes = unseal(key, chunkPlace(place), body);
      const digest = readChunkHeader(bytes).parameterSetDigest;
      const set = digest === null ? undefined : await deps.sets.find(recording, digest);
      const { samples } = decodeChunk(bytes, {
        sha256: nodeSha256,
        parameterSet: () => set && readValidSet(set),
      });
      deepStrictEqual(samples, chunks[index]!.samples);
    }
    strictEqual(rows.length, chunks.length);
  }
});

databaseTest("bodies without their sets, sets anywhere, all at once", async (_, start) => {
  const { segmentId, opening, chunks } = learntStream(3, 60);
  const { app } = start();
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", SEGMENTS, { body: opening });
  const first = chunks.find(({ newSet }) => newSet !== null);
  ok(first !== undefined, "a set was learnt");
  const path = `/segments/${segmentId}/streams/0/chunks/${first.sequence}`;
  const alone = await send(app, "PUT", path, { body: first.bytes });
  deepStrictEqual([alone.status, slugOf(alone.json)], [409, "parameter-set-missing"]);
  strictEqual(alone.json.parameter_set, first.setDigest);
  // Every set behind its chunks, in eight requests at once that repeat each other.
  const sets = chunks.flatMap(({ newSet }) => newSet === null ? [] : [newSet]);
  const body = concatBytes(...chunks.map(({ bytes }) => bytes), ...sets);
  // On a busy machine somebody waits too long for a connection and is refused for now: a device sends again.
  const sendTaken = async ({ app }: TestApp) => {
    for (let attempt = 1;; attempt++) {
      const answer = await send(app, "POST", "/ingest", { body });
      if (answer.status !== 503 || attempt === 20) return answer;
    }
  };
  const answers = await Promise.all(Array.from({ length: 8 }, () => sendTaken(start())));
  deepStrictEqual(answers.filter(({ json }) => json.results === undefined), []);
  const results = answers.flatMap(({ json }) => json.results as { status: number }[]);
  strictEqual(results.filter(({ status }) => status === 201).length, 60);
  strictEqual(results.filter(({ status }) => status === 200).length, 7 * 60);
});

databaseTest("a damaged body, then a damaged copy", async (database, start) => {
  const fixture = new Fixture();
  const { set, record } = fixtureSet(1);
  const { app } = start();
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", SEGMENTS, { body: fixture.opening() });
  await send(app, "POST", "/ingest", {
    body: concatBytes(record, fixture.chunk(0, { set })),
  });
  const damage = (column: "body" | "copy") =>
    inDatabase(database.ownerUrl, async (client) => {
      // Nobody may change a row, so the trigger that says so goes first: as a broken disk would.
      await client.query("alter table wavekeep.parameter_set disable trigger all");
      const { rows: [row] } = await client.query<{ body: Buffer; copy: Buffer }>(
        "select body, copy from wavekeep.parameter_set",
      );
      notDeepStrictEqual(row!.body, row!.copy);
      const bytes = Buffer.from(row![column]);
      bytes[20]! ^= 1;
      await client.query(`update wavekeep.parameter_set set ${column} = $1`, [bytes]);
    });
  const put = (started: TestApp, sequence: number) =>
    send(started.app, "PUT", fixture.path(sequence), { body: fixture.chunk(sequence, { set }) });

  await damage("body");
  const second = start();
  strictEqual((await put(second, 1)).status, 201);
  ok(second.log.some(({ msg }) => msg === "stored parameter set damaged, its copy was used"));

  await damage("copy");
  const third = start();
  const { status, json } = await put(third, 2);
  deepStrictEqual([status, slugOf(json)], [500, "integrity-failed"]);
  ok(third.log.some(({ level }) => level === "error"));
});
