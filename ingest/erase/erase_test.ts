// Erasing a patient: the log covers exactly what cannot be opened any more, whatever broke on the way, and
// nobody else loses anything.

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { formatHex } from "@wavekeep/core/bytes";
import { fileKeyStore, type KeyStore, nodeSha256 } from "@wavekeep/core/crypto";
import { decodeLogEntry, type ErasedRange, openLogEntry } from "@wavekeep/core/log";
import { createLogger, openPool, withSite } from "@wavekeep/core/service";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../core/testing/test_database.ts";
import { startPipeline } from "../../query/testing/pipeline.ts";
import { discontinuousFile } from "../../viewer/testing/edf_files.ts";
import { storeStream } from "../testing/stored_stream.ts";
import { type EraseDeps, erasePatient } from "./erase_patient.ts";
import type { EraseStore } from "./erase_store.ts";
import { postgresEraseStore } from "./postgres_store.ts";

const CHUNKS = 5;

/** Every durable write, in order; the second of a recording's is of what came late. */
const WRITES = [
  "recordErasure",
  "destroyPatientKey",
  "recordLate",
  "deleteRows",
  "finish",
] as const;
type Write = (typeof WRITES)[number];

interface Fault {
  readonly write: Write;
  readonly isPersisted: boolean;
}

class BrokenError extends Error {
  override readonly name = "BrokenError";
}

/** The store and the keys, one write of them broken once. */
function broken(
  store: EraseStore,
  keyStore: KeyStore,
  fault: Fault | undefined,
): Pick<EraseDeps, "store" | "keyStore"> {
  let recorded = 0;
  const through = async <T>(write: Write, action: () => Promise<T>): Promise<T> => {
    if (fault?.write !== write) return await action();
    if (fault.isPersisted) await action();
    throw new BrokenError(`${write} broke`);
  };
  return {
    store: {
      ...store,
      recordErasure: (...args) =>
        through(
          recorded++ === 0 ? "recordErasure" : "recordLate",
          () => store.recordErasure(...args),
        ),
      deleteRows: (...args) => through("deleteRows", () => store.deleteRows(...args)),
      finish: (...args) => through("finish", () => store.finish(...args)),
    },
    keyStore: {
      patientKey: (patient) => keyStore.patientKey(patient),
      createPatientKey: (patient) => keyStore.createPatientKey(patient),
      destroyPatientKey: (patient) =>
        through("destroyPatientKey", () => keyStore.destroyPatientKey(patient)),
      isDestroyed: (patient) => keyStore.isDestroyed(patient),
    },
  };
}

/** A chunk that an ingest process takes in while it still has the key. */
async function arriveLate(database: TestDatabase, recordingId: string): Promise<void> {
  await inDatabase(database.ownerUrl, async (client) => {
    await client.query(
      `insert into wavekeep.chunk (site_id, recording_id, segment_no, stream_no, sequence,
          first_sample, sample_count, incarnation, chunk_digest, stored_digest, leaf_hash, body)
        select site_id, recording_id, segment_no, stream_no, $2, first_sample, sample_count,
            incarnation, chunk_digest, stored_digest, leaf_hash, body
          from wavekeep.chunk where recording_id = $1 and sequence = 0 on conflict do nothing`,
      [recordingId, CHUNKS + 1],
    );
  });
}

/** Rows beside the chunks: derived ones, a mark, what a reader made of it, and a file. */
async function addRows(database: TestDatabase, recordingId: string): Promise<void> {
  await inDatabase(database.ownerUrl, async (client) => {
    const [id, digest] = [new Uint8Array(16), new Uint8Array(32)];
    await client.query(
      `insert into wavekeep.annotation (recording_id, annotation_id, version, site_id, author_role,
          body_sealed, content_digest, status) values ($1, $2, 1, $3, 'clinician', '\\x00', $4, 'active')`,
      [recordingId, id, database.siteId, digest],
    );
    await client.query(
      `insert into wavekeep.annotation_review (recording_id, review_id, site_id, annotation_id,
          annotation_version, author_role, body_sealed, content_digest)
        values ($1, $2, $3, $2, 1, 'clinician', '\\x00', $4)`,
      [recordingId, id, database.siteId, digest],
    );
    await client.query(
      `insert into wavekeep.source_artifact (recording_id, file_key, site_id, body_sealed,
          content_digest) values ($1, $2, $3, '\\x00', $2)`,
      [recordingId, digest, database.siteId],
    );
    await client.query(
      `insert into wavekeep.envelope (recording_id, segment_no, stream_no, level, algorithm, block_no,
          site_id, chunk_count, revision, body) values ($1, 0, 0, 0, 1, 0, $2, 1, 1, '\\x00')`,
      [recordingId, database.siteId],
    );
    await client.query(
      `insert into wavekeep.trend (recording_id, segment_no, stream_no, algorithm, level, block_no,
          site_id, chunk_count, revision, body) values ($1, 0, 0, 1, 0, 0, $2, 1, 1, '\\x00')`,
      [recordingId, database.siteId],
    );
  });
}

