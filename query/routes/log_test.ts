/** The log from end to end: a device streams, the sequencer signs, an outsider reads plain files. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { nodeSha256 } from "@wavekeep/core/crypto";
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
import { verifiedEntries } from "../../core/testing/verify_log_from_format.ts";
import { verifierText } from "../../ingest/log/note_key.ts";
import { openSequencer } from "../../ingest/log/open_sequencer.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { memoryQuery } from "../testing/memory_query.ts";
import { startPipeline } from "../testing/pipeline.ts";
import { writeSmallEdf } from "../testing/small_edf.ts";

const logger = createLogger({ service: "test", write: () => {} });

Deno.test("GET /log/… serves what an outsider verifies, with a leaf for every noun and every read", async () => {
  const pipeline = await startPipeline("log");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  try {
    await writeSmallEdf(`${folder}/a.edf`, { seconds: 300 });
    await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId: "r" });
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
      for (const type of ["log-start", "recording-link", "segment", "access"]) {
        strictEqual(types.get(type), 1, type);
      }
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
          "tile",
        ]
      ) {
        const answer = await get(path);
        await answer.body?.cancel();
        strictEqual(answer.status, 404, path);
      }
      strictEqual((await get("witnessed-checkpoint")).status, 404);
    } finally {
      await open.close();
    }
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("GET /log/checkpoint is not found before there is a log", async () => {
  const { app } = await memoryQuery();
  for (const path of ["/log/checkpoint", "/log/witnessed-checkpoint", "/log/tile/0/000"]) {
    strictEqual((await app.request(path)).status, 404, path);
  }
});
