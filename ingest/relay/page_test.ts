import { ok, strictEqual } from "node:assert/strict";
import { createLogger } from "@wavekeep/core/service";
import { createPageApp } from "./page.ts";
import type { RelayStatus } from "./status.ts";

const PASSWORD = "the-password-of-the-page";
const NAME = "bedside-7";

/** The page of a relay that does nothing. */
function open(password: string | undefined) {
  let retries = 0;
  const status: RelayStatus = {
    name: NAME,
    spool: {
      waitingChunks: 0,
      waitingRequests: 0,
      waitingBytes: 0,
      storedEntries: 0,
      disputedEntries: 0,
      usedBytes: 0,
      quotaBytes: 1,
      oldestWaitMs: null,
      incarnation: null,
      setAside: [],
    },
    drain: {
      awayReason: null,
      awayMs: 0,
      lastReceiptAtMs: null,
      storedChunks: 0,
      repeatedChunks: 0,
      retries: 0,
      handedChunks: 0,
      liveAfter: 0,
    },
    diskFreeBytes: null,
    clock: null,
    keyCount: 0,
    refusedFull: 0,
    upSeconds: 1,
    disputed: [],
  };
  const app = createPageApp({
    name: NAME,
    status: () => Promise.resolve(status),
    retryDisputed: () => Promise.resolve(++retries),
    password,
    readiness: {},
    logger: createLogger({ service: "relay", write: () => {} }),
  });
  const ask = (method: string, path: string, headers: Record<string, string>) =>
    app.request(`http://${headers["host"]}${path}`, { method, headers });
  return { ask, retries: () => retries };
}

const OWN = { host: "127.0.0.1:8011" };
/** A name of somebody else's that was made to lead here. */
const REBOUND = { host: "evil.example:8011" };

Deno.test("relay's page: without a password it answers to this computer's own names alone", async () => {
  const { ask, retries } = open(undefined);
  for (const host of ["127.0.0.1:8011", "localhost:8011", "[::1]:8011"]) {
    strictEqual((await ask("GET", "/metrics", { host })).status, 200, host);
  }
  for (const path of ["/", "/metrics"]) {
    const answer = await ask("GET", path, REBOUND);
    strictEqual(answer.status, 401, path);
    // Neither a number of the metrics nor a fact of the page.
    ok(!/waiting|Forwarding/i.test(await answer.text()), path);
  }
  // A page there is of the origin that it asks.
  const form = { ...REBOUND, origin: "http://evil.example:8011", "sec-fetch-site": "same-origin" };
  strictEqual((await ask("POST", "/retry", form)).status, 401);
  strictEqual(retries(), 0);
});

Deno.test("relay's page: with a password any name of it will do, and its own forms alone change something", async () => {
  const { ask, retries } = open(PASSWORD);
  const authorization = `Bearer ${PASSWORD}`;
  const host = "relay.ward-7.example:8011";
  strictEqual((await ask("GET", "/metrics", { host, authorization })).status, 200);
  strictEqual((await ask("GET", "/metrics", { host })).status, 401);
  const retry = async (headers: Record<string, string>) =>
    (await ask("POST", "/retry", { host, authorization, ...headers })).status;
  // As browsers send a form: over TLS or from this computer, and by plain HTTP.
  strictEqual(await retry({ origin: "null", "sec-fetch-site": "same-origin" }), 303);
  strictEqual(await retry({ origin: `http://${host}` }), 303);
  strictEqual(retries(), 2);
  for (
    const headers of [
      {},
      { origin: "null" },
      { origin: "http://evil.example" },
      { origin: `http://${host}`, "sec-fetch-site": "cross-site" },
      { origin: `http://${host}`, "sec-fetch-site": "same-site" },
    ]
  ) strictEqual(await retry(headers as Record<string, string>), 401, JSON.stringify(headers));
  strictEqual(retries(), 2);
});

Deno.test("relay's page: it tells its own origin where a form comes from, and nobody else", async () => {
  const { ask } = open(PASSWORD);
  for (const path of ["/", "/style.css", "/nowhere"]) {
    const { headers } = await ask("GET", path, OWN);
    strictEqual(headers.get("referrer-policy"), "same-origin", path);
    strictEqual(headers.get("cache-control"), "no-store", path);
    ok(headers.get("content-security-policy")!.startsWith("default-src 'none'"), path);
  }
  const signOut = await ask("POST", "/sign-out", { ...OWN, origin: "http://evil.example" });
  strictEqual(signOut.status, 303);
});
