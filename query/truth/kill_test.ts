// `kill -9` of the ingest process, again and again, while a device uploads as fast as it can: what was
// sent is stored once, logged once and reads back as it was made.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inDatabase, TEST_SERVER_EXCEPTIONS } from "../../core/testing/test_database.ts";
import { runDevice } from "../../simulator/device.ts";
import { createIngestClient } from "../../simulator/ingest_client.ts";
import { syntheticSource } from "../../simulator/synthetic_source.ts";
import { openUploadMemory } from "../../simulator/upload_memory.ts";
import { type Pipeline, startPipeline } from "../testing/pipeline.ts";
import { describe, readStored } from "./testing/read_back.ts";

const CODES = { patientId: "p", recordingId: "killed" };
const SECONDS = 1500;

/** Shares of the chunks at which ingest dies. */
const KILLS = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95];

/** A port that was free a moment ago. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Runs ingest as a process on the pipeline's database and keys, and again whenever it was killed. */
class IngestProcess {
  readonly #env: Record<string, string>;
  #child: Deno.ChildProcess;
  readonly url: string;

  constructor({ database, keyFolder }: Pipeline) {
    const port = freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.#env = {
      "PORT": String(port),
      "KEY_DIR": keyFolder,
      "TOKEN_PUBLIC_KEY_FILE": join(dirname(keyFolder), "token_public.jwk"),
      "DATABASE_URL": database.writerUrl,
      "DURABILITY_EXCEPTIONS": TEST_SERVER_EXCEPTIONS.join(),
      "LOG_LEVEL": "error",
    };
    this.#child = this.#spawn();
  }

  #spawn(): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-all", "ingest/main.ts"],
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: this.#env,
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
  }

  async killAndStart(): Promise<void> {
    await this.kill();
    this.#child = this.#spawn();
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}

function source() {
  return syntheticSource({
    seed: 7,
    blockSeconds: 300,
    startSecondOfDay: 0,
    startedAt: { civil: "2026-11-20T00:00:00", zone: null },
    startedAtMicros: 1_795_132_800_000_000n,
    stretches: [{ key: "s", startSecond: 0, endSecond: SECONDS, clock: "free-running" }],
  });
}

async function count(pipeline: Pipeline, sql: string): Promise<number> {
  return await inDatabase(pipeline.database.ownerUrl, async (client) => {
    const { rows } = await client.query<{ count: string }>(sql);
    return Number(rows[0]!.count);
  });
}

Deno.test("kill -9 of ingest during a fast upload loses nothing and doubles nothing", async () => {
  const pipeline = await startPipeline("kill");
  if (pipeline === undefined) return;
  const ingest = new IngestProcess(pipeline);
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-kill-" });
  const memory = await openUploadMemory(folder, { siteId: pipeline.database.siteId, ...CODES });
  try {
    const kills: number[] = [];
    let isDone = false;
    const killing = (async () => {
      for (const share of KILLS) {
        while (!isDone) {
          const stored = await count(pipeline, "select count(*) from wavekeep.chunk");
          if (stored >= share * SECONDS) break;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        if (isDone) return;
        await ingest.killAndStart();
        kills.push(share);
      }
    })();
    const done = await runDevice({
      codes: CODES,
      source: source(),
      client: createIngestClient({
        url: ingest.url,
        token: () => pipeline.token({ role: "device" }),
      }),
      memory,
      speed: "max",
    });
    isDone = true;
    await killing;
    ok(kills.length >= 5, `${kills.length} kills`);
    strictEqual(done.chunksStored + done.chunksRepeated, SECONDS, "a receipt for every chunk");

    strictEqual(await count(pipeline, "select count(*) from wavekeep.chunk"), SECONDS);
    strictEqual(
      await count(pipeline, "select count(*) from wavekeep.event where kind = 'chunk.stored'"),
      SECONDS,
      "event rows",
    );
    strictEqual(
      await count(
        pipeline,
        `select count(*) from wavekeep.chunk c join wavekeep.event e
          using (recording_id, segment_no, stream_no, sequence)
          where c.leaf_hash = sha256('\\x00'::bytea || e.leaf_entry)`,
      ),
      SECONDS,
      "each chunk has its event",
    );
    strictEqual(await count(pipeline, "select count(*) from wavekeep.quarantine"), 0);
    strictEqual(await count(pipeline, "select count(*) from wavekeep.segment"), 1);

    const truth = { ...pipeline, data: "" };
    deepStrictEqual((await describe(truth, CODES)).holes, []);
    const [segment] = await readStored(truth, CODES);
    const found = segment!.channels.map(({ samples }) => createHash("sha256").update(samples));
    const made = found.map(() => createHash("sha256"));
    for await (const { samples, sampleCount } of source().segments[0]!.chunks([0])) {
      made.forEach((hash, row) =>
        hash.update(samples.slice(row * sampleCount, (row + 1) * sampleCount))
      );
    }
    deepStrictEqual(
      found.map((hash) => hash.digest("hex")),
      made.map((hash) => hash.digest("hex")),
    );
  } finally {
    await ingest.kill();
    memory.close();
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});
