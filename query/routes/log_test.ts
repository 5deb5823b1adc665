/** The log from end to end: a device streams, the sequencer signs, an outsider reads plain files. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, formatHex } from "@wavekeep/core/bytes";
import {
  fileKeyStore,
  leafSalt,
  nodeSha256,
  openLeafContent,
  recordingKeyPlace,
  unwrapKey,
} from "@wavekeep/core/crypto";
import {
  decodeLogEntry,
  formatTilePath,
  newTiles,
  parseCheckpoint,
  parseNote,
} from "@wavekeep/core/log";
import { parseVerifierKey } from "@wavekeep/core/log";
import { createLogger, Secret } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import {
  nounOf,
  openedContent,
  verifiedEntries,
} from "../../core/testing/verify_log_from_format.ts";
import { verifierText } from "../../ingest/log/note_key.ts";
import { openSequencer } from "../../ingest/log/open_sequencer.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { memoryQuery } from "../testing/memory_query.ts";
import { type Pipeline, startPipeline } from "../testing/pipeline.ts";
import { writeSmallEdf } from "../testing/small_edf.ts";

const logger = createLogger({ service: "test", write: () => {} });

Deno.test("GET /log/… serves what an outsider verifies, with a leaf for every noun and every read", async () => {
  const pipeline = await startPipeline("log");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  try {
    await writeSmallEdf(`${folder}/a.edf`, { seconds: 300 });
    await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId: "r" });
    const closing = { "idempotency_key": "8".repeat(32) };
    strictEqual((await pipeline.post("/patients/p/recordings/r/close", closing)).status, 201);
    strictEqual((await pipeline.get("/patients/p/recordings/r")).status, 200);
    const open = await openSequencer({
      SEQUENCER_DATABASE_URL: new Secret(pipeline.database.sequencerUrl),
      KEY_DIR: pipeline.keyFolder,
      LOG_LEVEL: "error",
    }, logger);
    try {
      // A test in another database of this server may hold the horizon back.
      const leafCount = await inDatabase(pipeline.database.ownerUrl, async (client) => {
        const { rows: [row] } = await client.query(
          "select count(*)::int as count from wavekeep.event where leaf_entry is not null",
        );
        return row.count + 1;
      });
      while ((await open.sequencer.step()).size < leafCount) await sleep(10);
      const key = parseVerifierKey(verifierText(open.signer), nodeSha256);
      // Without a credential.
      const get = async (path: string) => await pipeline.query.request(`/log/${path}`);
      const note = await get("checkpoint");
      deepStrictEqual(
        [note.status, note.headers.get("content-type"), note.headers.get("cache-control")],
        [200, "text/plain; charset=utf-8", "no-cache"],
      );
      const checkpoint = await note.bytes();
      const { size } = parseCheckpoint(parseNote(checkpoint).text);
      strictEqual(size, leafCount);
      const ready = await (await pipeline.query.request("/readyz")).json();
      deepStrictEqual([ready.checks.log.state, ready.checks.log.publishedSize], ["ok", size]);
      const files = new Map([["checkpoint", checkpoint]]);
      const bundles = [...newTiles(0, size)].filter(({ level }) => level === 0)
        .map((tile) => ({ ...tile, level: "entries" as const }));
      for (const tile of [...newTiles(0, size), ...bundles]) {
        const path = formatTilePath(tile);
        const answer = await get(path);
        strictEqual(answer.status, 200, path);
        strictEqual(answer.headers.get("content-type"), "application/octet-stream");
        strictEqual(answer.headers.get("cache-control"), "public, max-age=31536000, immutable");
        files.set(path, await answer.bytes());
      }
      const entries = await verifiedEntries({ files, name: key.name, publicKey: key.publicKey });
      const types = new Map<string, number>();
      for (const entry of entries) {
        const { type } = decodeLogEntry(entry);
        types.set(type, (types.get(type) ?? 0) + 1);
      }
      // Two streams of 300 seconds.
      deepStrictEqual(["chunk", "descriptor", "statement"].map((type) => types.get(type)), [
        600,
        2,
        2,
      ]);
      for (
        const type of [
          ...["log-start", "recording-link", "recording-start", "recording-close", "segment"],
          ...["source", "access"],
        ]
      ) strictEqual(types.get(type), 1, type);
      await checkStatements(pipeline, entries, await Deno.readFile(`${folder}/a.edf`));
      // An earlier width of an open tile is its beginning, and what is not there yet is not found.
      const width = size % 256;
      const last = String(Math.floor(size / 256)).padStart(3, "0");
      const narrow = await get(`tile/entries/${last}.p/${width - 1}`);
      deepStrictEqual(
        await narrow.bytes(),
        files.get(`tile/entries/${last}.p/${width}`)!.subarray(0, 58 * (width - 1)),
      );
      for (
        const path of [
          `tile/0/${last}.p/${width + 1}`,
          `tile/0/${last}`,
          "tile/0/1",
          "tile/0/009.p/1",
        ]
      ) {
        const answer = await get(path);
        await answer.body?.cancel();
        strictEqual(answer.status, 404, path);
      }
      strictEqual((await get("witnessed-checkpoint")).status, 404);
      // No row of the table of routes names it: a stranger does not hear whether it is there.
      const nowhere = await get("tile");
      await nowhere.body?.cancel();
      strictEqual(nowhere.status, 401);
    } finally {
      await open.close();
    }
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});

/** Leaves of the recording itself, opened and read by FORMAT.md, against the file and the rows. */
async function checkStatements(
  pipeline: Pipeline,
  entries: readonly Uint8Array[],
  file: Uint8Array,
): Promise<void> {
  const rows = await inDatabase(pipeline.database.ownerUrl, async (client) =>
    (await client.query(
      `select e.kind, e.leaf_entry, e.leaf_content, r.*, c.idempotency_key, c.actor, c.closed_at
        from wavekeep.event e join wavekeep.recording r using (recording_id, site_id)
          join wavekeep.recording_close c using (recording_id)
        where e.kind in ('recording.started', 'recording.closed', 'source.stored')`,
    )).rows);
  strictEqual(rows.length, 3);
  const { started_at: start } = await (await pipeline.get("/patients/p/recordings/r")).json();
  const keys = await fileKeyStore(pipeline.keyFolder);
  for (const row of rows) {
    const { site_id: siteId, recording_id: recordingId, kind } = row;
    const patientKey = await keys.patientKey(row.patient_uuid);
    const place = recordingKeyPlace(siteId, recordingId);
    const key = unwrapKey(patientKey!, place, new Uint8Array(row.wrapped_key));
    const entry = new Uint8Array(row.leaf_entry);
    const of = { siteId, recordingId, entry };
    const content = openLeafContent(key, of, new Uint8Array(row.leaf_content));
    ok(entries.some((one) => formatHex(one) === formatHex(entry)), kind);
    const noun = nounOf(openedContent(entry, { salt: leafSalt(key, content), content }));
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(file.byteLength), true);
    const [code, said] = {
      "recording.started": [19, JSON.stringify([start.civil, start.zone])],
      "recording.closed": [16, JSON.stringify([formatHex(row.idempotency_key), row.actor])],
      "source.stored": [
        18,
        concatBytes(new TextEncoder().encode("wavekeep/source/v1\0"), sha256(file), length),
      ],
    }[kind as string] as [number, string | Uint8Array];
    strictEqual(noun.code, code);
    const bytes = typeof said === "string" ? new TextEncoder().encode(said) : said;
    deepStrictEqual(noun.contentDigest, sha256(bytes), kind);
    if (code !== 18) deepStrictEqual(noun.id, new Uint8Array(row.reference));
  }
}

Deno.test("GET /log/checkpoint is not found before there is a log", async () => {
  const { app } = await memoryQuery();
  for (const path of ["/log/checkpoint", "/log/witnessed-checkpoint", "/log/tile/0/000"]) {
    strictEqual((await app.request(path)).status, 404, path);
  }
});
