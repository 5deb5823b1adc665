/**
 * Everything together: a device that enrols a key and signs, ingest, the sequencer itself, an export, and
 * both verifiers.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fileKeyStore, nodeSha256, verifyEd25519 } from "@wavekeep/core/crypto";
import { bytesByteSource } from "@wavekeep/core/edf";
import { openTar, type Verdict, verifyBundle } from "@wavekeep/core/proof";
import { ExportStatus } from "@wavekeep/core/wire";
import { createHash } from "node:crypto";
import { inDatabase } from "../../core/testing/test_database.ts";
import { enrolment, testKey } from "../../ingest/testing/signed_device.ts";
import { verifyLive } from "../../simulator/live/verify_live.ts";
import type { DeviceSigning } from "../../simulator/segment_signer.ts";
import { type Pipeline, startPipeline } from "../testing/pipeline.ts";
import { runSequencer } from "../testing/run_sequencer.ts";
import { writeSmallEdf } from "../testing/small_edf.ts";

const CRYPTO = {
  sha256: nodeSha256,
  verify: ({ publicKey, message, signature }: Parameters<typeof verifyBy>[0]) =>
    Promise.resolve(verifyBy({ publicKey, message, signature })),
};

function verifyBy(
  of: { publicKey: Uint8Array; message: Uint8Array; signature: Uint8Array },
): boolean {
  return verifyEd25519(of.publicKey, of.message, of.signature);
}

async function bundleVerdict(
  pipeline: Pipeline,
  recordingId: string,
  policy: NonNullable<Parameters<typeof verifyBundle>[1]["policy"]>,
): Promise<Verdict> {
  const asked = await pipeline.ask("POST", `/patients/p/recordings/${recordingId}/exports`);
  await pipeline.queryDeps.exports!.settled();
  const path = asked.headers.get("location")!;
  const status = ExportStatus.parse(await (await pipeline.get(path)).json());
  deepStrictEqual([status.state, status.reason], ["ready", null]);
  const answer = await pipeline.get(`${path}/file`);
  const tar = await openTar(bytesByteSource(new Uint8Array(await answer.arrayBuffer())));
  return await verifyBundle(tar, {
    policy,
    crypto: CRYPTO,
    startSha256: () => createHash("sha256"),
  });
}

Deno.test("what a device signed, ingest took and the sequencer logged verifies: bundle, live system, after a revocation", async () => {
  const pipeline = await startPipeline("signed_bundle");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  try {
    const key = testKey(3);
    const code = await pipeline.post("/devices/codes", { device_id: "amp-1" }, { role: "admin" });
    const made: { code: string } = await code.json();
    const enrolled = await pipeline.post("/devices/enrol", enrolment(key, made.code));
    ok(enrolled.ok, await enrolled.text());
    const keyId = key.keyId.toHex();
    const device = { ...key, keyId, siteId: pipeline.database.siteId, deviceId: "amp-1" };
    const keys = { current: device, find: () => device };
    await writeSmallEdf(`${folder}/a.edf`, { seconds: 6, mark: "seen" });
    for (const mode of ["chunk", "run"] as const) {
      const signing: DeviceSigning = { mode, keys };
      await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId: mode }, signing);
    }
    const logKey = await runSequencer(pipeline);
    const policy = { origin: logKey.name, logKey, witnessKeys: [], quorum: 0 };

    const byChunk = await bundleVerdict(pipeline, "chunk", policy);
    const byRun = await bundleVerdict(pipeline, "run", policy);
    for (const verdict of [byChunk, byRun]) {
      deepStrictEqual([verdict.findings, verdict.unchecked], [[], []]);
      strictEqual(verdict.counts.chunks, 12);
      ok(verdict.notes.every(({ kind }) => kind !== "unsigned" && kind !== "key-revoked"));
    }
    // A segment, two ends, and every chunk; or fewer, because a run is signed at its end.
    strictEqual(byChunk.counts.signatures, 1 + 2 + 12);
    ok(byRun.counts.signatures < byChunk.counts.signatures);

    const revoked = await pipeline.post(`/devices/keys/${keyId}/revoke`, { reason: "lost" }, {
      role: "admin",
    });
    ok(revoked.ok, await revoked.text());
    strictEqual((await runSequencer(pipeline)).name, logKey.name);
    const after = await bundleVerdict(pipeline, "chunk", policy);
    deepStrictEqual(after.findings, [], "what was signed before stands");
    ok(after.notes.some(({ kind }) => kind === "key-revoked"));

    const store = await fileKeyStore(pipeline.keyFolder);
    const live = await inDatabase(
      pipeline.database.ownerUrl,
      (client) => verifyLive(client, { policy, crypto: CRYPTO, kept: [], keys: store }),
    );
    deepStrictEqual(live.findings, []);
    strictEqual(live.counts.chunks, 24);
    // What a superuser does to keys is named, too.
    for (
      const [sql, detail] of [
        ["delete from wavekeep.device_key_revocation", /was deleted/],
        [
          "update wavekeep.device_key set enrolled_at = enrolled_at - interval '1 day'",
          /not what was logged/,
        ],
        ["update wavekeep.device_key set device_id = 'amp-2'", /^device .* not what was logged/],
      ] as const
    ) {
      const { findings }: Verdict = await inDatabase(pipeline.database.ownerUrl, async (client) => {
        for (const table of ["device_key", "device_key_revocation"]) {
          await client.query(`alter table wavekeep.${table} disable trigger all`);
        }
        await client.query(sql);
        return await verifyLive(client, { policy, crypto: CRYPTO, kept: [], keys: store });
      });
      ok(
        findings.some((one) => one.kind === "key-differs" && detail.test(one.detail)),
        JSON.stringify(findings),
      );
    }
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});
