/**
 * What whoever has the whole database, and even every key of the server, can do to it, and what names it: a
 * checkpoint that was kept elsewhere, the witness, and the device's own signature.
 *
 * @module
 */

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { CRC_BYTES, decodeChunk, encodeChunk, SIGNATURE_BYTES } from "@wavekeep/core/chunk";
import {
  chunkPlace,
  fileKeyStore,
  leafSalts,
  logPseudonym,
  nodeSha256,
  recordingKeyPlace,
  seal,
  unseal,
  unwrapKey,
  verifyEd25519,
} from "@wavekeep/core/crypto";
import {
  consistencyProof,
  decodeEntryBundle,
  formatAddCheckpoint,
  hashLeaf,
  makeChunkLeaf,
  MerkleTree,
  type VerifierKey,
} from "@wavekeep/core/log";
import type { Verdict } from "@wavekeep/core/proof";
import { ExportStatus } from "@wavekeep/core/wire";
import type pg from "pg";
import { inDatabase, withDatabase } from "../../core/testing/test_database.ts";
import { noteSigner } from "../../ingest/log/note_key.ts";
import { hardenDatabase } from "../../ingest/migrate.ts";
import { enrolment, testKey } from "../../ingest/testing/signed_device.ts";
import { Witness } from "../../ingest/witness/witness.ts";
import { onPipeline, type Pipeline } from "../../query/testing/pipeline.ts";
import { runSequencer } from "../../query/testing/run_sequencer.ts";
import { writeSmallEdf } from "../../query/testing/small_edf.ts";
import { verifyLive } from "./verify_live.ts";

/** The log as its tables have it. */
async function logOf(pipeline: Pipeline): Promise<{ note: Uint8Array; tree: MerkleTree }> {
  return await inDatabase(pipeline.database.ownerUrl, async (client) => {
    const { rows: [head] } = await client.query("select note from wavekeep.log_head");
    const { rows } = await client.query<{ bytes: Uint8Array; width: number }>(
      "select bytes, width from wavekeep.log_tile where level = -1 order by tile_index",
    );
    const tree = new MerkleTree(nodeSha256);
    for (const { bytes, width } of rows) {
      for (const entry of decodeEntryBundle(new Uint8Array(bytes), width)) {
        tree.append(hashLeaf(entry, nodeSha256));
      }
    }
    return { note: new Uint8Array(head.note), tree };
  });
}

async function verdictOf(
  pipeline: Pipeline,
  logKey: VerifierKey,
  kept: readonly Uint8Array[],
): Promise<Verdict> {
  const keys = await fileKeyStore(pipeline.keyFolder);
  return await inDatabase(pipeline.database.ownerUrl, (client) =>
    verifyLive(client, {
      policy: { origin: logKey.name, logKey, witnessKeys: [], quorum: 0 },
      crypto: {
        sha256: nodeSha256,
        verify: ({ publicKey, message, signature }) =>
          Promise.resolve(verifyEd25519(publicKey, message, signature)),
      },
      kept,
      keys,
    }));
}

/** Beside the database, without anybody in it: a copy, or the copy in its place. */
async function beside(pipeline: Pipeline, statements: (name: string) => string[]): Promise<void> {
  const { name, ownerUrl } = pipeline.database;
  await inDatabase(withDatabase(ownerUrl, "postgres"), async (client) => {
    await client.query("select pg_advisory_lock(7)");
    await client.query(`alter database ${name} allow_connections false`);
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
      [name],
    );
    // A session that was told to end takes a moment.
    for (;;) {
      const { rows } = await client.query("select from pg_stat_activity where datname = $1", [
        name,
      ]);
      if (rows.length === 0) break;
    }
    for (const statement of statements(name)) await client.query(statement);
    await client.query(`alter database ${name} allow_connections true`);
  });
  await inDatabase(ownerUrl, hardenDatabase);
}

async function stream(
  pipeline: Pipeline,
  path: string,
  codes: { recordingId: string; seconds: number },
): Promise<void> {
  await writeSmallEdf(path, { seconds: codes.seconds });
  await pipeline.stream([path], { patientId: "p", recordingId: codes.recordingId });
}

