/**
 * What ingest says and does while its database is not what it should be: taken over by a server that takes no
 * writes, full, locked, silent, put back from a backup. Each of these once cost a device its answer.
 *
 * @module
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { fileKeyStore, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { createLogger, freePort, parseConfig, serve } from "@wavekeep/core/service";
import {
  createTestDatabase,
  inDatabase,
  TEST_SERVER_EXCEPTIONS,
} from "../core/testing/test_database.ts";
import { createApp } from "./app.ts";
import { IngestConfig } from "./config.ts";
import { openDeps } from "./open_deps.ts";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";

const logger = createLogger({ service: "test", write: () => {} });
const sleep = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** Passes bytes on in both directions, or swallows them. */
function swallowingProxy(port: number): { port: number; isSilent: boolean; close(): void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const proxy = {
    port: (listener.addr as Deno.NetAddr).port,
    isSilent: false,
    close: () => {
      listener.close();
      for (const connection of open) connection.close();
    },
  };
  const pass = async (from: Deno.Conn, to: Deno.Conn) => {
    const bytes = new Uint8Array(16_384);
    try {
      for (let count; (count = await from.read(bytes)) !== null;) {
        if (proxy.isSilent) continue;
        for (let at = 0; at < count;) at += await to.write(bytes.subarray(at, count));
      }
    } catch {
      // Hung up.
    } finally {
      for (const connection of [from, to]) if (open.delete(connection)) connection.close();
    }
  };
  void (async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      open.add(client).add(server);
      void pass(client, server);
      void pass(server, client);
    }
  })();
  return proxy;
}

Deno.test("ingest survives a database that is not what it should be, and says so", async (t) => {
  const database = await createTestDatabase("survive");
  if (database === undefined) return;
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-survive-" });
  const url = new URL(database.writerUrl);
  const proxy = swallowingProxy(Number(url.port));
  // The first host is one that is gone: libpq's syntax for failover.
  url.host = `127.0.0.1:${proxy.port}`;
  const several = url.href.replace("127.0.0.1:", `127.0.0.1:${freePort()},127.0.0.1:`);
  try {
    const keys = await generateTokenKeys();
    await fileKeyStore(join(folder, "keys"), { create: true });
    await Deno.writeTextFile(join(folder, "public.jwk"), JSON.stringify(keys.publicJwk));
    const config = parseConfig(IngestConfig, {
      "DATABASE_URL": several,
      "KEY_DIR": join(folder, "keys"),
      "TOKEN_PUBLIC_KEY_FILE": join(folder, "public.jwk"),
      "VERIFY_WORKERS": "0",
      "DURABILITY_EXCEPTIONS": TEST_SERVER_EXCEPTIONS.join(),
    });
    const token = await issueToken(keys.privateJwk, {
      subject: "device-1",
      siteId: database.siteId,
      role: "device",
      expiresAt: Math.floor(Date.now() / 1000) + 3600,
    });
    const lives: unknown[] = [];
    const { deps, close } = await openDeps(config, logger, {
      onRestored: (life) => lives.push(life),
    });
    const serving = await serve(createApp(deps), { port: 0, logger });
    const send = async (method: string, path: string, body?: unknown) => {
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
      return { status: response.status, text: await response.text() };
    };
    const asOwner = (sql: string) => inDatabase(database.ownerUrl, (client) => client.query(sql));
    const hangUp = () =>
      asOwner(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and usename like 'wavekeep%'`,
      );
    const reaches = async (status: number, reason = /./) => {
      while (true) {
        const answer = await send("GET", "/readyz");
        if (answer.status === status && reason.test(answer.text)) return;
        await sleep(20);
      }
    };
    const fixture = new Fixture();
    let stored = 0;
    const sendNext = () => send("PUT", fixture.path(stored), fixture.chunk(stored));
    const takes = async () => {
      while ((await sendNext()).status !== 201) await sleep(20);
      stored++;
    };

    await t.step("it finds the host that serves", async () => {
      await reaches(200);
      strictEqual((await send("POST", "/recordings", OPEN_RECORDING)).status, 201);
      const path = `/patients/${PATIENT}/recordings/${RECORDING}/segments`;
      strictEqual((await send("POST", path, fixture.opening())).status, 201);
      await takes();
    });

    await t.step("a server that takes no writes is a 503, where it was a 500", async () => {
      const name = database.name;
      await asOwner(`alter database ${name} set default_transaction_read_only = on`);
      await hangUp();
      await reaches(503, /"READ_ONLY","pointer":"\/checks\//);
      strictEqual((await sendNext()).status, 503);
      await inDatabase(database.ownerUrl, async (client) => {
        await client.query("set default_transaction_read_only = off");
        await client.query(`alter database ${name} reset default_transaction_read_only`);
      });
      await reaches(200);
      await takes();
    });

    await t.step("a full disk shows in readiness, where a row alone found room", async () => {
      // As on a full disk: no temporary file of any size.
      await asOwner(`alter database ${database.name} set temp_file_limit = 0`);
      await hangUp();
      await reaches(503, /"53400","pointer":"\/checks\/write"/);
      await asOwner(`alter database ${database.name} reset temp_file_limit`);
      await hangUp();
      await reaches(200);
      await takes();
    });

    await t.step(
      "a locked table is answered with 503, for those who wait behind it, too",
      async () => {
        await inDatabase(database.ownerUrl, async (client) => {
          await client.query("begin; lock table wavekeep.chunk in access exclusive mode");
          const answers = await Promise.all(
            Array.from(
              { length: 8 },
              (_, n) => send("PUT", fixture.path(stored + n), fixture.chunk(stored + n)),
            ),
          );
          deepStrictEqual(
            answers.map(({ status }) => status),
            Array(8).fill(503),
          );
          await client.query("rollback");
        });
        await takes();
      },
    );

    await t.step("a network that swallows everything is told, and ends by itself", async () => {
      proxy.isSilent = true;
      await reaches(503);
      strictEqual((await send("GET", "/livez")).status, 200);
      proxy.isSilent = false;
      await reaches(200);
    });

    await t.step("a database put back from a backup ends what remembers another", async () => {
      await asOwner(
        "insert into wavekeep.incarnation select max(incarnation) + 1 from wavekeep.incarnation",
      );
      await hangUp();
      // The first answers may be about connections that were cut.
      while (lives.length === 0) strictEqual((await sendNext()).status, 503);
      deepStrictEqual(lives[0], { before: 1, now: 2 });
    });

    await serving.close();
    await close();
    const { rows: [row] } = await asOwner("select count(*)::int as n from wavekeep.chunk");
    strictEqual(row!.n, stored);
  } finally {
    proxy.close();
    await database.drop();
    await Deno.remove(folder, { recursive: true });
  }
});
