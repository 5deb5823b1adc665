// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * A recording goes through the device, ingest, the log and an export, and comes out as a bundle that
 * verifies; whatever a superuser changes on the way is refused.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { bytesByteSource, openEdf } from "@wavekeep/core/edf";
import { openTar, parseManifest, readWhole, verifyBundle } from "@wavekeep/core/proof";
import { BUNDLE_MEDIA_TYPE, ExportStatus } from "@wavekeep/core/wire";
import { createHash } from "node:crypto";
import { verifyByWebCrypto } from "../../core/testing/ed25519.ts";
import { readByEdfDecoder, readByMne } from "../../core/testing/other_readers.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { bipolarFile } from "../../viewer/testing/edf_files.ts";
import { onPipeline, type Pipeline } from "../testing/pipeline.ts";
import { type SequencedLog, sequenceLog } from "../testing/sequence_log.ts";
import { writeSmallEdf } from "../testing/small_edf.ts";
import { readRawEdf } from "../truth/testing/raw_edf.ts";

const RECORDING = "/patients/p/recordings/r";

/** Asks for an export and waits until it has ended. */
async function exported(
  pipeline: Pipeline,
  body?: unknown,
  path: string = RECORDING,
): Promise<ExportStatus> {
  const asked = await pipeline.ask("POST", `${path}/exports`, body);
  strictEqual(asked.status, 202, asked.status === 202 ? "" : await asked.text());
  const location = asked.headers.get("location")!;
  await pipeline.queryDeps.exports!.settled();
  const answer = await pipeline.get(location);
  return ExportStatus.parse(await answer.json());
}

async function download(pipeline: Pipeline, id: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await pipeline.get(`/exports/${id}/file`);
  strictEqual(answer.status, 200, answer.status === 200 ? "" : await answer.text());
  strictEqual(answer.headers.get("content-type"), BUNDLE_MEDIA_TYPE);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  strictEqual(String(bytes.byteLength), answer.headers.get("content-length"));
  return bytes;
}

function verifierOf(log: SequencedLog) {
  return {
    policy: { origin: log.logKey.name, logKey: log.logKey, witnessKeys: [], quorum: 0 },
    crypto: { sha256: nodeSha256, verify: verifyByWebCrypto },
    startSha256: () => createHash("sha256"),
  };
}

const MARK = {
  annotation_id: "ab".repeat(16),
  kind: "seizure",
  source: "human",
  anchor: { coordinate: "recording", onset: "2.5" },
  duration: "3",
  text: "canary words",
  channels: [0],
};

Deno.test("an export is a bundle that verifies: samples, gaps, marks, and a checkpoint that was kept", async () => {
  await onPipeline("bundle", async (pipeline, folder) => {
    const source = `${folder}/a.edf`;
    await writeSmallEdf(source, { seconds: 9, onsets: [0, 1, 2, 3, 10, 11, 12, 13, 14] });
    await pipeline.stream([source], { patientId: "p", recordingId: "r" });
    const kept = await sequenceLog(pipeline.database.ownerUrl);
    for (const mark of [MARK, { ...MARK, version: 2, text: "corrected" }]) {
      const answer = await pipeline.post(`${RECORDING}/annotations`, { annotations: [mark] }, {
        role: "clinician",
      });
      strictEqual(answer.status, 201, await answer.text());
    }
    const log = await sequenceLog(pipeline.database.ownerUrl);
    const status = await exported(pipeline, { known_sizes: [kept.size] });
    deepStrictEqual([status.state, status.reason], ["ready", null]);
    const tar = await openTar(bytesByteSource(await download(pipeline, status.export_id)));
    const options = { ...verifierOf(log), kept: [await log.checkpointAt(kept.size)] };
    const verdict = await verifyBundle(tar, options);
    deepStrictEqual([verdict.findings, verdict.unchecked], [[], []]);
    strictEqual(verdict.counts.annotations, 2);
    strictEqual(verdict.counts.segments, 2);
    strictEqual(verdict.counts.samples, 9 * 36);

    // The same integers as in the file it came from, by a reader that shares no code.
    const manifest = parseManifest(await readWhole(tar.open("manifest.json")!, "manifest", 1e6));
    deepStrictEqual(manifest.gaps.map(({ kind, start, end }) => [kind, start, end]), [
      ["not-recorded", "4", "10"],
    ]);
    const original = readRawEdf(await Deno.readFile(source));
    const written = await Promise.all(manifest.data.map(async ({ path }) => {
      const bytes = await readWhole(tar.open(path)!, path, 1e6);
      return readRawEdf(new Uint8Array(bytes));
    }));
    strictEqual(written.length, 2);
    original.signals.forEach((signal, i) => {
      deepStrictEqual(
        written.flatMap(({ signals }) => [...signals[i]!.samples]),
        [...signal.samples],
      );
    });
    const edf = await openEdf(tar.open(manifest.data[0]!.path)!);
    const marks = await Array.fromAsync(edf.annotations(), ({ text }) => text);
    deepStrictEqual(marks.map((text) => text.split("@@")[0]), ["corrected"]);

    // Nothing of the patient lies about in the clear, and everything was written down.
    for await (const bytes of spooled(pipeline)) {
      ok(!new TextDecoder("latin1").decode(bytes).includes("corrected"));
    }
    await inDatabase(pipeline.database.ownerUrl, async (client) => {
      const { rows } = await client.query<{ kind: string }>(
        "select kind from wavekeep.event where kind like 'export.%' order by event_id",
      );
      deepStrictEqual(rows.map(({ kind }) => kind), ["export.made", "export.downloaded"]);
    });

    strictEqual(
      (await pipeline.get(`/exports/${status.export_id}`, { site: "other" })).status,
      404,
    );
    strictEqual(
      (await pipeline.get(`/exports/${status.export_id}`, { role: "admin" })).status,
      403,
    );
    strictEqual((await pipeline.ask("DELETE", `/exports/${status.export_id}`)).status, 204);
    strictEqual((await pipeline.get(`/exports/${status.export_id}/file`)).status, 404);
    deepStrictEqual(await Array.fromAsync(spooled(pipeline)), []);
    await checkByOthers(pipeline, folder);
  });
});

