// Two patients' recordings are swapped, by hand and in the open: readers get the right ones, everything that
// verifies says what was moved, erasing either patient erases its own and no other's, and whatever breaks on
// the way can be run again.

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import {
  fileKeyStore,
  type KeyStore,
  nodeSha256,
  recordingKeyPlace,
  unwrapKey,
} from "@wavekeep/core/crypto";
import { bytesByteSource } from "@wavekeep/core/edf";
import {
  describeVerdict,
  openTar,
  parseManifest,
  readWhole,
  verifyBundle,
} from "@wavekeep/core/proof";
import { createLogger, openPool } from "@wavekeep/core/service";
import { ExportStatus } from "@wavekeep/core/wire";
import { createHash } from "node:crypto";
import { verifyByWebCrypto } from "../../core/testing/ed25519.ts";
import { createTestDatabase, inDatabase } from "../../core/testing/test_database.ts";
import type { Pipeline } from "../../query/testing/pipeline.ts";
import { type SequencedLog, sequenceLog } from "../../query/testing/sequence_log.ts";
import { writeSmallEdf } from "../../query/testing/small_edf.ts";
import { onSystem, verdictOf } from "../../simulator/live/testing/live_system.ts";
import { erasePatient } from "../erase/erase_patient.ts";
import { postgresEraseStore } from "../erase/postgres_store.ts";
import { JSON_CHUNK } from "../testing/fixtures.ts";
import { storeStream } from "../testing/stored_stream.ts";
import { fileKeptLinks } from "./kept_links.ts";
import { describe, parseFlags } from "./main.ts";
import { postgresReassignStore } from "./postgres_store.ts";
import {
  finish,
  reassign,
  type ReassignDeps,
  ReassignRefusedError,
  type ReassignRequest,
} from "./reassign.ts";

const LOGGER = createLogger({ service: "test", write: () => {} });
const random = (byteLength: number) => crypto.getRandomValues(new Uint8Array(byteLength));

class BrokenError extends Error {
  override readonly name = "BrokenError";
}

/** Runs `test` with the command's own role. */
async function asRegistrar(
  pipeline: Pick<Pipeline, "database" | "keyFolder">,
  test: (deps: ReassignDeps, request: ReassignRequest) => Promise<void>,
): Promise<void> {
  const pool = openPool(pipeline.database.registrarUrl, {
    role: "wavekeep_registrar",
    max: 1,
    logger: LOGGER,
  });
  try {
    await test({
      store: postgresReassignStore(pool),
      keyStore: await fileKeyStore(pipeline.keyFolder, { cacheMs: 0 }),
      kept: fileKeptLinks(pipeline.keyFolder),
      randomBytes: random,
      nowMicros: () => BigInt(Date.now()) * 1000n,
    }, {
      siteId: pipeline.database.siteId,
      from: { patientCode: "p", recordingCode: "r" },
      to: { patientCode: "q", recordingCode: "r" },
      isSwap: true,
      reason: "INC-17",
      actor: "registry",
      mayAddPatient: false,
      isDryRun: false,
    });
  } finally {
    await pool.end();
  }
}