/** What is left of a recording, and what the log says of it. */
async function stateOf(database: TestDatabase, recordingId: string, patientUuid: string) {
  return await inDatabase(database.ownerUrl, async (client) => {
    const count = async (text: string, id: string) =>
      Number((await client.query(`select count(*) from ${text}`, [id])).rows[0].count);
    const { rows } = await client.query(
      `select leaf_entry, leaf_content, leaf_salt from wavekeep.event
        where kind = 'recording.erased' and recording_id = $1 order by event_id`,
      [recordingId],
    );
    const ranges: ErasedRange[] = [];
    const pseudonyms = new Set<string>();
    for (const row of rows) {
      const entry = new Uint8Array(row.leaf_entry);
      const content = openLogEntry(entry, {
        salt: new Uint8Array(row.leaf_salt),
        content: new Uint8Array(row.leaf_content),
      }, nodeSha256);
      ok(content.type === "erasure");
      ranges.push(...content.ranges);
      pseudonyms.add(formatHex(decodeLogEntry(entry).pseudonym));
    }
    return {
      covered: ranges.map(({ firstSequence, sequenceCount }) => [firstSequence, sequenceCount])
        .sort(),
      pseudonyms: [...pseudonyms],
      rows: await Promise.all(
        ["envelope", "trend", "annotation", "annotation_review", "source_artifact"].map((table) =>
          count(`wavekeep.${table} where recording_id = $1`, recordingId)
        ),
      ),
      chunks: await count("wavekeep.chunk where recording_id = $1", recordingId),
      done: await count("wavekeep.patient_erasure where patient_uuid = $1", patientUuid),
    };
  });
}

