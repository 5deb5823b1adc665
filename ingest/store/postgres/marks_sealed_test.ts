/** What migration 0019 makes of marks and files that lie in the clear. */

import { deepStrictEqual, rejects } from "node:assert/strict";
import type pg from "pg";
import { inDatabase } from "../../../core/testing/test_database.ts";
import { migrate } from "../../migrate.ts";
import { createOldDatabase } from "../../testing/old_database.ts";

const PATIENT = "019a0000-0000-4000-8000-000000000001";
const KEPT = "019a0000-0000-7000-8000-000000000001";
const ERASED = "019a0000-0000-7000-8000-000000000002";
const ID = new Uint8Array(16).fill(7);
const DIGEST = new Uint8Array(32).fill(9);

/** A recording with a mark and a file, as a build of schema 18 stored them. */
async function addRecording(client: pg.Client, recordingId: string): Promise<void> {
  await client.query(
    `insert into wavekeep.recording (recording_id, site_id, patient_uuid, recording_code, reference,
        wrapped_key) values ($1::uuid, 1, $2, right($1::text, 1), $3, '\\x00')`,
    [recordingId, PATIENT, ID],
  );
  await client.query(
    `insert into wavekeep.annotation (recording_id, annotation_id, version, site_id, kind, author_role,
        source, body_sealed, content_digest, status)
      values ($1, $2, 1, 1, 'seizure', 'clinician', 'human', '\\x00', $3, 'active')`,
    [recordingId, ID, DIGEST],
  );
  await client.query(
    `insert into wavekeep.annotation_review (recording_id, review_id, site_id, annotation_id,
        annotation_version, author_role, body_sealed, content_digest)
      values ($1, $2, 1, $2, 1, 'clinician', '\\x00', $3)`,
    [recordingId, ID, DIGEST],
  );
  await client.query(
    `insert into wavekeep.source_artifact (recording_id, file_sha256, site_id, byte_length,
        body_sealed, content_digest) values ($1, $2, 1, 1000, '\\x00', $2)`,
    [recordingId, DIGEST],
  );
  await client.query(
    `insert into wavekeep.event (site_id, kind, actor, recording_id, detail) values
        (1, 'annotation.stored', 'a', $1,
          '{"annotation_id": "07", "version": 1, "kind": "seizure", "status": "active"}')`,
    [recordingId],
  );
}

Deno.test("migration 0019 keeps marks and files, and takes those of patients who were erased", async () => {
  await using database = await createOldDatabase(18);
  if (database === undefined) return;
  await inDatabase(database.url, async (client) => {
    await client.query("insert into wavekeep.site (site_id, code) values (1, 's')");
    await client.query(
      `insert into wavekeep.patient (patient_uuid, site_id, patient_code) values ($1, 1, 'p')`,
      [PATIENT],
    );
    await addRecording(client, KEPT);
    await addRecording(client, ERASED);
    await client.query(
      `insert into wavekeep.recording_erasure (recording_id, site_id, pseudonym, erased_at)
        values ($1, 1, $2, now())`,
      [ERASED, ID],
    );
  });
  await migrate(database.url);
  await inDatabase(database.url, async (client) => {
    const rowsOf = async (sql: string) =>
      (await client.query({ text: sql, rowMode: "array" })).rows;
    deepStrictEqual(await rowsOf("select recording_id, kind, source from wavekeep.annotation"), [
      [KEPT, "seizure", "human"],
    ]);
    deepStrictEqual(await rowsOf("select recording_id from wavekeep.annotation_review"), [[KEPT]]);
    deepStrictEqual(
      await rowsOf("select recording_id, byte_length from wavekeep.source_artifact"),
      [[KEPT, "1000"]],
    );
    deepStrictEqual(
      await rowsOf("select detail from wavekeep.event where kind = 'annotation.stored'"),
      [1, 2].map(() => [{ "annotation_id": "07", version: 1 }]),
    );
    // Nobody puts anything into the clear again.
    for (
      const sql of [
        `insert into wavekeep.annotation (recording_id, annotation_id, version, site_id, kind,
            author_role, source, body_sealed, content_digest, status)
          select recording_id, annotation_id, 2, site_id, kind, author_role, source, body_sealed,
            content_digest, status from wavekeep.annotation`,
        `insert into wavekeep.source_artifact (recording_id, file_key, site_id, byte_length,
            body_sealed, content_digest)
          select recording_id, sha256(file_key), site_id, byte_length, body_sealed, content_digest
            from wavekeep.source_artifact`,
      ]
    ) await rejects(client.query(sql), { code: "23514" }, sql);
    for (const table of ["annotation_review", "annotation", "source_artifact"]) {
      await rejects(client.query(`delete from wavekeep.${table}`), { code: "42501" }, table);
    }
  });
});
