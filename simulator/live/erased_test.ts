/** A patient who was erased, and one whose key somebody destroyed: what `verify --database` says of both. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { fileKeyStore } from "@wavekeep/core/crypto";
import { verdictCode } from "@wavekeep/core/proof";
import { createLogger, openPool } from "@wavekeep/core/service";
import { erasePatient } from "../../ingest/erase/erase_patient.ts";
import { postgresEraseStore } from "../../ingest/erase/postgres_store.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import type { Pipeline } from "../../query/testing/pipeline.ts";
import { sequenceLog } from "../../query/testing/sequence_log.ts";
import { onSystem, verdictOf } from "./testing/live_system.ts";

async function erase(pipeline: Pipeline, patientCode: string): Promise<void> {
  const logger = createLogger({ service: "erase", write: () => {} });
  const { eraserUrl, siteId } = pipeline.database;
  const pool = openPool(eraserUrl, { role: "wavekeep_eraser", max: 1, logger });
  try {
    ok(
      await erasePatient({
        store: postgresEraseStore(pool),
        keyStore: await fileKeyStore(pipeline.keyFolder),
        randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
        nowMicros: () => BigInt(Date.now()) * 1000n,
        settled: () => Promise.resolve(),
      }, { siteId, patientCode, actor: "operator" }),
    );
  } finally {
    await pool.end();
  }
}

async function patientUuid({ database }: Pipeline, code: string): Promise<string> {
  const { rows: [row] } = await inDatabase(
    database.ownerUrl,
    (client) =>
      client.query("select patient_uuid from wavekeep.patient where patient_code = $1", [code]),
  );
  return row.patient_uuid;
}

Deno.test("verifyLive() takes an erasure for one, and a destroyed key for tampering", async () => {
  await onSystem(async (pipeline) => {
    await erase(pipeline, "p");
    const log = await sequenceLog(pipeline.database.ownerUrl);
    const erased = await verdictOf(pipeline, log);
    deepStrictEqual([erased.findings, erased.unchecked], [[], []]);
    strictEqual(verdictCode(erased), 0);
    const said = erased.notes.filter(({ kind }) => kind === "erased").map(({ detail }) => detail);
    match(said[0]!, /^12 chunks erased at .*Z, by leaf \d+$/);
    match(said[1]!, /can be opened by nobody/);

    const keys = await fileKeyStore(pipeline.keyFolder);
    await keys.destroyPatientKey(await patientUuid(pipeline, "q"));
    const { findings } = await verdictOf(pipeline, log);
    const unopened = findings.filter(({ kind }) => kind === "leaf-unopened");
    deepStrictEqual(unopened.map(({ detail, stream }) => [stream, detail]), [
      [0, "5 chunks from here on"],
      [1, "5 chunks from here on"],
    ]);
  });
});

/** A recording as a build without a log left it: chunks with a salt, and nothing in the outbox. */
const OF_BEFORE = `
  delete from wavekeep.event where recording_id = (RECORDING);
  update wavekeep.recording set opened_at = opened_at - interval '1 day' where recording_id = (RECORDING);
  update wavekeep.chunk set leaf_salt = chunk_digest, received_at = received_at - interval '1 day'
    where recording_id = (RECORDING)`.replaceAll(
  "RECORDING",
  `select recording_id from wavekeep.recording join wavekeep.patient using (patient_uuid)
    where patient_code = 'p'`,
);

Deno.test("verifyLive() decides nothing about what says to be from before the log", async () => {
  await onSystem(async (pipeline) => {
    const url = pipeline.database.ownerUrl;
    const asSuperuser = (sql: string) =>
      inDatabase(url, async (client) => {
        for (const table of ["event", "recording", "chunk"]) {
          await client.query(`alter table wavekeep.${table} disable trigger all`);
        }
        await client.query(sql);
      });
    await asSuperuser(OF_BEFORE);
    const startedAtMicros = BigInt(Date.now() - 3_600_000) * 1000n;
    const log = await sequenceLog(url, { startedAtMicros });
    const verdict = await verdictOf(pipeline, log);
    deepStrictEqual(verdict.findings, []);
    strictEqual(verdictCode(verdict), 2, "asked for, and not decided");
    match(
      verdict.unchecked.join("\n"),
      /^12 chunks say that they were stored before the log began/,
    );
    match(verdict.unchecked.join("\n"), /1 recordings say that they were opened before/);
    // A row that says to be older than the log and came while it was kept.
    await asSuperuser(
      "update wavekeep.chunk set received_at = now() where leaf_salt is not null and sequence = 3",
    );
    const { findings } = await verdictOf(pipeline, log);
    deepStrictEqual(findings.map(({ kind, sequence }) => [kind, sequence]), [
      ["chunk-unproven", 3],
      ["chunk-unproven", 3],
    ]);
  });
});
