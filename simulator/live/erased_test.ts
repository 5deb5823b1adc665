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
    match(erased.notes.find((note) => note.kind === "erased")!.detail, /can be opened by nobody/);

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
