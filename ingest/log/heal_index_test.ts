/** Databases whose index has runs over chunks that came in another order: made anew by migration 0018. */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type pg from "pg";
import { inDatabase } from "../../core/testing/test_database.ts";
import { migrate } from "../migrate.ts";
import { createOldDatabase } from "../testing/old_database.ts";

const MIXED = "019a0000-0000-7000-8000-000000000001";
const PLAIN = "019a0000-0000-7000-8000-000000000002";

/** `[first index, leaves, first sequence]`; a noun has no sequence. */
type Run = readonly [index: number, count: number, sequence: number | null];

/** Leaves of the outbox in their order; null is a noun. */
async function addLeaves(
  client: pg.Client,
  recordingId: string,
  sequences: readonly (number | null)[],
): Promise<void> {
  for (const sequence of sequences) {
    await client.query(
      `insert into wavekeep.event (site_id, kind, actor, recording_id, segment_no, stream_no,
         sequence, leaf_entry) values (1, $1, 'a', $2, 0, 0, $3, $4)`,
      [
        sequence === null ? "annotation.stored" : "chunk.stored",
        recordingId,
        sequence,
        randomBytes(56),
      ],
    );
  }
}

async function addRuns(
  client: pg.Client,
  of: { logNumber: number; recordingId: string },
  runs: readonly Run[],
): Promise<void> {
  for (const [index, count, sequence] of runs) {
    await client.query(
      `insert into wavekeep.log_index (log_no, first_index, leaf_count, segment_no, recording_id,
         stream_no, first_sequence, event_id) values ($1, $2, $3, 0, $4, 0, $5, $6)`,
      [of.logNumber, index, count, of.recordingId, sequence, sequence === null ? 1 : null],
    );
  }
}

async function runsOf(client: pg.Client, logNumber: number, recordingId: string): Promise<Run[]> {
  const { rows } = await client.query(
    `select first_index, leaf_count, first_sequence from wavekeep.log_index
      where log_no = $1 and recording_id = $2 order by first_index`,
    [logNumber, recordingId],
  );
  return rows.map((row) => [Number(row.first_index), row.leaf_count, row.first_sequence]);
}

const MERGED: readonly Run[] = [[1, 5, 0], [4, 2, 5], [6, 2, 3], [10, 1, null]];

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

Deno.test("migration 0018 makes merged runs anew, and touches nothing that was right", async () => {
  await using database = await createOldDatabase(17);
  if (database === undefined) return;
  await inDatabase(database.url, async (client) => {
    await addLeaves(client, MIXED, [...range(3), 5, 6, 3, 4, 7, 8, null]);
    await addLeaves(client, PLAIN, range(4));
    // Further into the log than the head says: the sequencer has not been there yet.
    const { rows: [cursor] } = await client.query(
      `select xid::text, event_id from wavekeep.event order by xid desc, event_id desc limit 1`,
    );
    await addLeaves(client, MIXED, [9]);
    for (const [logNumber, size] of [[1, 15], [2, 14]] as const) {
      await client.query(
        `insert into wavekeep.log_head (log_no, origin, start_salt, start_content, size, root,
           cursor_xid, cursor_event_id) values ($1, $2, $3, '\\x00', $4, $3, $5::xid8, $6)`,
        [logNumber, `o/${logNumber}`, randomBytes(32), size, cursor.xid, cursor.event_id],
      );
      // 7 and 8 are as far into the log as into the stream, like 0 to 2, so they were one row.
      await addRuns(client, { logNumber, recordingId: MIXED }, MERGED);
      await addRuns(client, { logNumber, recordingId: PLAIN }, [[11, 1, 0], [12, 3, 1]]);
    }
  });
  const { applied } = await migrate(database.url);
  ok(applied.includes("0018_log_index_runs"));
  await inDatabase(database.url, async (client) => {
    deepStrictEqual(await runsOf(client, 1, MIXED), [
      ...[[1, 3, 0], [4, 2, 5], [6, 2, 3], [8, 2, 7]],
      [10, 1, null],
    ]);
    deepStrictEqual(await runsOf(client, 1, PLAIN), [[11, 1, 0], [12, 3, 1]], "as it was");
    // The outbox has another number of leaves than this log: nobody can tell what lay where.
    deepStrictEqual(await runsOf(client, 2, MIXED), MERGED);
    await rejects(client.query("delete from wavekeep.log_index"), { code: "42501" });
    const { rows: [event] } = await client.query(
      `select relforcerowsecurity as forced from pg_class where oid = 'wavekeep.event'::regclass`,
    );
    strictEqual(event.forced, true);
  });
});
