/**
 * Two ingest processes on one database, killed with SIGKILL (every third time asked to stop with
 * SIGTERM) at moments the seed decides, while devices stream through both. What was acknowledged is there
 * once, with one event, and nothing else is. A parameter set that went with an acknowledged chunk serves
 * the chunks after it, through either process, whatever was killed between.
 *
 * `WAVEKEEP_KILLS` says how often (default 5), `WAVEKEEP_SEED` which moments.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { concatBytes } from "@wavekeep/core/bytes";
import { fileKeyStore, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { freePort } from "@wavekeep/core/service";
import {
  createTestDatabase,
  inDatabase,
  TEST_SERVER_EXCEPTIONS,
  type TestDatabase,
} from "../core/testing/test_database.ts";
import { Fixture, fixtureSet, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";

const KILLS = Number(Deno.env.get("WAVEKEEP_KILLS") ?? 5);
const SEED = Number(Deno.env.get("WAVEKEEP_SEED") ?? Date.now() % 100_000);
const DEVICES = 4;
/** Chunks that share a parameter set: fewer would exceed what a recording may have. */
const CHUNKS_PER_SET = 45;
const MAIN = new URL("main.ts", import.meta.url).pathname;

/** A small generator of numbers in [0, 1): the same seed, the same moments. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const sleep = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

class Service {
  readonly url: string;
  readonly #env: Record<string, string>;
  #child: Deno.ChildProcess;
  constructor(env: Record<string, string>) {
    const port = freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.#env = { ...env, "PORT": String(port) };
    this.#child = this.#spawn();
  }

  #spawn(): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", MAIN],
      env: this.#env,
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
  }

  /** Ends the process and starts another; resolves with the exit code of the first. */
  async restart(signal: "SIGKILL" | "SIGTERM"): Promise<number> {
    this.#child.kill(signal);
    const { code } = await this.#child.status;
    this.#child = this.#spawn();
    return code;
  }

  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return (await this.#child.status).code;
  }
}

/** Sends one request to either process until somebody answers for good. */
async function insist(
  services: readonly Service[],
  random: () => number,
  request: (url: string) => Promise<Response>,
): Promise<number> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const { url } = services[Math.floor(random() * services.length)]!;
    try {
      const response = await request(url);
      await response.body?.cancel();
      if (response.status < 500) return response.status;
    } catch {
      // Nobody listens there at this moment, or the answer was cut off.
    }
    await sleep(20);
  }
  throw new Error("Cannot get an answer: both processes stay away");
}

