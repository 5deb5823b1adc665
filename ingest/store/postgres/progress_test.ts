/**
 * `state` on a real server: what it need not count again, and what makes it count anew.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { KnownRuns, type SequenceSpan } from "@wavekeep/core/chunk";
import { createLogger, openPool, withSite } from "@wavekeep/core/service";
import type pg from "pg";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../../core/testing/test_database.ts";
import type { PutChunkResult } from "../ingest_store.ts";
import { createSegmentProgresses, SEGMENT_RUNS, type SegmentStreams } from "./progress.ts";

const silent = createLogger({ service: "test", write: () => {} });
const RECORDING = "01930000-0000-7000-8000-000000000001";

/** A segment of which only chunks exist: progress reads no noun. */
const SEGMENT: SegmentStreams = {
  recordingId: RECORDING,
  segmentNumber: 0,
  streams: [{ stream: 0 }],
};

/** Knowledge that keeps what it told. */
class OverheardRuns extends KnownRuns {
  readonly told: SequenceSpan[][] = [];
  override get(stream: string, era: string): SequenceSpan[] {
    const runs = super.get(stream, era);
    this.told.push(runs);
    return runs;
  }
}

async function insertChunks(
  client: pg.Client,
  siteId: number,
  { start, end }: SequenceSpan,
): Promise<void> {
  await client.query("select set_config('app.site', $1, false)", [String(siteId)]);
  await client.query(
    `insert into wavekeep.chunk (recording_id, segment_no, stream_no, sequence, site_id, first_sample,
        sample_count, incarnation, chunk_digest, stored_digest, leaf_salt, leaf_hash, body)
      select $1, 0, 0, k, $2, k, 1, 1, h, h, h, h, '' from generate_series($3::int, $4::int - 1) k,
        sha256('') h`,
    [RECORDING, siteId, start, end],
  );
}

interface Stage {
  readonly database: TestDatabase;
  readonly pool: pg.Pool;
  /** A superuser's connection. */
  readonly owner: pg.Client;
}

function progressTest(name: string, test: (stage: Stage) => Promise<void>): void {
  Deno.test(name, async () => {
    const database = await createTestDatabase("progress");
    if (database === undefined) return;
    const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 2, logger: silent });
    try {
      await inDatabase(database.ownerUrl, (owner) => test({ database, pool, owner }));
    } finally {
      await pool.end();
      await database.drop();
    }
  });
}

progressTest("segmentProgress() looks only at holes and at the end of what it knows", async (
  { database: { siteId }, pool, owner },
) => {
  await insertChunks(owner, siteId, { start: 0, end: 500 });
  await insertChunks(owner, siteId, { start: 600, end: 1000 });
  const known = new OverheardRuns();
  const progresses = createSegmentProgresses(known);
  const runs = async () => (await progresses.of(pool, siteId, SEGMENT)).streams[0]!.runs;
  deepStrictEqual(await runs(), [{ start: 0, end: 500 }, { start: 600, end: 1000 }]);
  // Another process fills the hole and goes on.
  await insertChunks(owner, siteId, { start: 500, end: 600 });
  await insertChunks(owner, siteId, { start: 1000, end: 1100 });
  deepStrictEqual(await runs(), [{ start: 0, end: 1100 }]);
  // This process commits the next ones.
  const stored = Array.from({ length: 50 }, (_, i) => ({
    outcome: "stored",
    chunk: { recordingId: RECORDING, segmentNumber: 0, stream: 0, sequence: 1100 + i },
  })) as PutChunkResult[];
  await insertChunks(owner, siteId, { start: 1100, end: 1150 });
  progresses.committed(stored);
  const progress = await progresses.of(pool, siteId, SEGMENT);
  deepStrictEqual(progress.streams[0]!.runs, [{ start: 0, end: 1150 }]);
  strictEqual(progress.streams[0]!.chunkCount, 1150);
  deepStrictEqual(known.told, [
    [],
    [{ start: 0, end: 500 }, { start: 600, end: 1000 }],
    [{ start: 0, end: 1150 }],
  ]);
});

progressTest("segmentProgress() counts anew after a restore, and says less", async (
  { database: { siteId }, pool, owner },
) => {
  await insertChunks(owner, siteId, { start: 0, end: 300 });
  const progresses = createSegmentProgresses();
  strictEqual((await progresses.of(pool, siteId, SEGMENT)).streams[0]!.chunkCount, 300);
  // What a restore of an older backup leaves behind, and what its operator does.
  for (const table of ["chunk", "chunk_until_%"]) {
    const { rows } = await owner.query<{ name: string }>(
      "select relname as name from pg_class where relkind in ('p', 'r') and relname like $1",
      [table],
    );
    for (const { name } of rows) {
      await owner.query(`alter table wavekeep.${name} disable trigger all`);
    }
  }
  await owner.query("delete from wavekeep.chunk where sequence >= 200");
  await owner.query("insert into wavekeep.incarnation (incarnation) values (2)");
  const progress = await progresses.of(pool, siteId, SEGMENT);
  strictEqual(progress.incarnation, 2);
  deepStrictEqual(progress.streams[0]!.runs, [{ start: 0, end: 200 }]);
  strictEqual(progress.streams[0]!.chunkCount, 200);
});

progressTest("segmentProgress() takes the highest sequence a row can have", async (
  { database: { siteId }, pool, owner },
) => {
  const last = 2 ** 31 - 1;
  await owner.query("select set_config('app.site', $1, false)", [String(siteId)]);
  await owner.query(
    `insert into wavekeep.chunk (recording_id, segment_no, stream_no, sequence, site_id, first_sample,
        sample_count, incarnation, chunk_digest, stored_digest, leaf_salt, leaf_hash, body)
      select $1, 0, 0, $2::int, $3, 0, 1, 1, h, h, h, h, '' from sha256('') h`,
    [RECORDING, last, siteId],
  );
  const progresses = createSegmentProgresses(new KnownRuns({ shortest: 1 }));
  for (let i = 0; i < 2; i++) {
    const { streams } = await progresses.of(pool, siteId, SEGMENT);
    deepStrictEqual(streams[0]!.runs, [{ start: last, end: last + 1 }]);
  }
});

progressTest("segmentProgress() reads the key's index alone, behind what is known", async (
  { database: { siteId }, pool, owner },
) => {
  await insertChunks(owner, siteId, { start: 0, end: 5000 });
  // Freezing waits for a page that the server is just writing; a plain vacuum passes it over.
  await owner.query("vacuum (freeze, analyze) wavekeep.chunk");
  const plan = await withSite(pool, siteId, async (client) => {
    const { rows } = await client.query<{ "QUERY PLAN": string }>(
      `explain (analyze, timing off) ${SEGMENT_RUNS}`,
      [RECORDING, 0, [0], [4900], [2 ** 31 - 1]],
    );
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
  ok(/Index Only Scan using chunk_\w+_pkey[^\n]*rows=100/.test(plan), plan);
  ok(/Heap Fetches: 0/.test(plan), plan);
});
