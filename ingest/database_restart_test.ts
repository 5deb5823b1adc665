/**
 * The database goes down in mid-stream, at once and without a word, and comes back: ingest stays up,
 * says 503 meanwhile, and what it had acknowledged is there.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { fileKeyStore, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import {
  createLogger,
  type EmbeddedPostgres,
  parseConfig,
  serve,
  startEmbeddedPostgres,
} from "@wavekeep/core/service";
import { inDatabase } from "../core/testing/test_database.ts";
import { createApp } from "./app.ts";
import { IngestConfig } from "./config.ts";
import { migrate } from "./migrate.ts";
import { openDeps } from "./open_deps.ts";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";

const RESTARTS = 2;
const logger = createLogger({ service: "test", write: () => {} });
const sleep = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

Deno.test("a database that dies in mid-stream loses nothing that was acknowledged", async () => {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-restart-" });
  const start = (port: number): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({
      dataDir: join(folder, "postgres"),
      port,
      superuserPassword: "only-for-this-test",
      ephemeral: true,
    });
  let server = await start(0);
  try {
    const { sites } = await migrate(server.url, {
      passwords: { writer: "writer" },
      sites: ["home"],
      logger,
    });
    const keys = await generateTokenKeys();
    await fileKeyStore(join(folder, "keys"), { create: true });
    await Deno.writeTextFile(join(folder, "public.jwk"), JSON.stringify(keys.publicJwk));
    const config = parseConfig(IngestConfig, {
      "DATABASE_URL": `postgres://wavekeep_writer:writer@127.0.0.1:${server.port}/postgres`,
      "KEY_DIR": join(folder, "keys"),
      "TOKEN_PUBLIC_KEY_FILE": join(folder, "public.jwk"),
    });
    const token = await issueToken(keys.privateJwk, {
      subject: "device-1",
      siteId: sites[0]!.siteId,
      role: "device",
      expiresAt: Math.floor(Date.now() / 1000) + 3600,
    });
    const { deps, close } = await openDeps(config, logger);
    const serving = await serve(createApp(deps), { port: 0, logger });
    const statuses = new Set<number>();
    const send = async (method: string, path: string, body?: unknown): Promise<number> => {
      const isBytes = body instanceof Uint8Array;
      const response = await fetch(serving.url + path, {
        method,
        headers: {
          "authorization": `Bearer ${token}`,
          "content-type": isBytes ? "application/vnd.wavekeep.chunks" : "application/json",
        },
        ...(body === undefined ? {} : {
          body: isBytes ? body as Uint8Array<ArrayBuffer> : JSON.stringify(body),
        }),
      });
      await response.body?.cancel();
      statuses.add(response.status);
      return response.status;
    };

    const fixture = new Fixture();
    await send("POST", "/recordings", OPEN_RECORDING);
    await send("POST", `/patients/${PATIENT}/recordings/${RECORDING}/segments`, fixture.opening());
    let isOver = false;
    let acknowledged = 0;
    const device = (async () => {
      while (!isOver) {
        const status = await send("PUT", fixture.path(acknowledged), fixture.chunk(acknowledged));
        if (status === 200 || status === 201) acknowledged++;
        else await sleep(20);
      }
    })();
    const reaches = async (status: number, withinMs: number): Promise<void> => {
      const deadline = performance.now() + withinMs;
      while (await send("GET", "/readyz") !== status) {
        ok(performance.now() < deadline, `readyz is not ${status} after ${withinMs} ms`);
        await sleep(20);
      }
    };
    const streams = async (goal: number): Promise<void> => {
      const deadline = performance.now() + 60_000;
      while (acknowledged < goal) {
        ok(performance.now() < deadline, "the stream goes on");
        await sleep(20);
      }
    };
    for (let restart = 0; restart < RESTARTS; restart++) {
      await streams(acknowledged + 6);
      const before = acknowledged;
      // SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, recovery at the next start.
      Deno.kill(server.pid, "SIGQUIT");
      await server.ended;
      await server.stop();
      await reaches(503, 20_000);
      const { port } = server;
      server = await start(port);
      await reaches(200, 60_000);
      await streams(before + 1);
    }
    isOver = true;
    await device;
    await serving.close();
    await close();

    deepStrictEqual([...statuses].sort(), [200, 201, 503]);
    const [chunks, events] = await inDatabase(server.url, async (client) => {
      const { rows: [row] } = await client.query<{ chunks: string; events: string }>(
        `select (select count(*) from wavekeep.chunk) as "chunks",
          (select count(*) from wavekeep.event where kind = 'chunk.stored') as "events"`,
      );
      return [Number(row!.chunks), Number(row!.events)];
    });
    deepStrictEqual([chunks, events], [acknowledged, acknowledged]);
    strictEqual(acknowledged > 10, true);
  } finally {
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