Deno.test("the whole database replaced by yesterday's: sequencer, witness and verify refuse it and say at which size", async () => {
  await onPipeline("whole", async (pipeline, folder) => {
    const checkpointFile = `${pipeline.keyFolder}/log.checkpoint`;
    const yesterdays = `${pipeline.database.name}_y`;
    await stream(pipeline, `${folder}/a.edf`, { recordingId: "a", seconds: 2 });
    const logKey = await runSequencer(pipeline);
    const yesterday = await logOf(pipeline);
    const keptYesterday = await Deno.readFile(checkpointFile);
    await beside(pipeline, (name) => [`create database ${yesterdays} template ${name}`]);
    try {
      await stream(pipeline, `${folder}/b.edf`, { recordingId: "b", seconds: 3 });
      await runSequencer(pipeline);
      const today = await logOf(pipeline);
      ok(today.tree.size > yesterday.tree.size);
      let remembered: Uint8Array | undefined;
      const witness = new Witness({
        signer: noteSigner(new Uint8Array(32).fill(3), "witness.example/w", "cosignature"),
        logs: [logKey],
        memory: {
          read: () => Promise.resolve(remembered),
          write: (_, note) => Promise.resolve(void (remembered = note)),
        },
        nowSeconds: () => 1_700_000_000,
      });
      const ask = async (oldSize: number, { note, tree }: typeof today) => {
        const proof = oldSize === 0 || oldSize > tree.size
          ? []
          : consistencyProof({ oldSize, newSize: tree.size }, tree.nodeHashOf, nodeSha256);
        return await witness.addCheckpoint(
          formatAddCheckpoint({ oldSize, proof, checkpoint: note }),
        );
      };
      strictEqual((await ask(0, yesterday)).status, 200);
      strictEqual((await ask(yesterday.tree.size, today)).status, 200);

      await beside(pipeline, (name) => [
        `drop database ${name}`,
        `create database ${name} template ${yesterdays}`,
      ]);
      const { size } = yesterday.tree;
      const back = new RegExp(`rolled back at size ${size}[;:]`);
      await rejects(runSequencer(pipeline), back);
      await Deno.rename(checkpointFile, `${folder}/log.checkpoint`);
      await rejects(runSequencer(pipeline), /log\.checkpoint/, "nor without what it kept");
      // It has seen more than that.
      strictEqual((await ask(size, await logOf(pipeline))).status, 409);
      const verdict = await verdictOf(pipeline, logKey, [today.note]);
      deepStrictEqual(verdict.findings.map(({ kind }) => kind), ["rolled-back"]);
      match(verdict.findings[0]!.detail, back);

      // And with yesterday's checkpoint put back as well, so that the log goes on from there.
      await Deno.writeFile(checkpointFile, keptYesterday, { mode: 0o600 });
      await stream(pipeline, `${folder}/c.edf`, { recordingId: "c", seconds: 5 });
      await runSequencer(pipeline);
      const fork = await logOf(pipeline);
      ok(fork.tree.size > today.tree.size);
      strictEqual((await ask(today.tree.size, fork)).status, 422);
      const forked = await verdictOf(pipeline, logKey, [today.note]);
      deepStrictEqual(forked.findings.map(({ kind }) => kind), ["history-differs"]);
    } finally {
      await inDatabase(
        withDatabase(pipeline.database.ownerUrl, "postgres"),
        (client) => client.query(`drop database if exists ${yesterdays} with (force)`),
      );
    }
  });
});

/** Everything that the log's tables hold is made again, by whoever has the log's key. */
async function forgetLog(pipeline: Pipeline, client: pg.Client): Promise<void> {
  for (const table of ["log_head", "log_tile", "log_index"]) {
    await client.query(`alter table wavekeep.${table} disable trigger all`);
    await client.query(`truncate wavekeep.${table}`);
  }
  await Deno.remove(`${pipeline.keyFolder}/log.checkpoint`);
}

