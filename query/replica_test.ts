/**
 * Query on a replica: it says how far it is behind, live tails hear of commits, and a replica that stands
 * still is told of.
 *
 * @module
 */

import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { openReplica, type Replica, requireFresh, type Servers, tellStaleness } from "./replica.ts";
import { createLogger } from "@wavekeep/core/service";
import { Hono } from "hono";

const logger = createLogger({ service: "test", write: () => {} });

/** Two servers, as far as the question goes. */
function servers(at: { primary: number; replica: number; isReplica?: boolean }): Servers {
  const answer = (rows: readonly unknown[]) => Promise.resolve({ rows });
  return {
    primary: { query: () => answer([{ lsn: String(at.primary) }]) },
    reader: {
      query: (text: string) =>
        text.includes("isReplica")
          ? answer([{ isReplica: at.isReplica ?? true }])
          : answer([{ lsn: String(at.replica) }]),
    },
  } as unknown as Servers;
}

Deno.test("openReplica() has nothing to follow where the primary is read from", async () => {
  strictEqual(
    await openReplica(servers({ primary: 7, replica: 7, isReplica: false }), { logger }),
    undefined,
  );
});

Deno.test("a replica is as old as the newest mark of the primary that it has passed", async () => {
  const at = { primary: 100, replica: 100 };
  let nowMs = 1_000;
  await using replica = closing(await openReplica(servers(at), { logger, nowMs: () => nowMs }));
  strictEqual(replica.staleSeconds(), 0);
  at.primary = 200;
  at.replica = 150;
  nowMs = 4_000;
  const waiting = replica.reached();
  let isThere = false;
  void waiting.then(() => isThere = true);
  strictEqual(replica.staleSeconds(), 3);
  strictEqual(isThere, false);
  at.replica = 200;
  await waiting;
  strictEqual(replica.staleSeconds(), 0);
});

Deno.test("a replica that was never known to have everything is infinitely old, and not ready", async () => {
  await using replica = closing(
    await openReplica(servers({ primary: 9, replica: 3 }), { logger }),
  );
  strictEqual(replica.staleSeconds(), Infinity);
  throws(() => requireFresh(replica, 60), /Infinity s behind, 60 at most/);
  const app = new Hono();
  app.use(tellStaleness(replica));
  app.get("/", (c) => c.text("ok"));
  strictEqual((await app.request("/")).headers.get("wavekeep-stale-seconds"), "unknown");
  const fresh = { staleSeconds: () => 1.26 };
  deepStrictEqual(requireFresh(fresh, 60), { "stale_seconds": 1.3 });
});

Deno.test("openReplica() fails with its database", async () => {
  const away = { query: () => Promise.reject(new Error("away")) } as unknown as Servers["reader"];
  await rejects(openReplica({ reader: away, primary: away }, { logger }), /away/);
});

function closing(replica: Replica | undefined): Replica & AsyncDisposable {
  ok(replica !== undefined);
  return {
    staleSeconds: () => replica.staleSeconds(),
    reached: () => replica.reached(),
    close: () => replica.close(),
    [Symbol.asyncDispose]: () => replica.close(),
  };
}
