/**
 * The safety property of ingest on a real server: what the schema lets through fits the columns.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { createLogger, openPool } from "@wavekeep/core/service";
import fc from "fast-check";
import { createTestDatabase } from "../../../core/testing/test_database.ts";
import { BODIES, damagedBodies, fixture, OWN } from "../../testing/damaged_bodies.ts";
import { OPEN_RECORDING } from "../../testing/fixtures.ts";
import { send, startTestApp } from "../../testing/test_app.ts";
import { postgresStore } from "./store.ts";

const database = await createTestDatabase("ingest_fuzz");

if (database !== undefined) {
  Deno.test("damaged bodies are answered below 500 by a real store", async () => {
    const logger = createLogger({ service: "test", write: () => {} });
    const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 4, logger });
    try {
      // The tokens of the test application are of site 1, which every test database has.
      const { app, deps } = startTestApp({ store: postgresStore(pool) });
      const opened = await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
      const segment = await send(app, "POST", `${OWN}/segments`, { body: fixture.opening() });
      ok(opened.status === 201 && segment.status === 201, "the good bodies are taken");
      for (const [method, path, good] of BODIES) {
        await fc.assert(
          fc.asyncProperty(damagedBodies(good), async (body) => {
            const { status, json } = await send(app, method, path, { body: body ?? "null" });
            ok(status < 500, `status ${status}: ${JSON.stringify(body)} ${JSON.stringify(json)}`);
          }),
          { numRuns: 60 },
        );
      }
      // What was stored last is announced with a pause after it.
      await deps.announcer.settled();
    } finally {
      await pool.end();
      await database.drop();
    }
  });
}
