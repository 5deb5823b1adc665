/**
 * `kill -9` of `simulate --spool`, with and without a network, and with a torn last page: the command goes on from its
 * own disk, and what is stored in the end is what a device makes that nobody kills.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createLogger, serve } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { bundleProgram } from "../core/bundle/bundle_program.ts";
import { prng } from "../core/testing/prng.ts";
import { tearLastPage } from "../core/testing/tear_wal.ts";
import { createApp } from "../ingest/app.ts";
import { startTestApp, type TestApp } from "../ingest/testing/test_app.ts";
import type { SimulateConfig } from "./config.ts";
import { simulate } from "./simulate.ts";

const SECONDS = 48;
const SEED = Number(Deno.env.get("WAVEKEEP_SEED") ?? Date.now() % 100_000);
/** Seconds of signal a second, in a life that is killed: no life comes to the end by itself. */
const SPEED = 10;
/** Writes to its disk that a life makes at least: it has opened what is to be opened, and held some chunks. */
const WRITES_MIN = 10;
/** And so much longer at most. */
const LIFE_MS_MAX = 200;

const CODES = { patientId: "p-1", recordingId: "killed" };
/** Names a site, as `simulate` wants of a token; whether it is good, the test's ingest decides. */
const TOKEN = `e30.${btoa(JSON.stringify({ site: 1 })).replaceAll("=", "")}.e30`;

/** An ingest on a port, for whom the token is a device's. */
async function serving(port: number): Promise<{ test: TestApp; close(): Promise<void> }> {
  const test = startTestApp();
  const principal = { subject: "amp-1", siteId: 1, role: "device" as const };
  const app = createApp({
    ...test.deps,
    verify: () => Promise.resolve({ ...principal, tokenId: "t", expiresAt: 2 ** 31 }),
  });
  const logger = createLogger({ service: "test", write: () => {} });
  const { close } = await listening(() => serve(app, { port, logger }));
  return { test, close: () => close() };
}

/**
 * A port that nobody is given while nobody listens on it here: below those that the kernel takes for connections
 * and for `port: 0`, of which another test once had this one.
 */
function quietPort(random: ReturnType<typeof prng>): number {
  for (;;) {
    const port = 20_000 + Math.floor(random.real() * 12_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** A program that another test was starting when a listener closed has it for some milliseconds. */
async function listening<T>(listen: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await listen();
    } catch (error) {
      if (attempt === 20 || !/EADDRINUSE/.test((error as Error).message)) throw error;
      await sleep(100);
    }
  }
}

/** Where each chunk is, and what it is: place and chunk digest. */
function stored({ tables }: TestApp): string[] {
  return [...tables.chunks.values()]
    .sort((a, b) => a.sequence - b.sequence)
    .map(({ stream, sequence, chunkDigest }) => `${stream}/${sequence} ${chunkDigest.toHex()}`);
}

Deno.test({
  name:
    `kill -9 of simulate --spool: it goes on from its own disk, and nothing is lost or doubled (seed ${SEED})`,
  // Reads the log of SQLite and ends processes as only Linux is tried with.
  ignore: Deno.build.os !== "linux",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "wavekeep-spool-kill-" });
    const random = prng(SEED);
    const port = quietPort(random);
    try {
      const program = `${folder}/simulate.js`;
      const database = `${folder}/spool/spool/spool.db`;
      await bundleProgram("simulator/main.ts", program);
      const begin = (speed: string) =>
        new Deno.Command(Deno.execPath(), {
          args: [
            ...["run", "--no-check", "-A", program, "--generate", String(SECONDS / 3600)],
            ...["--seed", "5", "--speed", speed, "--ingest", `http://127.0.0.1:${port}`],
            ...["--patient", CODES.patientId, "--recording", CODES.recordingId],
            ...["--spool", `${folder}/spool`, "--data", `${folder}/data`],
          ],
          env: { "WAVEKEEP_TOKEN": TOKEN, "NO_COLOR": "1" },
          stdin: "null",
          stdout: "piped",
          stderr: "piped",
        }).spawn();
      const killed = async () => {
        const child = begin(String(SPEED));
        let isOver = false;
        const ended = child.output().finally(() => isOver = true);
        for (let writes = 0, last = 0; writes < WRITES_MIN && !isOver;) {
          const { mtime } = await Deno.stat(`${database}-wal`).catch(() => ({ mtime: null }));
          const now = Number(mtime);
          if (now !== last) writes++;
          last = now;
          await sleep(2);
        }
        await sleep(random.real() * LIFE_MS_MAX);
        if (!isOver) child.kill("SIGKILL");
        const { signal, stderr } = await ended;
        strictEqual(signal, "SIGKILL", `it ended by itself: ${new TextDecoder().decode(stderr)}`);
        await tearLastPage(database, random);
      };

      // Nobody listens: whatever it says is on its own disk alone.
      await killed();
      const ingest = await serving(port);
      await killed();
      const { code, stdout, stderr } = await begin("max").output();
      const said = new TextDecoder().decode(stdout);
      strictEqual(code, 0, said + new TextDecoder().decode(stderr));
      match(said, /ingest has everything of the spool$/m);
      const [, made] = /, (\d+) on the way/.exec(said) ?? [];
      ok(Number(made ?? 0) < SECONDS, `the last life made ${made} of ${SECONDS} chunks anew`);
      await ingest.close();

      // The same device, by the same memory, and nobody kills it.
      const other = await serving(port);
      await Deno.rename(`${folder}/data`, `${folder}/other`);
      const config: SimulateConfig = {
        input: { kind: "generated", hours: SECONDS / 3600, seed: 5 },
        ...CODES,
        ingestUrl: `http://127.0.0.1:${port}`,
        speed: "max",
        deviceCount: 1,
        dataDir: `${folder}/other`,
        spoolDir: null,
        sign: null,
      };
      const deps = { print: () => {}, isTerminal: false, environmentToken: TOKEN };
      strictEqual(await simulate(config, { ...deps, stop: new AbortController().signal }), 0);
      await other.close();
      strictEqual(ingest.test.tables.chunks.size, SECONDS);
      deepStrictEqual(stored(ingest.test), stored(other.test));
      const events = ingest.test.tables.events.filter(({ kind }) => kind === "chunk.stored");
      deepStrictEqual([events.length, ingest.test.tables.quarantine.length], [SECONDS, 0]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
