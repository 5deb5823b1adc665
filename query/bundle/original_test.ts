// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * A file goes in by the simulator's device and comes out of a bundle with the same SHA-256, for who has
 * identity scope and nobody else; a source row that was changed gives none.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { formatHex } from "@wavekeep/core/bytes";
import { nodeSha256, seal, sourcePlace, unseal } from "@wavekeep/core/crypto";
import { bytesByteSource } from "@wavekeep/core/edf";
import {
  type BundleSource,
  formatSums,
  openTar,
  parseManifest,
  readWhole,
  verifyBundle,
} from "@wavekeep/core/proof";
import { ExportStatus } from "@wavekeep/core/wire";
import { createHash } from "node:crypto";
import {
  annotationSignal,
  edfFromSpec,
  type SpecFile,
  timekeeping,
} from "../../core/testing/edf_from_spec.ts";
import { verifyByWebCrypto } from "../../core/testing/ed25519.ts";
import { readShared } from "../../core/testing/shared_data.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { openByCodes } from "../routes/_request.ts";
import { type Asking, onPipeline, type Pipeline } from "../testing/pipeline.ts";
import { sequenceLog } from "../testing/sequence_log.ts";
import { smallEdf } from "../testing/small_edf.ts";

const CUSTODIAN: Asking = { role: "custodian" };
const NAME = "Haagse_Harry";

const pathOf = (recording: string) => `/patients/p/recordings/${recording}/exports`;

/** Asks for an export of a recording and waits until it has ended. */
async function exported(pipeline: Pipeline, recording: string, asking: Asking, original = true) {
  const asked = await pipeline.ask("POST", pathOf(recording), { original }, asking);
  strictEqual(asked.status, 202, asked.status === 202 ? "" : await asked.text());
  await pipeline.queryDeps.exports!.settled();
  return ExportStatus.parse(
    await (await pipeline.get(asked.headers.get("location")!, asking)).json(),
  );
}

/** The files of samples of an export, after the whole of it was verified. */
async function dataOf(
  pipeline: Pipeline,
  of: { status: ExportStatus; asking: Asking; log: Awaited<ReturnType<typeof sequenceLog>> },
) {
  deepStrictEqual([of.status.state, of.status.reason], ["ready", null]);
  const answer = await pipeline.get(`/exports/${of.status.export_id}/file`, of.asking);
  strictEqual(answer.status, 200);
  const tar = await openTar(bytesByteSource(new Uint8Array(await answer.arrayBuffer())));
  const { logKey } = of.log;
  const verify = (bundle: BundleSource) =>
    verifyBundle(bundle, {
      policy: { origin: logKey.name, logKey, witnessKeys: [], quorum: 0 },
      crypto: { sha256: nodeSha256, verify: verifyByWebCrypto },
      startSha256: () => createHash("sha256"),
    });
  const verdict = await verify(tar);
  deepStrictEqual([verdict.findings, verdict.unchecked], [[], []]);
  // The log holds the whole file, its header too.
  ok(verdict.notes.every(({ kind }) => kind !== "header-unproven" && kind !== "start-unproven"));
  const manifest = parseManifest(await readWhole(tar.open("manifest.json")!, "manifest", 1e7));
  const data = await Promise.all(manifest.data.map(async (file) => ({
    file,
    bytes: await readWhole(tar.open(file.path)!, file.path, 1e9),
  })));
  return { data, tar, verify };
}

/** The same bundle with another name in the header of a file, as somebody would change it who knows how. */
async function renamed(tar: BundleSource, path: string): Promise<BundleSource> {
  const files = new Map<string, Uint8Array>();
  for (const one of tar.paths) files.set(one, await readWhole(tar.open(one)!, one, 1e9));
  files.get(path)![12]! ^= 1;
  files.delete("SHA256SUMS");
  const sums = formatSums([...files].map(([one, bytes]) => [one, nodeSha256(bytes)] as const));
  files.set("SHA256SUMS", new TextEncoder().encode(sums));
  return {
    paths: [...files.keys()],
    open: (one) => files.has(one) ? bytesByteSource(files.get(one)!) : undefined,
  };
}

const hashOf = (bytes: Uint8Array) => formatHex(nodeSha256(bytes));