/** One rate and no gap, EDF+C: the same integers in the hands of other people's readers. */
async function checkByOthers(pipeline: Pipeline, folder: string): Promise<void> {
  const source = `${folder}/single.edf`;
  await Deno.writeFile(source, bipolarFile());
  await pipeline.stream([source], { patientId: "p", recordingId: "single" });
  const answer = await pipeline.get("/patients/p/recordings/single/export.edf");
  const bytes = new Uint8Array(await answer.arrayBuffer());
  strictEqual(new TextDecoder().decode(bytes.subarray(192, 197)), "EDF+C");
  const { signals } = readRawEdf(await Deno.readFile(source));
  const decoded = readByEdfDecoder(bytes);
  for (const [index, { label, samples }] of signals.entries()) {
    strictEqual(decoded[index]!.label, label);
    deepStrictEqual(decoded[index]!.samples, samples, `edfdecoder, ${label}`);
  }
  const exported = `${folder}/exported.edf`;
  await Deno.writeFile(exported, bytes);
  const byMne = await readByMne(exported);
  if (byMne === undefined) return;
  strictEqual(byMne.rate, 256);
  deepStrictEqual(byMne.signals.map(({ label }) => label), signals.map(({ label }) => label));
  for (const [index, { label, samples }] of signals.entries()) {
    // MNE gives microvolts: -800 to 800 for -2048 to 2047.
    const steps: number[] = byMne.signals[index]!.microvolts.map((value) =>
      (value + 800) * 4095 / 1600 - 2048
    );
    ok(steps.every((step) => Math.abs(step - Math.round(step)) < 1e-6), `${label}: no integers`);
    deepStrictEqual(Int32Array.from(steps, Math.round), samples, `MNE, ${label}`);
  }
}

/** What lies in the folder of exports. */
async function* spooled(pipeline: Pipeline): AsyncIterable<Uint8Array> {
  async function* walk(folder: string): AsyncIterable<Uint8Array> {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile) yield await Deno.readFile(`${folder}/${name}`);
      else yield* walk(`${folder}/${name}`);
    }
  }
  yield* walk(pipeline.exportFolder);
}

/** What a superuser does, digests recomputed where there are any, and what the export says of it. */
const CHANGES: readonly [name: string, sql: string, reason: RegExp, path?: string][] = [
  [
    "re-dates a chunk",
    "update wavekeep.chunk set received_at = received_at - interval '1 day' where sequence = 2 and stream_no = 0",
    /does not lead to the signed root/,
  ],
  [
    "moves a segment",
    "update wavekeep.segment set start_seconds = '5'",
    /place on the recording's axis/,
  ],
  [
    "gives the recording another name",
    "update wavekeep.recording set recording_code = 'q'",
    /another patient's or another recording/,
    "/patients/p/recordings/q",
  ],
  [
    "takes away what a leaf says",
    "update wavekeep.event set leaf_content = null where kind = 'recording.opened'",
    /not opened and no erasure covers it/,
  ],
];

for (const [name, sql, reason, path] of CHANGES) {
  Deno.test(`an export is refused when a superuser ${name}`, async () => {
    await onPipeline("bundle", async (pipeline, folder) => {
      await writeSmallEdf(`${folder}/a.edf`, { seconds: 5 });
      await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId: "r" });
      await sequenceLog(pipeline.database.ownerUrl);
      await inDatabase(pipeline.database.ownerUrl, async (client) => {
        for (const table of ["chunk", "segment", "event", "recording", "patient"]) {
          await client.query(`alter table wavekeep.${table} disable trigger all`);
        }
        await client.query(sql);
      });
      const status = await exported(pipeline, undefined, path);
      strictEqual(status.state, "refused");
      ok(reason.test(status.reason ?? ""), status.reason ?? "");
      const file = await pipeline.get(`/exports/${status.export_id}/file`);
      strictEqual(file.status, 500);
      deepStrictEqual(await Array.fromAsync(spooled(pipeline)), []);
    });
  });
}
