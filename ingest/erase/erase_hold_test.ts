/** A legal hold and an erasure at the same time: whichever is first, and nothing is left half erased. */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool } from "@wavekeep/core/service";
import { createTestDatabase, inDatabase } from "../../core/testing/test_database.ts";
import { storeStream } from "../testing/stored_stream.ts";
import { type EraseDeps, erasePatient, LegalHoldError } from "./erase_patient.ts";
import { postgresEraseStore } from "./postgres_store.ts";

class StoppedError extends Error {
  override readonly name = "StoppedError";
}

function stopped(): Promise<never> {
  return Promise.reject(new StoppedError());
}

/** Where an erasure is stopped, and whether the key has begun to go by then. */
const STOPS: readonly [what: string, isTooLate: boolean, stop: (deps: EraseDeps) => EraseDeps][] = [
  ["before the log has it", false, (deps) => ({
    ...deps,
    store: { ...deps.store, recordErasure: stopped },
  })],
  ["when the log has it", false, (deps) => ({
    ...deps,
    store: {
      ...deps.store,
      recordErasure: async (...args) => {
        await deps.store.recordErasure(...args);
        throw new StoppedError();
      },
    },
  })],
  ["when the key is gone", true, (deps) => ({ ...deps, settled: stopped })],
  ["before the rows go", true, (deps) => ({
    ...deps,
    store: { ...deps.store, deleteRows: stopped },
  })],
  ["before it is said to be done", true, (deps) => ({
    ...deps,
    store: { ...deps.store, finish: stopped },
  })],
];

Deno.test("an erasure whose key has gone is finished under a later hold; before that the hold wins", async () => {
  const database = await createTestDatabase("erase_hold");
  if (database === undefined) return;
  const { siteId, ownerUrl } = database;
  const folder = await Deno.makeTempDir();
  const keyStore = await fileKeyStore(folder, { create: true, cacheMs: 0 });
  const logger = createLogger({ service: "erase", write: () => {} });
  const pool = openPool(database.eraserUrl, { role: "wavekeep_eraser", max: 1, logger });
  const deps: EraseDeps = {
    store: postgresEraseStore(pool),
    keyStore,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    nowMicros: () => 1_795_000_000_000_000n,
    settled: () => Promise.resolve(),
  };
  const newPatient = (patientCode: string) =>
    storeStream(ownerUrl, {
      ...{ siteId, keyStore, channelCount: 1, chunkCount: 2, value: () => 0 },
      patientCode,
      recordingCode: "r",
    });
  let version = 0;
  const hold = (patientUuid: string, isHeld: boolean) =>
    inDatabase(ownerUrl, async (client) => {
      await client.query(
        `insert into wavekeep.patient_consent (patient_uuid, version, site_id, care, research,
            legal_hold, reason_sealed, key_uuid, actor, made_at)
          values ($1, $2, $3, 'allowed', 'denied', $4, '\\x00', $1, 'test', now())`,
        [patientUuid, ++version, siteId, isHeld],
      );
    });
  const isDone = (patientUuid: string) =>
    inDatabase(ownerUrl, async (client) => {
      const { rowCount } = await client.query(
        "select from wavekeep.patient_erasure where patient_uuid = $1",
        [patientUuid],
      );
      return rowCount === 1;
    });
  try {
    for (const [index, [what, isTooLate, stop]] of STOPS.entries()) {
      const patientCode = `p-${index}`;
      const { patientUuid } = await newPatient(patientCode);
      const request = { siteId, patientCode, actor: "operator" };
      await rejects(erasePatient(stop(deps), request), StoppedError, what);
      await hold(patientUuid, true);
      if (isTooLate) {
        strictEqual(await keyStore.patientKey(patientUuid), undefined, what);
        deepStrictEqual(await erasePatient(deps, request), { recordingCount: 1, wasDone: false });
        ok(await isDone(patientUuid), what);
        continue;
      }
      for (let again = 0; again < 2; again++) {
        await rejects(erasePatient(deps, request), LegalHoldError, what);
        ok(await keyStore.patientKey(patientUuid), what);
        ok(!await isDone(patientUuid), what);
      }
      await hold(patientUuid, false);
      deepStrictEqual(await erasePatient(deps, request), { recordingCount: 1, wasDone: false });
      ok(await isDone(patientUuid), what);
    }

    // Said while the log was being written: it is in time, as the key is there.
    const { patientUuid } = await newPatient("meanwhile");
    const meanwhile: EraseDeps = {
      ...deps,
      store: {
        ...deps.store,
        recordErasure: async (...args) => {
          await deps.store.recordErasure(...args);
          await hold(patientUuid, true);
        },
      },
    };
    const request = { siteId, patientCode: "meanwhile", actor: "operator" };
    await rejects(erasePatient(meanwhile, request), LegalHoldError);
    ok(await keyStore.patientKey(patientUuid));

    // A key that is lost is no erasure: a folder that was put back without it must not end a hold.
    const lost = await newPatient("lost");
    await hold(lost.patientUuid, true);
    await Deno.remove(`${folder}/patients/${lost.patientUuid}.key`);
    await rejects(erasePatient(deps, { ...request, patientCode: "lost" }), LegalHoldError);
  } finally {
    await pool.end();
    await database.drop();
    await Deno.remove(folder, { recursive: true });
  }
});
