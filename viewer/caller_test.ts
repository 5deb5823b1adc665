import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createLogger, parseProxies } from "@wavekeep/core/service";
import { createAccountsClient } from "./api/accounts_client.ts";
import { createQueryClient } from "./api/query_client.ts";
import { createApp } from "./app.ts";
import { createAssets } from "./assets.ts";

Deno.test("services hear one address: the socket's, or what a trusted proxy says, never what came", async () => {
  const heard: (string | null)[] = [];
  const fetcher: typeof fetch = (input, init) => {
    heard.push(new Request(input, init).headers.get("x-forwarded-for"));
    return Promise.resolve(Response.json({}, { status: 503 }));
  };
  const viewer = createApp({
    assets: createAssets(
      new Map(["viewer.css", "client.js", "people.js"].map((name) => [name, new Uint8Array()])),
    ),
    query: createQueryClient("http://query", fetcher),
    accounts: createAccountsClient("http://accounts", fetcher),
    sessions: { verify: () => Promise.reject(new Error("no token")) },
    upstreams: { ingestUrl: "http://ingest", queryUrl: "http://query", fetch: fetcher },
    logger: createLogger({ service: "test", write: () => {} }),
    trustedProxies: parseProxies("192.0.2.1"),
  });
  const guess = async (remoteAddress: string, forwarded?: string) => {
    const answer = await viewer.request("http://localhost:8002/sign_in", {
      method: "POST",
      headers: {
        "origin": "http://localhost:8002",
        ...(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }),
      },
      body: new URLSearchParams({ step: "password", login: "anna", password: "guess", to: "/" }),
    }, { incoming: { socket: { remoteAddress } } });
    await answer.body?.cancel();
    strictEqual(heard.length, 1);
    return heard.pop();
  };
  const told = [
    await guess("198.51.100.7"),
    await guess("198.51.100.7", "203.0.113.9"),
    await guess("::ffff:192.0.2.1", "203.0.113.9, 198.51.100.8"),
  ];
  deepStrictEqual(told, ["198.51.100.7", "198.51.100.7", "198.51.100.8"]);
});