async function stream(database: TestDatabase, folder: string): Promise<void> {
  const keys = await generateTokenKeys();
  await fileKeyStore(join(folder, "keys"), { create: true });
  await Deno.writeTextFile(join(folder, "public.jwk"), JSON.stringify(keys.publicJwk));
  const env = {
    "DATABASE_URL": database.writerUrl,
    "DURABILITY_EXCEPTIONS": TEST_SERVER_EXCEPTIONS.join(),
    "KEY_DIR": join(folder, "keys"),
    "TOKEN_PUBLIC_KEY_FILE": join(folder, "public.jwk"),
    "LOG_LEVEL": "error",
  };
  const token = await issueToken(keys.privateJwk, {
    subject: "device-1",
    siteId: database.siteId,
    role: "device",
    expiresAt: Math.floor(Date.now() / 1000) + 3600,
  });
  const services = [new Service(env), new Service(env)];
  const random = seeded(SEED);
  const send = (method: string, path: string, body: unknown) =>
    insist(services, random, (url) =>
      fetch(url + path, {
        method,
        headers: {
          "authorization": `Bearer ${token}`,
          "content-type": body instanceof Uint8Array
            ? "application/vnd.wavekeep.chunks"
            : "application/json",
        },
        body: body instanceof Uint8Array ? body as Uint8Array<ArrayBuffer> : JSON.stringify(body),
      }));
  try {
    strictEqual(await send("POST", "/recordings", OPEN_RECORDING) <= 201, true);
    const fixtures = Array.from({ length: DEVICES }, (_, index) => new Fixture(index + 1));
    const path = `/patients/${PATIENT}/recordings/${RECORDING}/segments`;
    for (const fixture of fixtures) ok(await send("POST", path, fixture.opening()) <= 201);

    let isOver = false;
    const acknowledged = fixtures.map(() => 0);
    const statuses = new Map<number, number>();
    const devices = fixtures.map(async (fixture, index) => {
      for (let sequence = 0; !isOver; sequence++) {
        // Every third request is a batch that overlaps what was sent before.
        const first = Math.max(0, sequence - 2);
        const setAt = (at: number) => fixtureSet(1_000 * index + Math.floor(at / CHUNKS_PER_SET));
        const chunkAt = (at: number) => fixture.chunk(at, { set: setAt(at).set });
        const batch = [first, first + 1, sequence].map(chunkAt);
        const status = sequence % CHUNKS_PER_SET === 0
          ? await send("POST", "/ingest", concatBytes(chunkAt(sequence), setAt(sequence).record))
          : sequence % 3 === 2
          ? await send("POST", "/ingest", concatBytes(...batch))
          : await send("PUT", fixture.path(sequence), chunkAt(sequence));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        acknowledged[index] = sequence + 1;
      }
    });
    const killer = (async () => {
      for (let kill = 0; kill < KILLS; kill++) {
        await sleep(100 + random() * 300);
        const service = services[kill % services.length]!;
        // Every third is asked to stop: it drains what is under way and ends in order.
        const signal = kill % 3 === 2 ? "SIGTERM" : "SIGKILL";
        const code = await service.restart(signal);
        if (signal === "SIGTERM") strictEqual(code, 0);
        await insist([service], random, (url) => fetch(`${url}/livez`));
      }
      isOver = true;
    })();
    await Promise.all([...devices, killer]);

    deepStrictEqual([...statuses.keys()].filter((status) => status > 201), []);
    const counts = await inDatabase(database.ownerUrl, async (client) => {
      const { rows: [row] } = await client.query<Record<string, string>>(
        `select (select count(*) from wavekeep.chunk) as "chunks",
          (select count(*) from wavekeep.event where kind = 'chunk.stored') as "events",
          (select count(distinct (recording_id, segment_no, stream_no, sequence))
            from wavekeep.event where kind = 'chunk.stored') as "distinct",
          (select count(*) from wavekeep.parameter_set) as "sets",
          (select count(*) from wavekeep.event where kind = 'parameter-set.stored') as "setEvents",
          (select count(*) from wavekeep.quarantine) as "quarantined"`,
      );
      return Object.fromEntries(Object.entries(row!).map(([name, count]) => [name, Number(count)]));
    });
    const total = acknowledged.reduce((sum, count) => sum + count, 0);
    const sets = acknowledged.reduce((sum, count) => sum + Math.ceil(count / CHUNKS_PER_SET), 0);
    const line =
      `${KILLS} kills, seed ${SEED}: ${total} chunks acknowledged, ${counts.chunks} stored\n`;
    await Deno.stdout.write(new TextEncoder().encode(line));
    deepStrictEqual(counts, {
      "chunks": total,
      "events": total,
      "distinct": total,
      "sets": sets,
      "setEvents": sets,
      "quarantined": 0,
    });
    // The one that was killed last may still be starting, and then has nothing to drain.
    for (const service of services) {
      await insist([service], random, (url) => fetch(`${url}/livez`));
    }
    deepStrictEqual(await Promise.all(services.map((service) => service.stop())), [0, 0]);
  } catch (error) {
    for (const service of services) await service.stop().catch(() => {});
    throw error;
  }
}

const database = await createTestDatabase("ingest_kill");

if (database !== undefined) {
  Deno.test(`kill -9 of two ingest processes loses and doubles nothing (seed ${SEED})`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await stream(database, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
      await database.drop();
    }
  });
}