/** Services look at the key folder again after five seconds; new ones do so at once. */
async function until(what: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!await what()) {
    ok(performance.now() < deadline, "the services have not seen it");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const durationOf = async (pipeline: Pipeline, patient: string): Promise<string> =>
  (await (await pipeline.get(`/patients/${patient}/recordings/r`)).json()).duration_seconds;

/** Samples of the first second of the first channel. */
const samplesOf = async (pipeline: Pipeline, patient: string, recording = "r") => {
  const answer = await pipeline.get(
    `/eeg?patient_id=${patient}&recording_id=${recording}&start=4&end=6`,
  );
  return (await answer.json()).channels["EEG C3-P3"]?.length ?? 0;
};

/** Keys of the folder that open what the recordings' own rows, as they were opened, hold wrapped. */
async function openersOfFirstWraps(pipeline: Pipeline, keys: KeyStore): Promise<string[]> {
  const uuids: string[] = [];
  for await (const { name } of Deno.readDir(`${pipeline.keyFolder}/patients`)) {
    if (name.endsWith(".key")) uuids.push(name.slice(0, -".key".length));
  }
  const { rows } = await inDatabase(pipeline.database.ownerUrl, (client) =>
    client.query(
      `select r.recording_id as id, r.site_id as site, r.wrapped_key as wrapped, p.patient_code as code
        from wavekeep.recording r join wavekeep.patient p using (patient_uuid)
        where p.patient_code in ('p', 'q')`,
    ));
  const openers: string[] = [];
  for (const { id, site, wrapped, code } of rows) {
    for (const uuid of uuids) {
      try {
        unwrapKey(
          (await keys.patientKey(uuid))!,
          recordingKeyPlace(site, id),
          new Uint8Array(wrapped),
        );
        openers.push(code);
      } catch { /* another key */ }
    }
  }
  return openers.sort();
}

async function bundleOf(pipeline: Pipeline, log: SequencedLog, patient: string) {
  const asked = await pipeline.ask("POST", `/patients/${patient}/recordings/r/exports`);
  strictEqual(asked.status, 202, asked.status === 202 ? "" : await asked.text());
  await pipeline.queryDeps.exports!.settled();
  const status = ExportStatus.parse(
    await (await pipeline.get(asked.headers.get("location")!)).json(),
  );
  deepStrictEqual([status.state, status.reason], ["ready", null]);
  const file = await pipeline.get(`/exports/${status.export_id}/file`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const tar = await openTar(bytesByteSource(bytes));
  const verify = () =>
    verifyBundle(tar, {
      policy: { origin: log.logKey.name, logKey: log.logKey, witnessKeys: [], quorum: 0 },
      crypto: { sha256: nodeSha256, verify: verifyByWebCrypto },
      startSha256: () => createHash("sha256"),
      kept: [],
    });
  const verdict = await verify();
  const manifest = parseManifest(await readWhole(tar.open("manifest.json")!, "manifest", 1e6));
  return { verdict, manifest, verify };
}

/** Takes a row of the table away, or changes one, behind everybody's back. */
async function asSuperuser(pipeline: Pipeline, sql: string): Promise<void> {
  await inDatabase(pipeline.database.ownerUrl, async (client) => {
    await client.query("alter table wavekeep.recording_link disable trigger all");
    await client.query(sql);
  });
}

Deno.test("two recordings that were swapped: readers, log, export, verify, erasure", async () => {
  await onSystem(async (pipeline) => {
    const { database } = pipeline;
    const folder = await Deno.makeTempDir();
    try {
      // Beside them one that stays, under a key that becomes another.
      // The same file as the first: its marks have the same ids.
      await writeSmallEdf(`${folder}/p2.edf`, { seconds: 6, mark: "seen" });
      await pipeline.stream([`${folder}/p2.edf`], { patientId: "p", recordingId: "r-2" });
      const longBefore = new Date().toISOString().replace("Z", "000Z");
      deepStrictEqual([await samplesOf(pipeline, "p"), await samplesOf(pipeline, "q")], [32, 16]);

      await asRegistrar(pipeline, async (deps, request) => {
        const planned = await reassign(deps, { ...request, isDryRun: true });
        deepStrictEqual(planned.moves.length, 2);
        match(
          describe(planned, true),
          /would become recording r of patient q[\s\S]*nothing was done/,
        );
        strictEqual(await durationOf(pipeline, "p"), "6", "a dry run does nothing");
        deepStrictEqual(await openersOfFirstWraps(pipeline, deps.keyStore), ["p", "p", "q"]);
        const done = await reassign(deps, request);
        deepStrictEqual([done.rewrappedCount, done.destroyedKeyCount], [1, 2]);
        // What was wrapped before opens by no key that there is, in no backup of the database.
        deepStrictEqual(await openersOfFirstWraps(pipeline, deps.keyStore), []);
      });

      // Readers: each code gives the other recording now; who asks for then gets told.
      strictEqual(await durationOf(pipeline, "p"), "5");
      await until(async () => await samplesOf(pipeline, "p") === 16);
      deepStrictEqual(
        [await samplesOf(pipeline, "q"), await samplesOf(pipeline, "p", "r-2")],
        [32, 32],
      );
      const links = await (await pipeline.get("/patients/q/recordings/r/links")).json();
      deepStrictEqual(
        links.links.map((
          { version, patient_id, recording_id, reason, actor }: Record<string, unknown>,
        ) => [version, patient_id, recording_id, reason, actor]),
        [[1, "p", "r", null, null], [2, "q", "r", "INC-17", "registry"]],
      );
      const then = await (await pipeline.get(
        `/patients/p/recordings/r/links?as_of=${longBefore}`,
      )).json();
      deepStrictEqual(
        [then.patient_id, then.links.length],
        ["q", 2],
        "what p/r was then is q's now",
      );
      const seen = await (await pipeline.get(
        `/patients/${then.patient_id}/recordings/r/annotations?as_of=${longBefore}`,
      )).json();
      deepStrictEqual(
        seen.annotations.map(({ text }: { text: string }) => text),
        ["seen"],
        "and its marks are as they were",
      );
      strictEqual(
        (await pipeline.get("/patients/p/recordings/r/links?as_of=2020-01-01T00:00:00Z")).status,
        404,
      );

      // Devices: what was begun is found again; nothing new is begun under codes that may be wrong.
      await pipeline.restartIngest();
      const again = await pipeline.post("/ingest", {
        ...JSON_CHUNK,
        patient_id: "p",
        recording_id: "r",
      });
      strictEqual(again.status, 409, await again.clone().text());
      ok((await again.json()).type.endsWith("/recording-moved"));
      await writeSmallEdf(`${folder}/p.edf`, { seconds: 6, mark: "seen" });
      const resumed = { patientId: "p", recordingId: "r" };
      // Its segments and chunks are found again; marks of its file would go by codes that are another's now.
      await rejects(pipeline.stream([`${folder}/p.edf`], resumed), /recording-moved|reassigned/i);
      strictEqual(await durationOf(pipeline, "q"), "6", "a device that begins anew adds nothing");
      const mark = await pipeline.post("/patients/q/recordings/r/annotations", {
        annotations: [{
          annotation_id: "ab".repeat(16),
          kind: "seizure",
          source: "human",
          anchor: { coordinate: "recording", onset: "2.5" },
          duration: "3",
          text: "seen after the swap",
          channels: [0],
        }],
      }, { role: "clinician" });
      strictEqual(mark.status, 201, await mark.text());

      // The log, and everything that is verified against it.
      const log = await sequenceLog(database.ownerUrl);
      const { verdict, manifest } = await bundleOf(pipeline, log, "q");
      deepStrictEqual(verdict.findings, []);
      deepStrictEqual(manifest.links?.map(({ patient_id }) => patient_id), ["p", "q"]);
      const words =
        /recording r was moved from patient p to patient q at .*Z by registry, reason INC-17, leaf \d+/;
      match(describeVerdict(verdict), words);
      const ofErased = await bundleOf(pipeline, log, "p");
      deepStrictEqual(ofErased.verdict.findings, []);
      const live = await verdictOf(pipeline, log);
      deepStrictEqual(live.findings, []);
      match(describeVerdict(live), words);
      for (
        const [deed, sql, detail] of [
          [
            // The key of before is destroyed: what was moved opens no more, and nothing says it was erased.
            "takes the move back",
            "delete from wavekeep.recording_link where recording_code = 'r'",
            /leaf-unopened: 6 chunks from here on/,
          ],
          [
            "says another reason",
            "update wavekeep.recording_link set reason = 'INC-18'",
            /link-differs: recording-link .* is not what was logged/,
          ],
          [
            "moves one of somebody's without the log",
            `insert into wavekeep.recording_link select recording_id, version + 1, site_id, patient_uuid,
               'r-9', key_uuid, wrapped_key, reason, actor, linked_at from wavekeep.recording_link`,
            /link-differs: recording-link .* has no leaf/,
          ],
        ] as const
      ) {
        await asSuperuser(
          pipeline,
          `create table wavekeep.kept as table wavekeep.recording_link; ${sql}`,
        );
        const { findings } = await verdictOf(pipeline, log);
        const named = findings.map(({ kind, detail }) => `${kind}: ${detail}`);
        ok(named.some((text) => detail.test(text)), `${deed}: ${named.join("\n")}`);
        await asSuperuser(
          pipeline,
          `truncate wavekeep.recording_link; insert into wavekeep.recording_link table wavekeep.kept;
            drop table wavekeep.kept`,
        );
      }

      // A backup of before lacks all of it, and the keys of then are gone: it is stored again, leaves included.
      await asSuperuser(
        pipeline,
        `truncate wavekeep.recording_link; alter table wavekeep.patient_key disable trigger all;
          truncate wavekeep.patient_key; alter table wavekeep.event disable trigger all;
          delete from wavekeep.event where kind in ('recording.reassigned', 'recording.rewrapped')`,
      );
      await asRegistrar(pipeline, async (deps, { siteId }) => {
        deepStrictEqual(await finish(deps, siteId), { restoredCount: 1, destroyedKeyCount: 0 });
        deepStrictEqual(await finish(deps, siteId), { restoredCount: 0, destroyedKeyCount: 0 });
      });
      deepStrictEqual([await samplesOf(pipeline, "p"), await samplesOf(pipeline, "q")], [16, 32]);
      const next = await verdictOf(pipeline, await sequenceLog(database.ownerUrl));
      deepStrictEqual(next.findings, []);
      match(describeVerdict(next), words);

      // Erasing p erases what is p's now: the other's stays, whosever it was taken for.
      const pool = openPool(database.eraserUrl, {
        role: "wavekeep_eraser",
        max: 1,
        logger: LOGGER,
      });
      try {
        const erased = await erasePatient({
          store: postgresEraseStore(pool),
          keyStore: await fileKeyStore(pipeline.keyFolder, { cacheMs: 0 }),
          randomBytes: random,
          nowMicros: () => BigInt(Date.now()) * 1000n,
          settled: () => Promise.resolve(),
        }, { siteId: database.siteId, patientCode: "p", actor: "operator" });
        deepStrictEqual(erased, { recordingCount: 2, wasDone: false });
      } finally {
        await pool.end();
      }
      await until(async () => await samplesOf(pipeline, "p") === 0);
      strictEqual(await samplesOf(pipeline, "q"), 32);
      // What left the house before verifies as it did, and the database says what was erased, by which leaf.
      deepStrictEqual((await ofErased.verify()).findings, []);
      const after = await verdictOf(pipeline, await sequenceLog(database.ownerUrl));
      deepStrictEqual(after.findings, []);
      match(
        describeVerdict(after),
        /10 chunks erased at .*Z, by leaf \d+[\s\S]*12 chunks erased at/,
      );
      await asRegistrar(pipeline, async (deps, request) => {
        await rejects(reassign(deps, request), /was erased/);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

/** Every durable write but the patient's row, in order. */
const WRITES = ["createPatientKey", "relink", "destroyPatientKey"] as const;

Deno.test("reassign() ends the same way whichever write breaks, stored or not; a move adds a patient when told", async () => {
  const database = await createTestDatabase("reassign");
  if (database === undefined) return;
  const keyFolder = await Deno.makeTempDir();
  try {
    await fileKeyStore(keyFolder, { create: true });
    await asRegistrar({ database, keyFolder }, async (deps, swap) => {
      const stored = (patientCode: string) =>
        storeStream(database.ownerUrl, {
          siteId: database.siteId,
          keyStore: deps.keyStore,
          patientCode,
          recordingCode: "r",
          channelCount: 1,
          chunkCount: 1,
          value: () => 1,
        });
      for (const [index, write] of WRITES.entries()) {
        for (const isPersisted of [false, true]) {
          const patientCode = `m-${index}-${isPersisted}`;
          const name = `${write} broke, ${isPersisted ? "stored" : "not stored"}`;
          const { recordingId, patientUuid } = await stored(patientCode);
          const request = {
            ...swap,
            from: { patientCode, recordingCode: "r" },
            to: { patientCode: `n-${index}-${isPersisted}`, recordingCode: "r" },
            isSwap: false,
          };
          await rejects(reassign(deps, request), /--new-patient/);
          const through = async <T>(of: string, action: () => Promise<T>): Promise<T> => {
            if (of !== write) return await action();
            if (isPersisted) await action();
            throw new BrokenError(of);
          };
          const { store, keyStore } = deps;
          const broken: ReassignDeps = {
            ...deps,
            store: { ...store, relink: (one) => through("relink", () => store.relink(one)) },
            keyStore: {
              patientKey: (uuid) => keyStore.patientKey(uuid),
              createPatientKey: (uuid) =>
                through("createPatientKey", () => keyStore.createPatientKey(uuid)),
              destroyPatientKey: (uuid) =>
                through("destroyPatientKey", () => keyStore.destroyPatientKey(uuid)),
              isDestroyed: (uuid) => keyStore.isDestroyed(uuid),
            },
          };
          const told = { ...request, mayAddPatient: true };
          await rejects(reassign(broken, told), BrokenError, name);
          // Again: either it is there already, or it is done now; in both cases no old key is left.
          try {
            await reassign(deps, told);
          } catch (error) {
            ok(error instanceof ReassignRefusedError, `${name}: ${error}`);
            match(error.message, /has no recording/, name);
          }
          const moved = await store.findRecording(database.siteId, told.to);
          deepStrictEqual([moved?.recordingId, moved?.version], [recordingId, 2], name);
          const key = await keyStore.patientKey(moved!.keyUuid);
          ok(unwrapKey(key!, recordingKeyPlace(database.siteId, recordingId), moved!.wrappedKey));
          strictEqual(
            await keyStore.patientKey(patientUuid),
            undefined,
            `${name}: the old key is gone`,
          );
        }
      }
      // Two at once: one is first, the other finds it gone or reads anew.
      for (const patientCode of ["p", "q"]) await stored(patientCode);
      const request = { ...swap, isSwap: true };
      const both = await Promise.allSettled([reassign(deps, request), reassign(deps, request)]);
      ok(both.some(({ status }) => status === "fulfilled"));
      const versions = await Promise.all(
        ["p", "q"].map(async (patientCode) =>
          (await deps.store.findRecording(database.siteId, { patientCode, recordingCode: "r" }))!
            .version
        ),
      );
      strictEqual(versions[0], versions[1]);
    });
  } finally {
    await database.drop();
    await Deno.remove(keyFolder, { recursive: true });
  }
});

Deno.test("the command line says what it wants", () => {
  const good = ["--site", "1", "--recording", "p/r", "--to", "q", "--reason", "INC-17"];
  const flags = parseFlags(good);
  ok(flags !== "help");
  deepStrictEqual(flags.move?.to, { patientCode: "q", recordingCode: "r" });
  strictEqual(parseFlags(["--help"]), "help");
  for (
    const bad of [
      good.slice(2),
      [...good.slice(0, -1), "a name with blanks"],
      ["--site", "1", "--recording", "p", "--to", "q", "--reason", "x"],
      [...good, "--finish"],
      [...good, "--actor", "a b"],
    ]
  ) {
    let error;
    try {
      parseFlags(bad);
    } catch (caught) {
      error = caught;
    }
    ok(error instanceof Error, bad.join(" "));
  }
});
