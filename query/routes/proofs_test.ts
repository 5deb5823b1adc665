import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  chunkDigest,
  decodeSegmentRecord,
  readChunkHeader,
  segmentDigest,
} from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import {
  hashLeaf,
  openCheckpoint,
  openLogEntry,
  parseBase64,
  verifyInclusion,
} from "@wavekeep/core/log";
import { ChunkProof, CHUNKS_MEDIA_TYPE, RecordingDetail } from "@wavekeep/core/wire";
import { verifyByWebCrypto } from "../../core/testing/ed25519.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { writeSmallEdf } from "../testing/small_edf.ts";
import { memoryQuery } from "../testing/memory_query.ts";
import { startPipeline } from "../testing/pipeline.ts";
import { sequenceLog } from "../testing/sequence_log.ts";

Deno.test("GET …/proof proves a chunk to who has its bytes and the log's key; and what was changed is no proof", async () => {
  const pipeline = await startPipeline("proofs");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  try {
    await writeSmallEdf(`${folder}/a.edf`, { seconds: 20 });
    await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId: "r" });
    const detail = RecordingDetail.parse(
      await (await pipeline.get("/patients/p/recordings/r")).json(),
    );
    const segmentId = detail.segments[0]!.segment_id;
    const path = `/segments/${segmentId}/streams/0/chunks/7`;
    const before = await pipeline.get(`${path}/proof`);
    deepStrictEqual([before.status, before.headers.get("retry-after")], [404, "2"]);
    ok((await before.json()).type.endsWith("proof-not-ready"));

    const log = await sequenceLog(pipeline.database.ownerUrl);
    const answer = await pipeline.get(`${path}/proof`);
    const text = await answer.text();
    strictEqual(answer.status, 200, text);
    strictEqual(answer.headers.get("cache-control"), "private, no-store");
    ok(text.length <= 4096, `${text.length} bytes`);
    const proof = ChunkProof.parse(JSON.parse(text));
    // What core/log/FORMAT.md says, with bytes alone.
    const policy = { origin: log.logKey.name, logKey: log.logKey, witnessKeys: [], quorum: 0 };
    const { checkpoint: { size, root } } = await openCheckpoint(
      new TextEncoder().encode(proof.checkpoint),
      { policy, crypto: { sha256: nodeSha256, verify: verifyByWebCrypto } },
    );
    const bytes = (base64: string) => parseBase64(base64, "proof");
    const entry = bytes(proof.entry);
    verifyInclusion(
      {
        index: proof.index,
        size,
        root,
        leafHash: hashLeaf(entry, nodeSha256),
        proof: proof.proof.map(bytes),
      },
      nodeSha256,
    );
    const opening = { salt: bytes(proof.salt), content: bytes(proof.content) };
    const content = openLogEntry(entry, opening, nodeSha256);
    ok(content.type === "chunk");
    const stored = await pipeline.get(`${path}?parameter_sets=omit`, {
      headers: { accept: CHUNKS_MEDIA_TYPE },
    });
    const header = readChunkHeader(new Uint8Array(await stored.arrayBuffer()));
    const record = bytes(proof.segment_record);
    const identity = {
      segmentDigest: segmentDigest(record, nodeSha256),
      descriptorDigest: decodeSegmentRecord(record).descriptorDigests[0]!,
    };
    deepStrictEqual(chunkDigest(header, identity, nodeSha256), new Uint8Array(content.chunkDigest));

    const missing = await pipeline.get(`/segments/${segmentId}/streams/0/chunks/400/proof`);
    ok((await missing.json()).type.endsWith("chunk-not-found"));
    strictEqual((await pipeline.get(`${path}/proof`, { role: "admin" })).status, 403);
    strictEqual((await pipeline.get(`${path}/proof`, { site: "other" })).status, 404);

    // A superuser gives the chunk another date, or another digest.
    await inDatabase(pipeline.database.ownerUrl, async (client) => {
      await client.query("alter table wavekeep.chunk disable trigger all");
      await client.query(
        "update wavekeep.chunk set received_at = received_at - interval '1 hour' where sequence = 7",
      );
      await client.query(
        "update wavekeep.chunk set chunk_digest = sha256(chunk_digest) where sequence = 8",
      );
    });
    for (const sequence of [7, 8]) {
      const changed = await pipeline.get(
        `/segments/${segmentId}/streams/0/chunks/${sequence}/proof`,
      );
      const problem = await changed.json();
      deepStrictEqual([changed.status, problem.failed, problem.sequence], [500, "log", sequence]);
    }
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("GET …/proof before there is a log says that nothing is ready, and writes the access down", async () => {
  const query = await memoryQuery({ segments: [{ streams: [{ sequences: [0] }] }] });
  const { segmentId } = query.store.recordings[0]!.segments[0]!;
  const answer = await query.get(`/segments/${segmentId}/streams/0/chunks/0/proof`);
  strictEqual(answer.status, 404);
  ok((await answer.json()).type.endsWith("proof-not-ready"));
  strictEqual(query.audit.accesses.length, 1);
});