/** Two rates, a mark in the second of two annotation signals, a transducer, 24 bits. */
function oddBdf(): Uint8Array {
  const records = (perRecord: number, of: number) =>
    Array.from(
      { length: 7 },
      (_, record) =>
        Array.from({ length: perRecord }, (_, i) =>
          (record * 90_001 + i * 7_919 + of) % 16_000_000 - 8_000_000),
    );
  const lists = Array.from({ length: 7 }, (_, record) => timekeeping(record * 2));
  const spec: SpecFile = {
    bits: 24,
    patientId: `MCH-0234567 F 02-MAY-1951 ${NAME}`,
    recordDuration: "2",
    // A device that was switched off without a word: the count was never written.
    recordCount: "-1",
    reserved: "BDF+C",
    trailing: Uint8Array.of(1, 2, 3, 4, 5),
    signals: [
      { label: "EEG Fp1", transducer: "active electrode", records: records(32, 0) },
      annotationSignal(lists, { bits: 24, byteLength: 60 }),
      { label: "Resp", physicalMax: "0.1234", records: records(5, 1), reserved: "what is this" },
      { label: "EEG Fp2", records: records(32, 2) },
      annotationSignal(lists.map((_, i) => i === 3 ? "+6.5\x14a mark\x14\0" : ""), {
        bits: 24,
        byteLength: 30,
      }),
    ],
  };
  return edfFromSpec(spec);
}

Deno.test("what came in as a file comes out with the same SHA-256: EDF+C, EDF+D, BDF+, trailing bytes, a real one", async () => {
  await onPipeline("original", async (pipeline, folder) => {
    const inputs: Record<string, Uint8Array> = {
      "continuous": smallEdf({ seconds: 9, mark: "spike" }),
      "gap": smallEdf({ seconds: 9, onsets: [0, 1, 2, 3, 10, 11, 12, 13, 14] }),
      "trailing": smallEdf({ seconds: 4, trailing: new Uint8Array(3) }),
      "wide": oddBdf(),
    };
    const real = await readShared("eegmmidb/S001R01.edf");
    if (real !== undefined) inputs["real"] = real;
    for (const [name, bytes] of Object.entries(inputs)) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
      await pipeline.stream([`${folder}/${name}`], { patientId: "p", recordingId: name });
    }
    const log = await sequenceLog(pipeline.database.ownerUrl);
    for (const [name, bytes] of Object.entries(inputs)) {
      const status = await exported(pipeline, name, CUSTODIAN);
      const { data, tar, verify } = await dataOf(pipeline, { status, asking: CUSTODIAN, log });
      strictEqual(data.length, 1, name);
      ok(data[0]!.file.form === "edf" && data[0]!.file.is_original, name);
      match(data[0]!.file.path, name === "wide" ? /\.bdf$/ : /\.edf$/);
      strictEqual(hashOf(data[0]!.bytes), hashOf(bytes), name);
      if (name === "real") continue;
      const { findings } = await verify(await renamed(tar, data[0]!.file.path));
      ok(findings.some(({ kind }) => kind === "source-differs"), `${name}, renamed`);
    }
    await inDatabase(pipeline.database.ownerUrl, async (client) => {
      const { rows } = await client.query<{ kind: string; scope: string; count: number }>(
        `select kind, detail ->> 'scope' as scope, count(*)::int from wavekeep.event
          where kind like 'export.%' group by 1, 2 order by 1`,
      );
      const count = Object.keys(inputs).length;
      deepStrictEqual(rows, [
        { kind: "export.downloaded", scope: "identity", count },
        { kind: "export.made", scope: "identity", count },
      ]);
    });
  });
});

