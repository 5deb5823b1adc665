/**
 * What stands at the edge of every application: headers, origins, limits, signatures. With requests as a browser
 * or a stranger would send them.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Hono } from "hono";
import type { Principal } from "./access.ts";
import type { CredentialCheck } from "./authenticate.ts";
import { corsOrigins } from "./cors.ts";
import { installEdge } from "./edge.ts";
import { createLogger } from "./json_log.ts";
import { memoryRateStore } from "./memory_rate_store.ts";
import { parseProxies } from "./client_address.ts";
import { RateLimits } from "./rate_limits.ts";
import { parseRateRules } from "./rate_rules.ts";
import { guardRoutes } from "./route_guard.ts";
import type { RouteTable } from "./route_table.ts";

const ROUTES: RouteTable = {
  "GET /livez": { open: "a probe", limit: "none" },
  "GET /log": { open: "hashes" },
  "POST /sign-in": { open: "a password" },
  "GET /recordings": { action: "recordings:read", names: "site" },
};
const PRINCIPAL: Principal = {
  ...{ subject: "p", siteId: 1, role: "clinician", tokenId: "t", expiresAt: 0 },
};

function newApp(
  { origins = [], rules, ...check }: {
    readonly origins?: readonly string[];
    readonly rules?: string;
  } & Partial<CredentialCheck> = {},
) {
  const app = new Hono<{ Bindings: { incoming: unknown } }>();
  const now = () => 1_700_000_000_000;
  const rates = rules === undefined
    ? undefined
    : new RateLimits({ rules: parseRateRules(rules), store: memoryRateStore(), now });
  installEdge(app, {
    logger: createLogger({ service: "test", write: () => {} }),
    corsOrigins: origins,
    trustedProxies: parseProxies("127.0.0.1"),
  });
  guardRoutes(app, ROUTES, {
    verify: (token) =>
      token === "good" ? Promise.resolve(PRINCIPAL) : Promise.reject(new Error("x")),
    rates,
    ...check,
  });
  for (const name of Object.keys(ROUTES)) {
    const [method = "", path = ""] = name.split(" ");
    app.on(method, path, (c) => c.json({}));
  }
  /** As it would come through a proxy on this computer. */
  const ask = (
    path: string,
    { method = "GET", from = "192.0.2.1", ...headers }: Record<string, string> = {},
  ) =>
    app.request(
      path,
      { method, headers: { "x-forwarded-for": from, ...headers } },
      { incoming: { socket: { remoteAddress: "127.0.0.1" } } },
    );
  return { ask };
}

// ---------------------------------------------------------------- headers and origins

Deno.test("every answer forbids what a browser might do with it", async () => {
  const { ask } = newApp();
  for (const path of ["/livez", "/recordings", "/nowhere"]) {
    const { headers } = await ask(path);
    deepStrictEqual(
      [
        ...["content-security-policy", "cross-origin-resource-policy", "x-content-type-options"],
        ...["referrer-policy", "cache-control"],
      ].map((name) => headers.get(name)),
      [
        "default-src 'none'; frame-ancestors 'none'",
        "same-origin",
        "nosniff",
        "no-referrer",
        "no-store",
      ],
    );
    strictEqual(headers.get("access-control-allow-origin"), null);
    strictEqual(headers.get("strict-transport-security"), null, "only over TLS");
  }
});

Deno.test("CORS: nobody by default; listed origins with a token of their own; never with credentials", async () => {
  const origin = "https://research.example";
  const preflight = {
    ...{ method: "OPTIONS", origin },
    "access-control-request-method": "GET",
    "access-control-request-headers": "authorization",
  };
  strictEqual(
    (await newApp().ask("/recordings", preflight)).headers.get("access-control-allow-origin"),
    null,
  );
  const { ask } = newApp({ origins: [origin] });
  const allowed = await ask("/recordings", preflight);
  strictEqual(allowed.status, 204);
  strictEqual(allowed.headers.get("access-control-allow-origin"), origin);
  match(allowed.headers.get("access-control-allow-headers") ?? "", /authorization/);
  const answer = await ask("/recordings", { origin, authorization: "Bearer good" });
  strictEqual(answer.headers.get("access-control-allow-origin"), origin);
  match(answer.headers.get("access-control-expose-headers") ?? "", /retry-after/);
  strictEqual((await ask("/recordings", { origin })).status, 401, "an origin is no credential");
  for (const response of [allowed, answer]) {
    match(response.headers.get("vary") ?? "", /Origin/);
    strictEqual(response.headers.get("access-control-allow-credentials"), null);
  }
  for (
    const other of [
      ...["null", "*", "http://research.example", "https://research.example:8443"],
      ...[
        "https://research.example.evil.example",
        "https://evil.example",
        "HTTPS://RESEARCH.EXAMPLE",
      ],
    ]
  ) {
    for (const asked of [{ ...preflight, origin: other }, { origin: other }]) {
      const { headers } = await ask("/recordings", asked);
      strictEqual(headers.get("access-control-allow-origin"), null, other);
      match(headers.get("vary") ?? "", /Origin/);
    }
  }
});

