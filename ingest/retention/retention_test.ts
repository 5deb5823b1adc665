// What has outlived its site's rule goes, nothing else does, and the log goes on verifying.

import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool } from "@wavekeep/core/service";
import { createTestDatabase, inDatabase } from "../../core/testing/test_database.ts";
import { type EraseDeps, erasePatient, LegalHoldError } from "../erase/erase_patient.ts";
import { postgresEraseStore } from "../erase/postgres_store.ts";
import { migrate } from "../migrate.ts";
import { storeStream } from "../testing/stored_stream.ts";
import { applyRetention, planRetention } from "./apply_retention.ts";
import { planText } from "./main.ts";
import { parseRetention } from "./retention_rule.ts";
import { postgresRetentionStore } from "./retention_store.ts";

Deno.test("parseRetention() refuses what could be misread", () => {
  for (
    const text of [
      "a",
      "a:",
      "a:recordings",
      "a:recordings=0",
      "a:recordings=-1",
      "a:all=5",
      "a b:x=1",
    ]
  ) {
    throws(() => parseRetention(text), /--keep/, text);
  }
  deepStrictEqual(parseRetention("a:recordings=keep").rule.recordingsDays, null);
});

Deno.test("retention lists and takes what has outlived its rule, and nothing that is young, held or logged", async () => {
  const database = await createTestDatabase("retention");
  if (database === undefined) return;
  const { siteId, ownerUrl } = database;
  const folder = await Deno.makeTempDir();
  const logger = createLogger({ service: "test", write: () => {} });
  const pool = openPool(database.eraserUrl, { role: "wavekeep_eraser", max: 4, logger });
  try {
    const keyStore = await fileKeyStore(folder, { create: true, cacheMs: 0 });
    const common = { siteId, keyStore, channelCount: 1, chunkCount: 2, value: () => 0 };
    const made: Record<string, string> = {};
    for (const patientCode of ["old", "held", "young"]) {
      const stored = await storeStream(ownerUrl, { ...common, patientCode, recordingCode: "r-1" });
      made[patientCode] = stored.patientUuid;
    }
    const store = postgresRetentionStore(pool);
    deepStrictEqual(
      (await planRetention(store, siteId)).rule.recordingsDays,
      null,
      "everything is kept where nobody says otherwise",
    );
    await migrate(ownerUrl, { keep: ["site-a:recordings=10,quarantine=5,events=2192"] });
    await age(ownerUrl, siteId, made);

    const plan = await planRetention(store, siteId);
    deepStrictEqual(plan.patients.map(({ patientCode }) => patientCode), ["old"]);
    deepStrictEqual(plan.held.map(({ patientCode }) => patientCode), ["held"]);
    deepStrictEqual(plan.rows, { quarantine: 1, events: 1 });
    ok(/patient old: 1 recordings, .* more than 10 days ago/.test(planText(plan)));
    ok(planText(plan).includes("patient held: stays"));

    const eraseDeps: EraseDeps = {
      store: postgresEraseStore(pool),
      keyStore,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      nowMicros: () => BigInt(Date.now()) * 1000n,
      settled: () => Promise.resolve(),
    };
    const asked = { siteId, patientCode: "held", actor: "operator" };
    await rejects(erasePatient(eraseDeps, asked), LegalHoldError, "not on request, either");
    const back = { ...plan.patients[0]!, patientCode: "young" };
    const steps: number[] = [];
    const apply = async () =>
      await applyRetention(store, { siteId, actor: "operator" }, {
        // As if somebody had come back since it was made.
        plan: { ...await planRetention(store, siteId), patients: [...plan.patients, back] },
        erase: (request) => erasePatient(eraseDeps, request),
        onProgress: (done) => steps.push(done),
      });
    deepStrictEqual(await apply(), {
      patients: 1,
      recordings: 1,
      quarantine: 1,
      events: 1,
      stayed: 1,
      failed: [],
    });
    strictEqual(steps.at(-1), 4);
    strictEqual(await keyStore.patientKey(made["old"]!), undefined);
    ok(await keyStore.patientKey(made["held"]!) && await keyStore.patientKey(made["young"]!));
    const again = await apply();
    deepStrictEqual([again.patients, again.quarantine, again.events], [0, 0, 0]);
    await inDatabase(ownerUrl, async (client) => {
      const { rows } = await client.query(
        `select kind from wavekeep.event where kind like 'test.%' or kind in
            ('chunk.stored', 'retention.applied', 'recording.erased', 'patient.erased')
          order by kind`,
      );
      deepStrictEqual(rows.map(({ kind }) => kind), [
        "chunk.stored",
        "patient.erased",
        "recording.erased",
        "retention.applied",
        "test.logged",
        "test.young",
      ]);
    });
    // The role itself takes no more than the rule lets it.
    for (const table of ["event", "quarantine"]) {
      await rejects(
        pool.query(
          "begin; select set_config('app.site', '" + siteId + "', true); " +
            `delete from wavekeep.${table}; commit`,
        ),
        { code: "42501" },
        table,
      );
      await pool.query("rollback");
    }
  } finally {
    await pool.end();
    await database.drop();
    await Deno.remove(folder, { recursive: true });
  }
});

/** Makes two patients a month old, and rows beside them old and young; by a superuser, whom nothing stops. */
async function age(url: string, siteId: number, patients: Record<string, string>): Promise<void> {
  await inDatabase(url, async (client) => {
    await client.query("select set_config('app.site', $1, false)", [String(siteId)]);
    for (const table of ["recording", "chunk"]) {
      await client.query(`alter table wavekeep.${table} disable trigger all`);
    }
    const aged = [patients["old"], patients["held"]];
    await client.query(
      `update wavekeep.chunk set received_at = now() - interval '30 days' where recording_id in
        (select recording_id from wavekeep.recording where patient_uuid = any($1::uuid[]))`,
      [aged],
    );
    await client.query(
      `update wavekeep.recording set opened_at = now() - interval '31 days'
        where patient_uuid = any($1::uuid[])`,
      [aged],
    );
    await client.query(
      `insert into wavekeep.patient_consent (patient_uuid, version, site_id, care, research, legal_hold,
          reason_sealed, key_uuid, actor, made_at)
        values ($1, 1, $2, 'allowed', 'denied', true, '\\x00', $1, 'test', now())`,
      [patients["held"], siteId],
    );
    for (const age of ["6 days", "4 days"]) {
      await client.query(
        `insert into wavekeep.quarantine (site_id, recording_id, segment_no, stream_no, sequence, actor,
            chunk_digest, stored_digest, byte_length, received_at)
          select site_id, recording_id, 0, 0, 0, 'test', $2, $2, 0, now() - $3::interval
            from wavekeep.recording where patient_uuid = $1`,
        [patients["young"], new Uint8Array(32), age],
      );
    }
    for (
      const [kind, years, entry] of [
        ["test.old", 7, null],
        ["test.logged", 7, new Uint8Array(56)],
        ["chunk.stored", 7, null],
        ["test.young", 5, null],
      ]
    ) {
      await client.query(
        `insert into wavekeep.event (site_id, kind, actor, at, leaf_entry)
          values ($1, $2, 'test', now() - make_interval(years => $3), $4)`,
        [siteId, kind, years, entry],
      );
    }
  });
}
