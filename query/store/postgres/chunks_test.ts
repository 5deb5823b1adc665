import { deepStrictEqual, ok } from "node:assert/strict";
import { createLogger, openPool, withSite } from "@wavekeep/core/service";
import { createTestDatabase, inDatabase } from "../../../core/testing/test_database.ts";
import { PARTS, RUNS, selectRuns } from "./chunks.ts";
import { SCOPE_PARTS, SCOPE_RUNS } from "./look.ts";

function checkIndexOnly(plan: string): void {
  ok(/Index Only Scan using chunk_\w+_pkey/.test(plan), plan);
  ok(/Heap Fetches: 0/.test(plan), plan);
}

const RECORDING = "01930000-0000-7000-8000-000000000001";

Deno.test("selectRuns() counts from the key's index alone, row-level security included", async () => {
  const database = await createTestDatabase("query_runs");
  if (database === undefined) return;
  const logger = createLogger({ service: "test", write: () => {} });
  const reader = openPool(database.readerUrl, { role: "wavekeep_reader", max: 1, logger });
  try {
    await inDatabase(database.ownerUrl, async (client) => {
      // The server of a run does not wait for its log, and until that is written vacuum leaves pages alone.
      await client.query("set synchronous_commit = on");
      await client.query("select set_config('app.site', $1, false)", [String(database.siteId)]);
      await client.query(
        `insert into wavekeep.chunk (recording_id, segment_no, stream_no, sequence, site_id,
            first_sample, sample_count, incarnation, chunk_digest, stored_digest, leaf_salt, leaf_hash,
            body)
          select $1, 0, 0, k, $2, k, 1, 1, h, h, h, h, decode(repeat('00', 3600), 'hex')
            from generate_series(0, 4999) k, sha256('') h`,
        [RECORDING, database.siteId],
      );
      // Freezing waits for a page that the server is just writing; a plain vacuum passes it over.
      await client.query("vacuum (freeze, analyze) wavekeep.chunk");
    });
    for (const text of [PARTS, RUNS]) {
      const plan = await withSite(reader, database.siteId, async (client) => {
        const { rows } = await client.query<{ "QUERY PLAN": string }>(
          `explain (analyze, timing off) ${text}`,
          [[RECORDING], [0], [0], [0], [5000]],
        );
        return rows.map((row) => row["QUERY PLAN"]).join("\n");
      });
      checkIndexOnly(plan);
    }
    for (const { name, text } of [SCOPE_PARTS, SCOPE_RUNS]) {
      const ofScope = await withSite(reader, database.siteId, async (client) => {
        await client.query(`prepare ${name} as ${text}`);
        const { rows } = await client.query<{ "QUERY PLAN": string }>(
          `explain (analyze, timing off) execute ${name} ('${RECORDING}', 0, 0, 0, 5000)`,
        );
        return rows.map((row) => row["QUERY PLAN"]).join("\n");
      });
      checkIndexOnly(ofScope);
    }
  } finally {
    await reader.end();
    await database.drop();
  }
});

Deno.test("selectRuns() finds every hole, inside a part of the index and between two", async () => {
  const database = await createTestDatabase("query_holes");
  if (database === undefined) return;
  const logger = createLogger({ service: "test", write: () => {} });
  const reader = openPool(database.readerUrl, { role: "wavekeep_reader", max: 1, logger });
  const missing = [100, 4095, 4096, 8000];
  try {
    await inDatabase(database.ownerUrl, async (client) => {
      await client.query("select set_config('app.site', $1, false)", [String(database.siteId)]);
      await client.query(
        `insert into wavekeep.chunk (recording_id, segment_no, stream_no, sequence, site_id,
            first_sample, sample_count, incarnation, chunk_digest, stored_digest, leaf_salt, leaf_hash,
            body)
          select $1, 0, 0, k, $2, k, 2, 1, h, h, h, h, h
            from generate_series(0, 9999) k, sha256('') h where k <> all ($3::int[])`,
        [RECORDING, database.siteId, missing],
      );
    });
    const scope = { recordingId: RECORDING, segmentNumber: 0, stream: 0 };
    const found = await withSite(
      reader,
      database.siteId,
      (client) =>
        selectRuns(client, [
          { ...scope, start: 0, end: 10_000 },
          { ...scope, start: 4095, end: 4097 },
          { ...scope, start: 4090, end: 4100 },
          { ...scope, start: 5000, end: 6000 },
        ]),
    );
    const run = (start: number, end: number) => ({ start, end, sampleCount: 2 * (end - start) });
    deepStrictEqual(found, [
      [run(0, 100), run(101, 4095), run(4097, 8000), run(8001, 10_000)],
      [],
      [run(4090, 4095), run(4097, 4100)],
      [run(5000, 6000)],
    ]);
  } finally {
    await reader.end();
    await database.drop();
  }
});
