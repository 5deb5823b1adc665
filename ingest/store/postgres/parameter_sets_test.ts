/**
 * Parameter sets on a real server, also when what is stored is damaged.
 *
 * @module
 */

import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { concatBytes } from "@wavekeep/core/bytes";
import { createLogger, openPool } from "@wavekeep/core/service";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../../core/testing/test_database.ts";
import { Fixture, fixtureSet, OPEN_RECORDING, PATIENT, RECORDING } from "../../testing/fixtures.ts";
import { newDisk, send, slugOf, startTestApp, type TestApp } from "../../testing/test_app.ts";
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