/** The last chunk of a stream with other samples: row, seal, digests and leaf made to fit, by who has the keys. */
async function replaceLastChunk(
  pipeline: Pipeline,
  client: pg.Client,
  recordingCode: string,
): Promise<void> {
  const { rows: [row] } = await client.query(
    `select c.*, r.patient_uuid, r.wrapped_key, g.segment_id, g.segment_digest, s.descriptor_digest
      from wavekeep.chunk c join wavekeep.recording r using (recording_id)
        join wavekeep.segment g using (recording_id, segment_no)
        join wavekeep.stream s using (recording_id, segment_no, stream_no)
      where r.recording_code = $1 and c.stream_no = 1 order by c.sequence desc limit 1`,
    [recordingCode],
  );
  const keys = await fileKeyStore(pipeline.keyFolder);
  const { site_id: siteId, recording_id: recordingId, sequence } = row;
  const patientKey = (await keys.patientKey(row.patient_uuid))!;
  const key = unwrapKey(
    patientKey,
    recordingKeyPlace(siteId, recordingId),
    new Uint8Array(row.wrapped_key),
  );
  const place = chunkPlace({ siteId, recordingId, segmentNumber: 0, stream: 1, sequence });
  const stored = unseal(key, place, new Uint8Array(row.body));
  const before = decodeChunk(stored, { sha256: nodeSha256 });
  const samples = before.samples.slice();
  samples[3]! += 1;
  // The device's own, of the chunk that it made: nobody else can make one.
  const signature = stored.slice(-SIGNATURE_BYTES - CRC_BYTES, -CRC_BYTES);
  const { bytes, chunkDigest } = encodeChunk({
    ...before.header,
    codec: "raw",
    samples,
    segmentDigest: new Uint8Array(row.segment_digest),
    descriptorDigest: new Uint8Array(row.descriptor_digest),
    ...(before.header.signed ? { sign: () => signature } : {}),
  }, nodeSha256);
  const storedDigest = nodeSha256(bytes);
  const leaf = makeChunkLeaf({
    siteId,
    segmentId: new Uint8Array(row.segment_id),
    stream: 1,
    sequence,
    chunkDigest,
    storedDigest,
    receivedAtMicros: BigInt(row.received_at.getTime()) * 1000n,
    pseudonym: logPseudonym(key),
    saltOf: leafSalts(key),
  }, nodeSha256);
  await client.query(
    `update wavekeep.chunk set body = $1, chunk_digest = $2, stored_digest = $3, leaf_hash = $4,
        received_at = to_timestamp($5::float8 / 1000)
      where recording_id = $6 and stream_no = 1 and sequence = $7`,
    [
      seal(key, place, bytes),
      chunkDigest,
      storedDigest,
      leaf.leafHash,
      row.received_at.getTime(),
      recordingId,
      sequence,
    ],
  );
  await client.query(
    `update wavekeep.event set leaf_entry = $1
      where recording_id = $2 and stream_no = 1 and sequence = $3 and leaf_entry is not null`,
    [leaf.entry, recordingId, sequence],
  );
}

Deno.test("a chunk replaced with every digest, leaf and checkpoint made again: a kept checkpoint names it, and the device's signature", async () => {
  await onPipeline("whole", async (pipeline, folder) => {
    const key = testKey(3);
    const code = await pipeline.post("/devices/codes", { device_id: "amp-1" }, { role: "admin" });
    const made: { code: string } = await code.json();
    const enrolled = await pipeline.post("/devices/enrol", enrolment(key, made.code));
    ok(enrolled.ok, await enrolled.text());
    const { siteId } = pipeline.database;
    const device = { ...key, keyId: key.keyId.toHex(), siteId, deviceId: "amp-1" };
    await writeSmallEdf(`${folder}/a.edf`, { seconds: 3 });
    const signing = { mode: "chunk", keys: { current: device, find: () => device } } as const;
    for (const [recordingId, how] of [["signed", signing], ["plain", undefined]] as const) {
      await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId }, how);
    }
    const logKey = await runSequencer(pipeline);
    const kept = (await logOf(pipeline)).note;
    deepStrictEqual((await verdictOf(pipeline, logKey, [kept])).findings, []);

    await inDatabase(pipeline.database.ownerUrl, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `select inhrelid::regclass::text as name from pg_inherits
          where inhparent = 'wavekeep.chunk'::regclass
          union values ('wavekeep.chunk'), ('wavekeep.event')`,
      );
      for (const { name } of rows) await client.query(`alter table ${name} disable trigger all`);
      for (const recording of ["signed", "plain"]) {
        await replaceLastChunk(pipeline, client, recording);
      }
      await forgetLog(pipeline, client);
    });
    strictEqual((await runSequencer(pipeline)).name, logKey.name);
    // All of it agrees with itself; what somebody kept yesterday does not agree with it.
    deepStrictEqual((await verdictOf(pipeline, logKey, [])).findings, []);
    const { findings } = await verdictOf(pipeline, logKey, [kept]);
    deepStrictEqual(findings.map(({ kind }) => kind), ["history-differs"]);
    // And of what its device has signed, nobody else can make another: no export of it leaves the house.
    const exported = async (recordingId: string) => {
      const asked = await pipeline.ask("POST", `/patients/p/recordings/${recordingId}/exports`);
      strictEqual(asked.status, 202, asked.status === 202 ? "" : await asked.text());
      await pipeline.queryDeps.exports!.settled();
      const status = await (await pipeline.get(asked.headers.get("location")!)).json();
      return ExportStatus.parse(status);
    };
    strictEqual((await exported("plain")).state, "ready");
    const { state, reason } = await exported("signed");
    strictEqual(state, "refused");
    match(reason ?? "", /a device's signature does not hold: .*stream 1, chunk 2/);
  });
});
