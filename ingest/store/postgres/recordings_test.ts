/**
 * Recordings on a real server: what finding one reads of the others.
 */
import { ok } from "node:assert/strict";
import { createLogger, openPool } from "@wavekeep/core/service";
import { createTestDatabase, inDatabase } from "../../../core/testing/test_database.ts";
import { postgresStore } from "./store.ts";

const RECORDINGS = 40;

/** Rows of `wavekeep.recording` that anybody has read so far; sessions count theirs as they end. */
const ROWS_READ = `select (seq_tup_read + coalesce((
      select sum(idx_tup_read) from pg_stat_user_indexes i where i.relid = t.relid), 0))::int as "rowsRead"
    from pg_stat_user_tables t where relname = 'recording' and schemaname = 'wavekeep'`;

const database = await createTestDatabase("recordings");

if (database !== undefined) {
  const { siteId, writerUrl, ownerUrl } = database;
  const logger = createLogger({ service: "test", write: () => {} });

  const rowsRead = () =>
    inDatabase(ownerUrl, async (client) => {
      const { rows: [row] } = await client.query<{ rowsRead: number }>(ROWS_READ);
      return row!.rowsRead;
    });

  Deno.test("findRecording() reads no other recording, with no statistics of the table", async () => {
    await inDatabase(ownerUrl, async (client) => {
      await client.query("select set_config('app.site', $1, false)", [String(siteId)]);
      await client.query(
        `with p as (
            insert into wavekeep.patient (patient_uuid, site_id, patient_code)
              select gen_random_uuid(), $1, 'patient-' || n from generate_series(1, $2::int) n
              returning patient_uuid, site_id, patient_code
          ) insert into wavekeep.recording (recording_id, site_id, patient_uuid, recording_code, reference,
              wrapped_key, content_digest)
            select uuidv7(), site_id, patient_uuid, 'recording', substr(sha256(patient_code::bytea), 1, 16), sha256('') || sha256(''), sha256('')
              from p`,
        [siteId, RECORDINGS],
      );
    });
    const before = await rowsRead();
    const pool = openPool(writerUrl, { role: "wavekeep_writer", max: 1, logger });
    const store = postgresStore(pool);
    for (let n = 1; n <= RECORDINGS; n++) {
      const codes = { patientCode: `patient-${n}`, recordingCode: "recording" };
      ok(await store.findRecording(siteId, codes));
    }
    await pool.end();
    let read = await rowsRead() - before;
    for (; read < RECORDINGS; read = await rowsRead() - before) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // By its codes, by its id, and once more for its link.
    ok(read <= 6 * RECORDINGS, `${read} rows for ${RECORDINGS} recordings`);
  });

  Deno.test("recordings_test: its database is removed", () => database.drop());
}