Deno.test("CORS_ORIGINS takes origins and nothing that stands for many", () => {
  const read = (text: string) => corsOrigins().safeParse(text);
  deepStrictEqual(read("https://a.example, http://127.0.0.1:8080").data, [
    ...["https://a.example", "http://127.0.0.1:8080"],
  ]);
  deepStrictEqual(read("").data, []);
  for (
    const bad of [
      "*",
      "null",
      "https://*.example",
      "https://a.example/",
      "a.example",
      "https://A.example",
      "file://x",
    ]
  ) {
    strictEqual(read(bad).success, false, bad);
  }
});

// ---------------------------------------------------------------- limits

Deno.test("limits: 429 says when to come again and how much there is", async () => {
  const { ask } = newApp({ rules: "account:1" });
  const good = { authorization: "Bearer good" };
  strictEqual(
    (await ask("/recordings", good)).headers.get("ratelimit"),
    null,
    "far from the limit",
  );
  for (let i = 1; i < 9; i++) strictEqual((await ask("/recordings", good)).status, 200);
  const last = await ask("/recordings", good);
  deepStrictEqual([
    last.status,
    last.headers.get("ratelimit"),
    last.headers.get("ratelimit-policy"),
  ], [
    ...[200, '"account";r=0;t=10', '"account";q=10;w=10'],
  ]);
  const refused = await ask("/recordings", good);
  const problem = await refused.json();
  deepStrictEqual([refused.status, problem.limit, refused.headers.get("ratelimit")], [
    ...[429, "account", '"account";r=0;t=11'],
  ]);
  strictEqual(refused.headers.get("retry-after"), "11");
});

Deno.test("limits: bad credentials and open routes count by address, good ones and probes do not", async () => {
  const { ask } = newApp({ rules: "address:1" });
  const statuses = new Set<number>();
  for (let i = 0; i < 10; i++) {
    statuses.add(
      (await ask(i % 2 ? "/recordings" : "/log", { authorization: "Bearer bad" })).status,
    );
  }
  deepStrictEqual([...statuses].sort(), [200, 401]);
  strictEqual((await ask("/recordings", { authorization: "Bearer bad" })).status, 429);
  strictEqual((await ask("/recordings")).status, 429);
  strictEqual((await ask("/log")).status, 429);
  strictEqual((await ask("/nowhere")).status, 429);
  strictEqual((await ask("/livez")).status, 200);
  strictEqual((await ask("/recordings", { authorization: "Bearer good" })).status, 200);
  strictEqual((await ask("/log", { from: "192.0.2.2" })).status, 200);
  // What somebody writes before the proxy does is not an address of theirs.
  strictEqual((await ask("/log", { from: "192.0.2.3, 192.0.2.1" })).status, 429);
});

Deno.test("limits: what takes a secret has a limit of its own", async () => {
  const { ask } = newApp({ rules: "sign-in:0.2" });
  const tryIt = async () => (await ask("/sign-in", { method: "POST" })).status;
  deepStrictEqual([await tryIt(), await tryIt(), await tryIt()], [200, 200, 429]);
  strictEqual((await ask("/log")).status, 200);
});

// ---------------------------------------------------------------- signatures

Deno.test("signatures: where none are taken they are refused; a bearer beside one, too", async () => {
  const signed = { "signature-input": "a=()", "signature": "a=::" };
  const good = { authorization: "Bearer good" };
  strictEqual((await newApp().ask("/recordings", signed)).status, 401);
  strictEqual((await newApp().ask("/recordings", { ...signed, ...good })).status, 401);
  const { ask } = newApp({ signatures: () => Promise.resolve(PRINCIPAL) });
  strictEqual((await ask("/recordings", signed)).status, 200);
  strictEqual((await ask("/recordings", { ...signed, ...good })).status, 401);
  for (const name of Object.keys(signed)) {
    const half = { [name]: "x", ...good };
    strictEqual((await ask("/recordings", half)).status, 401, `${name} and a bearer`);
  }
  const away = newApp({
    signatures: () => Promise.reject(Object.assign(new Error("away"), { code: "ECONNREFUSED" })),
  });
  const answer = await away.ask("/recordings", signed);
  strictEqual(answer.status, 503, "a store that is away says nothing of a credential");
  ok(answer.headers.get("retry-after"));
});