Deno.test("erasePatient() ends the same way whichever write breaks, stored or not", async () => {
  const database = await createTestDatabase("erase");
  if (database === undefined) return;
  const folder = await Deno.makeTempDir();
  const keys = await fileKeyStore(`${folder}/keys`, { create: true, cacheMs: 0 });
  const logger = createLogger({ service: "erase", write: () => {} });
  const pool = openPool(database.eraserUrl, { role: "wavekeep_eraser", max: 1, logger });
  const { siteId } = database;
  const store = postgresEraseStore(pool);
  const spec = { siteId, keyStore: keys, channelCount: 1, chunkCount: CHUNKS, value: () => 0 };
  const faults: (Fault | undefined)[] = [
    undefined,
    ...WRITES.flatMap((write) => [true, false].map((isPersisted) => ({ write, isPersisted }))),
  ];
  try {
    const bystander = await storeStream(database.ownerUrl, {
      ...spec,
      patientCode: "bystander",
      recordingCode: "r",
    });
    await addRows(database, bystander.recordingId);
    const before = await stateOf(database, bystander.recordingId, bystander.patientUuid);
    for (const [index, fault] of faults.entries()) {
      const name = JSON.stringify(fault ?? "nothing breaks");
      const patientCode = `p-${index}`;
      const { recordingId, patientUuid } = await storeStream(database.ownerUrl, {
        ...spec,
        patientCode,
        recordingCode: "r",
      });
      await addRows(database, recordingId);
      const erase = (own: Fault | undefined): ReturnType<typeof erasePatient> =>
        erasePatient({
          ...broken(store, keys, own),
          randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
          nowMicros: () => 1_795_000_000_000_000n,
          settled: () => arriveLate(database, recordingId),
        }, { siteId, patientCode, actor: "operator" });
      if (fault !== undefined) await rejects(erase(fault), BrokenError, name);
      const result = await erase(undefined);
      strictEqual(result?.recordingCount, 1, name);
      const { pseudonyms, ...state } = await stateOf(database, recordingId, patientUuid);
      // Everything stored is covered, once, and the late one by a leaf of its own or with the rest.
      deepStrictEqual(state, {
        covered: [[0, CHUNKS], [CHUNKS + 1, 1]],
        rows: [0, 0, 0, 0, 0],
        chunks: CHUNKS + 1,
        done: 1,
      }, name);
      strictEqual(pseudonyms.length, 1, `${name}: one recording, one pseudonym`);
      ok(!/^0+$/.test(pseudonyms[0]!), `${name}: from the key that was there`);
      strictEqual(await keys.patientKey(patientUuid), undefined, name);
      deepStrictEqual(await erase(undefined), { recordingCount: 1, wasDone: true });
    }
    // Nobody's rows but those of a written erasure, whoever asks.
    await withSite(pool, siteId, async (client) => {
      for (const table of ["annotation_review", "annotation", "source_artifact"]) {
        for (const sql of [`delete from wavekeep.${table}`, `truncate wavekeep.${table}`]) {
          await client.query("savepoint before");
          await rejects(client.query(sql), { code: "42501" }, sql);
          await client.query("rollback to before");
        }
      }
    });
    const { rows } = await inDatabase(
      database.ownerUrl,
      (client) =>
        client.query(`select count(*)::int as n from wavekeep.event where kind = 'patient.erased'`),
    );
    strictEqual(rows[0].n, faults.length, "said once of each");
    deepStrictEqual(
      await stateOf(database, bystander.recordingId, bystander.patientUuid),
      before,
      "nobody else",
    );
    ok(await keys.patientKey(bystander.patientUuid));
    strictEqual(
      await erasePatient({
        ...broken(store, keys, undefined),
        randomBytes: () => new Uint8Array(32),
        nowMicros: () => 0n,
        settled: () => Promise.resolve(),
      }, { siteId, patientCode: "nobody", actor: "operator" }),
      undefined,
    );
  } finally {
    await pool.end();
    await database.drop();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("after an erasure every route says so, and the code is not used again", async () => {
  const pipeline = await startPipeline("erased");
  if (pipeline === undefined) return;
  const { database } = pipeline;
  const folder = await Deno.makeTempDir();
  const logger = createLogger({ service: "erase", write: () => {} });
  const pool = openPool(database.eraserUrl, { role: "wavekeep_eraser", max: 1, logger });
  try {
    await Deno.writeFile(`${folder}/0.edf`, discontinuousFile());
    await pipeline.stream([`${folder}/0.edf`], { patientId: "p-1", recordingId: "r-1" });
    const path = "/patients/p-1/recordings/r-1";
    const detail = await (await pipeline.get(path)).json();
    const segmentId = detail.segments[0].segment_id;
    const result = await erasePatient({
      store: postgresEraseStore(pool),
      keyStore: await fileKeyStore(pipeline.keyFolder),
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      nowMicros: () => BigInt(Date.now()) * 1000n,
      // Both services look at the folder again after five seconds; an ingest that is new does so at once.
      settled: () => pipeline.restartIngest(),
    }, { siteId: database.siteId, patientCode: "p-1", actor: "operator" });
    deepStrictEqual(result, { recordingCount: 1, wasDone: false });
    const isErased = async () =>
      (await (await pipeline.get(path)).json()).holes.some((hole: { kind: string }) =>
        hole.kind === "erased"
      );
    const deadline = performance.now() + 30_000;
    while (!await isErased() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    ok(await isErased());
    const window = await (await pipeline.get(
      "/eeg?patient_id=p-1&recording_id=r-1&start=0&end=2",
    )).json();
    deepStrictEqual(window.channels, {});
    ok(window.gaps.every((gap: { kind: string }) => gap.kind === "erased"));
    deepStrictEqual((await (await pipeline.get(`${path}/annotations`)).json()).annotations, []);
    strictEqual((await pipeline.get(`/segments/${segmentId}/streams/0/chunks/0`)).status, 404);
    strictEqual((await pipeline.get(`${path}/export.edf`)).status, 422);
    const state = await pipeline.ingest.request(`/segments/${segmentId}/state`, {
      headers: { authorization: `Bearer ${await pipeline.token({ role: "device" })}` },
    });
    strictEqual((await state.json()).erased, true);
    const again = await pipeline.post("/recordings", {
      patient_id: "p-1",
      recording_id: "r-2",
      started_at: null,
      idempotency_key: "00000000000000000000000000000001",
    });
    strictEqual(again.status, 410, await again.clone().text());
    ok((await again.json()).type.endsWith("/patient-erased"));
  } finally {
    await pool.end();
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});
