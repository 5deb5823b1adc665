import { ok } from "node:assert/strict";
import { createLogger, openPool, withSite } from "@wavekeep/core/service";
import { createTestDatabase, inDatabase } from "../../../core/testing/test_database.ts";
import { RUNS } from "./chunks.ts";
import { SCOPE_RUNS } from "./look.ts";

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
      await client.query("select set_config('app.site', $1, false)", [String(database.siteId)]);
      await client.query(
        `insert into wavekeep.chunk (recording_id, segment_no, stream_no, sequence, site_id,
            first_sample, sample_count, incarnation, chunk_digest, stored_digest, leaf_salt, leaf_hash,
            body)
          select $1, 0, 0, k, $2, k, 1, 1, h, h, h, h, decode(repeat('00', 3600), 'hex')
            from generate_series(0, 4999) k, sha256('') h`,
        [RECORDING, database.siteId],
      );
      await client.query("vacuum analyze wavekeep.chunk");
    });
    const plan = await withSite(reader, database.siteId, async (client) => {
      const { rows } = await client.query<{ "QUERY PLAN": string }>(
        `explain (analyze, timing off) ${RUNS}`,
        [[RECORDING], [0], [0], [0], [5000]],
      );
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    });
    checkIndexOnly(plan);
    const ofScope = await withSite(reader, database.siteId, async (client) => {
      await client.query(`prepare runs as ${SCOPE_RUNS.text}`);
      const { rows } = await client.query<{ "QUERY PLAN": string }>(
        `explain (analyze, timing off) execute runs ('${RECORDING}', 0, 0, 0, 5000)`,
      );
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    });
    checkIndexOnly(ofScope);
  } finally {
    await reader.end();
    await database.drop();
  }
});