Deno.test("without identity scope an original is refused, and the bundle names nobody", async () => {
  await onPipeline("original", async (pipeline, folder) => {
    await Deno.writeFile(`${folder}/a.edf`, smallEdf({ seconds: 4 }));
    await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId: "r" });
    const log = await sequenceLog(pipeline.database.ownerUrl);
    for (const role of ["clinician", "admin", "device"] as const) {
      const asked = await pipeline.ask("POST", pathOf("r"), { original: true }, { role });
      strictEqual(asked.status, 403, role);
      await asked.body?.cancel();
    }
    const asking: Asking = { role: "clinician" };
    const status = await exported(pipeline, "r", asking, false);
    const { data } = await dataOf(pipeline, { status, asking, log });
    for (const { file, bytes } of data) {
      ok(file.form === "edf" && !file.is_original);
      ok(!new TextDecoder("latin1").decode(bytes).includes(NAME));
    }
    // Nor does somebody else's export give it away.
    const own = await exported(pipeline, "r", CUSTODIAN);
    strictEqual(own.state, "ready");
    for (const path of ["", "/file"]) {
      const answer = await pipeline.get(`/exports/${own.export_id}${path}`, asking);
      strictEqual(answer.status, 403);
      await answer.body?.cancel();
    }
  });
});

const CHANGES: readonly [name: string, sql: string, reason: RegExp][] = [
  [
    "the body",
    `update wavekeep.source_artifact set body_sealed = set_byte(body_sealed, 40, get_byte(body_sealed, 40) # 1)`,
    /not what was stored/,
  ],
  [
    "the digest",
    `update wavekeep.source_artifact set file_key = sha256(file_key)`,
    /not what was stored/,
  ],
  [
    "the length, which rows from before have beside the SHA-256",
    `update wavekeep.source_artifact set byte_length = 1`,
    /not what was stored/,
  ],
  ["nothing but takes the row away", `delete from wavekeep.source_artifact`, /no file was kept/],
];

Deno.test("a source row that a superuser changed gives no file", async () => {
  await onPipeline("original", async (pipeline, folder) => {
    for (const [index, [name, sql, reason]] of CHANGES.entries()) {
      await Deno.writeFile(`${folder}/${index}.edf`, smallEdf({ seconds: 3 + index }));
      await pipeline.stream([`${folder}/${index}.edf`], {
        patientId: "p",
        recordingId: `r${index}`,
      });
      await sequenceLog(pipeline.database.ownerUrl);
      await inDatabase(pipeline.database.ownerUrl, async (client) => {
        await client.query(
          `alter table wavekeep.source_artifact disable trigger all,
            drop constraint if exists source_sealed`,
        );
        await client.query(
          `${sql} where recording_id =
            (select recording_id from wavekeep.recording where recording_code = $1)`,
          [`r${index}`],
        );
      });
      const status = await exported(pipeline, `r${index}`, CUSTODIAN);
      deepStrictEqual(
        [status.state, reason.test(status.reason ?? "")],
        ["refused", true],
        `${name}: ${status.reason}`,
      );
      const file = await pipeline.get(`/exports/${status.export_id}/file`, CUSTODIAN);
      ok(file.status >= 400);
      await file.body?.cancel();
    }
  });
});

Deno.test("a file of which something else was kept than what came in is not given", async () => {
  await onPipeline("original", async (pipeline, folder) => {
    await Deno.writeFile(`${folder}/a.edf`, smallEdf({ seconds: 4 }));
    await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId: "r" });
    await sequenceLog(pipeline.database.ownerUrl);
    // Somebody who has the key, too: only the digest of the whole file tells that a header is another.
    const { queryDeps: deps, database: { siteId, ownerUrl } } = pipeline;
    const codes = { patient_id: "p", recording_id: "r" };
    const { key, stored: { recordingId } } = await deps.store.read(
      siteId,
      (view) => openByCodes(view, deps, codes),
    );
    const [row] = await deps.proofs.sources(siteId, recordingId);
    const place = sourcePlace(siteId, recordingId, row!.fileKey);
    const source = JSON.parse(new TextDecoder().decode(unseal(key!, place, row!.bodySealed)));
    const header = Uint8Array.fromBase64(source.header);
    header[100]! ^= 1;
    const body = new TextEncoder().encode(JSON.stringify({ ...source, header: header.toBase64() }));
    await inDatabase(ownerUrl, async (client) => {
      await client.query("alter table wavekeep.source_artifact disable trigger all");
      await client.query("update wavekeep.source_artifact set body_sealed = $1", [
        seal(key!, place, body),
      ]);
    });
    const status = await exported(pipeline, "r", CUSTODIAN);
    strictEqual(status.state, "refused");
    match(status.reason ?? "", /does not come out as it went in/);
  });
});
