import { deepStrictEqual, doesNotMatch, ok, strictEqual } from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { createHash } from "node:crypto";
import { fileKeyStore, openServiceKeys, signRequest } from "@wavekeep/core/crypto";
import {
  createLogger,
  guardRoutes,
  installEdge,
  Metrics,
  openMachineAccess,
  openPool,
  openRevocations,
  parseRateRules,
  postgresRateStore,
  type Principal,
  RateLimits,
  type Role,
  type RouteTable,
  serve,
} from "@wavekeep/core/service";
import type { ApiKey } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { createTestDatabase, inDatabase } from "../../core/testing/test_database.ts";
import { apiKeyRoutes } from "./routes/api_keys.ts";
import { postgresAccountsStore } from "./store/accounts_store.ts";

const ROUTES: RouteTable = {
  "GET /recordings": { action: "recordings:read", names: "site" },
  "POST /exports": { action: "recordings:export", names: "site" },
  "GET /eeg": { action: "samples:read", names: "site" },
};

const database = await createTestDatabase("api_keys");
if (database !== undefined) {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o700);
  await fileKeyStore(folder, { create: true });
  const log: string[] = [];
  const logger = createLogger({ service: "test", write: (line) => log.push(line) });

  /** A service as it runs: two of them know each other through the database alone. */
  const instance = async (url: string, role: "wavekeep_writer" | "wavekeep_audit") => {
    const pool = openPool(url, { role, max: 2, logger });
    const revocations = await openRevocations(pool, { logger, everyMs: 50 });
    const { check, close } = await openMachineAccess({
      ...{ pool, revocations, logger, metrics: new Metrics() },
      config: { KEY_DIR: folder, RATE_LIMITS: "account:5" },
      verify: () => Promise.reject(new Error("no token")),
    });
    const app = new Hono();
    installEdge(app, { logger });
    guardRoutes(app, ROUTES, { ...check, signedBodyBytesMax: 1_000 });
    app.get("/recordings", (c) => c.json(c.get("principal")));
    app.get("/eeg", (c) => c.json([]));
    app.post("/exports", async (c) => c.json(await c.req.json()));
    const serving = await serve(app, { port: 0, logger });
    return {
      authority: `127.0.0.1:${serving.port}`,
      revocations,
      rates: check.rates,
      close: async () => {
        await serving.close(0);
        await close();
        await revocations.close();
        await pool.end();
      },
    };
  };
  const one = await instance(database.writerUrl, "wavekeep_writer");
  const two = await instance(database.auditUrl, "wavekeep_audit");

  const accountsPool = openPool(database.accountsUrl, {
    role: "wavekeep_accounts",
    max: 2,
    logger,
  });
  const admin = new Hono();
  installEdge(admin, { logger });
  admin.use(async (c, next) => {
    const siteId = Number(c.req.header("x-site") ?? database.siteId);
    c.set("principal", {
      ...{ subject: "8b7e6c0e-0000-4000-8000-000000000001", siteId, role: "admin", tokenId: "t" },
      expiresAt: 0,
    } as Principal);
    await next();
  });
  admin.route(
    "/",
    apiKeyRoutes({
      store: postgresAccountsStore(accountsPool),
      keys: await openServiceKeys(folder),
      nowMs: Date.now,
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    }),
  );
  const ask = async (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    await admin.request(path, {
      method: body === undefined ? "GET" : "POST",
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const make = async (
    kind: ApiKey["kind"],
    scopes: readonly string[] = ["recordings:read", "recordings:export"],
    role: Role = "clinician",
  ): Promise<{ key: ApiKey; secret: string }> => {
    const response = await ask("/api-keys", {
      name: "archive",
      kind,
      role,
      scopes,
      lives_days: 30,
    });
    strictEqual(response.status, 201, await response.clone().text());
    return await response.json();
  };

  /** Sends headers as they are, twice if they stand twice, and the target as it is. */
  const send = (
    at: { authority: string },
    method: string,
    target: string,
    headers: readonly (readonly [string, string])[],
    body = "",
  ): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const [hostname, port] = at.authority.split(":");
      const request = httpRequest({ hostname, port, method, path: target }, (response) => {
        let text = "";
        response.on("data", (part) => text += part);
        response.on("end", () => resolve({ status: response.statusCode!, text }));
      });
      const named = new Map<string, string[]>();
      for (const [name, value] of headers) named.set(name, [...named.get(name) ?? [], value]);
      for (const [name, values] of named) {
        request.setHeader(name, values.length > 1 ? values : values[0]!);
      }
      request.on("error", reject);
      request.end(body);
    });
  const signed = (
    { key, secret }: { key: ApiKey; secret: string },
    at: { authority: string },
    [method, target, body]: readonly [string, string, string?],
    options: { now?: number; lifeSeconds?: number } = {},
  ): [string, string][] => {
    const headers: Record<string, string> = {
      "host": at.authority,
      ...(body === undefined ? {} : {
        "content-type": "application/json",
        "content-digest": `sha-256=:${createHash("sha256").update(body).digest("base64")}:`,
      }),
    };
    const signature = signRequest(
      {
        ...{ method, target, scheme: "http", authority: at.authority },
        header: (name) => headers[name],
      },
      {
        keyId: key.api_key_id,
        secret: new TextEncoder().encode(secret),
        now: Math.floor(Date.now() / 1000),
        ...options,
      },
    );
    return Object.entries({ ...headers, ...signature });
  };
  const bearer = (secret: string): [string, string][] => [["authorization", `Bearer ${secret}`]];
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `API keys: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });

  test("a bearer is shown once, does what is in its role and its scopes, and nothing else", async () => {
    const { key, secret } = await make("bearer");
    for (const at of [one, two]) {
      const { status, text } = await send(at, "GET", "/recordings", bearer(secret));
      strictEqual(status, 200);
      const principal = JSON.parse(text);
      deepStrictEqual([principal.subject, principal.siteId, principal.role], [
        key.api_key_id,
        database.siteId,
        "clinician",
      ]);
      strictEqual((await send(at, "GET", "/eeg", bearer(secret))).status, 403, "not in its scopes");
    }
    const other = await make("bearer");
    // The id of one with the secret of another, a letter changed, cut, and as something else.
    const spliced = secret.slice(0, 24) + other.secret.slice(24);
    const changed = secret.replace(/.$/, (last) => last === "A" ? "E" : "A");
    for (const wrong of [spliced, changed, secret.slice(0, -1), secret.slice(3), "wk_"]) {
      strictEqual((await send(one, "GET", "/recordings", bearer(wrong))).status, 401, wrong);
    }
    const list = await (await ask("/api-keys")).json();
    strictEqual(list.keys.length, 2);
    doesNotMatch(JSON.stringify(list), /wk_/);
    strictEqual(
      (await (await ask("/api-keys", undefined, { "x-site": String(database.otherSiteId) })).json())
        .keys.length,
      0,
    );
  });

  test("a signed request is taken once, by whichever instance, and a key that signs is no bearer", async () => {
    const made = await make("hmac-sha256");
    const body = '{"a":1}';
    const headers = signed(made, one, ["POST", "/exports?x=1", body]);
    deepStrictEqual(await send(one, "POST", "/exports?x=1", headers, body), {
      status: 200,
      text: body,
    });
    strictEqual((await send(one, "POST", "/exports?x=1", headers, body)).status, 401, "replayed");
    // To the other instance, which the first one's client addressed through a balancer.
    const balanced = signed(made, one, ["GET", "/recordings"]);
    const results = await Promise.all(
      [one, two, one, two].map((at) => send(at, "GET", "/recordings", balanced)),
    );
    deepStrictEqual(results.map(({ status }) => status).sort(), [200, 401, 401, 401]);
    strictEqual((await send(one, "GET", "/recordings", bearer(made.secret))).status, 401);
    const bearers = await make("bearer");
    const pretended = signed(bearers, one, ["GET", "/recordings"]);
    strictEqual((await send(one, "GET", "/recordings", pretended)).status, 401);
    ok(log.some((line) => line.includes("security.signature-refused") && line.includes("replay")));
  });

  test("a signed request that was changed anywhere on its way is refused", async () => {
    const made = await make("hmac-sha256");
    const body = '{"a":1}';
    const target = "/exports?b=1&c=2";
    const fresh = () => signed(made, one, ["POST", target, body]);
    const status = async (
      headers: readonly (readonly [string, string])[],
      { method = "POST", to = target, sent = body, at = one } = {},
    ) => (await send(at, method, to, headers, sent)).status;
    const without = (name: string) => fresh().filter(([header]) => header !== name);
    strictEqual(await status(fresh()), 200);
    strictEqual(await status(fresh(), { sent: '{"a":2}' }), 400, "body");
    strictEqual(await status(fresh(), { sent: "" }), 401, "no body");
    strictEqual(await status(fresh(), { to: "/exports?c=2&b=1" }), 401, "order of the query");
    strictEqual(await status(fresh(), { to: "/exports?b=1&c=2&c=2" }), 401, "query");
    strictEqual(await status(fresh(), { to: "/%65xports?b=1&c=2" }), 401, "path, encoded");
    strictEqual(await status(fresh(), { to: "//exports?b=1&c=2" }), 401, "path, a slash");
    strictEqual(await status(fresh(), { to: "/x/../exports?b=1&c=2" }), 401, "path, dots");
    strictEqual(await status(fresh(), { to: `http://${one.authority}${target}` }), 401, "absolute");
    strictEqual(await status(fresh(), { method: "PUT" }), 401, "method");
    strictEqual(await status([...without("host"), ["host", "other.example"]]), 401, "authority");
    strictEqual(await status(without("content-type")), 401, "content-type away");
    strictEqual(await status(without("content-digest")), 401, "content-digest away");
    strictEqual(await status(without("signature")), 401, "signature away");
    strictEqual(await status(without("signature-input")), 401, "input away");
    strictEqual(
      await status([...fresh().filter(([name]) => !name.startsWith("signature"))]),
      401,
      "both away",
    );
    for (const name of ["signature", "signature-input", "content-digest", "content-type"]) {
      const [, value] = fresh().find(([header]) => header === name)!;
      strictEqual(await status([...fresh(), [name, value]]), 400, `${name} twice`);
    }
    strictEqual(await status([...fresh(), ...bearer(made.secret)]), 401, "and a bearer");
    const now = Math.floor(Date.now() / 1000);
    const old = signed(made, one, ["POST", target, body], { now: now - 120 });
    strictEqual(await status(old), 401, "of before");
    const early = signed(made, one, ["POST", target, body], { now: now + 120 });
    strictEqual(await status(early), 401, "of later");
    const long = signed(made, one, ["POST", target, body], { lifeSeconds: 301 });
    strictEqual(await status(long), 401, "for too long");
    const other = await make("hmac-sha256");
    const foreign = signed({ key: made.key, secret: other.secret }, one, ["POST", target, body]);
    strictEqual(await status(foreign), 401, "another key's");
  });

  test("a key that is taken back is good for nothing, in all instances, and says who did it", async () => {
    const made = [await make("bearer"), await make("hmac-sha256")];
    for (const { key, secret } of made) {
      const use = (at: typeof one) =>
        key.kind === "bearer"
          ? send(at, "GET", "/recordings", bearer(secret))
          : send(at, "GET", "/recordings", signed({ key, secret }, at, ["GET", "/recordings"]));
      for (const at of [one, two]) strictEqual((await use(at)).status, 200);
      const path = `/api-keys/${key.api_key_id}/revoke`;
      strictEqual(
        (await ask(path, { reason: "x" }, { "x-site": String(database.otherSiteId) })).status,
        404,
      );
      const ended = await (await ask(path, { reason: "moved away" })).json();
      ok(ended.revoked_at);
      deepStrictEqual(await (await ask(path, { reason: "again" })).json(), ended);
      for (const at of [one, two]) {
        await at.revocations.refresh();
        strictEqual((await use(at)).status, 401);
      }
    }
    await inDatabase(database.ownerUrl, async (client) => {
      const { rows } = await client.query(
        `select kind, actor, detail->>'subject' as subject from wavekeep.event
          where kind = 'security.api-key-ended' order by event_id`,
      );
      deepStrictEqual(rows.map(({ subject }) => subject), made.map(({ key }) => key.api_key_id));
    });
  });

  test("what no key may be is refused at its field", async () => {
    const pointers = async (body: Record<string, unknown>) => {
      const response = await ask("/api-keys", {
        ...{ name: "x", kind: "bearer", role: "monitor", scopes: ["metrics:read"], lives_days: 1 },
        ...body,
      });
      const { errors = [] } = await response.json();
      return [response.status, ...errors.map(({ pointer }: { pointer: string }) => pointer)];
    };
    for (const role of ["admin", "custodian", "device", "relay", "technologist", "nobody"]) {
      deepStrictEqual(await pointers({ role }), [422, "/body/role"]);
    }
    deepStrictEqual(await pointers({ scopes: ["metrics:read", "samples:read", "no:action"] }), [
      ...[422, "/body/scopes/1", "/body/scopes/2"],
    ]);
    deepStrictEqual(await pointers({ scopes: [] }), [422, "/body/scopes"]);
    deepStrictEqual(await pointers({ lives_days: 366 }), [422, "/body/lives_days"]);
    deepStrictEqual(await pointers({}), [201]);
  });

  test("whoever asks too often hears when to come again, and that is one event", async () => {
    const { key, secret } = await make("bearer");
    const answers = await Promise.all(
      Array.from(
        { length: 160 },
        (_, i) => send(i % 2 ? one : two, "GET", "/recordings", bearer(secret)),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429);
    ok(refused.length > 0 && answers.length - refused.length >= 50, String(refused.length));
    strictEqual(JSON.parse(refused[0]!.text).limit, "account");
    const events = () =>
      inDatabase(database.ownerUrl, async (client) =>
        (await client.query(
          `select detail->>'limit' as limit from wavekeep.event
            where kind = 'security.rate-limited' and actor = $1`,
          [key.api_key_id],
        )).rows);
    while ((await events()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    deepStrictEqual(await events(), [{ limit: "account" }]);
  });

  test("counts of two instances are one sum in the database, and are forgotten", async () => {
    // Windows that are to come: the service of this stage counts by today's clock in the same table, and forgets
    // whatever is older, which once was half of these counts.
    const firstWindow = 400_000_000;
    const clock = { nowMs: firstWindow * 10_000 };
    const pools = ["one", "two"].map(() =>
      openPool(database.writerUrl, { role: "wavekeep_writer", max: 1, logger })
    );
    let isAway = false;
    const [a, b] = pools.map((pool) =>
      new RateLimits({
        rules: parseRateRules("account:1"),
        store: postgresRateStore(pool),
        now: () => clock.nowMs,
        onStoreAway: () => isAway = true,
      })
    );
    // On a busy machine a connection may come too late; a service asks again a second later.
    const merge = async (limits: RateLimits | undefined) => {
      do {
        isAway = false;
        await limits!.merge();
      } while (isAway);
    };
    const somebody: Principal = {
      ...{ subject: "x", siteId: 1, role: "clinician", tokenId: "t", expiresAt: 0 },
    };
    for (let i = 0; i < 6; i++) ok(a!.admit(somebody).isAdmitted);
    await merge(a);
    for (let i = 0; i < 4; i++) ok(b!.admit(somebody).isAdmitted);
    await merge(b);
    strictEqual(b!.admit(somebody).isAdmitted, false);
    strictEqual(a!.admit(somebody).isAdmitted, true, "has not heard of it yet");
    await merge(a);
    strictEqual(a!.admit(somebody).isAdmitted, false);
    // Both at once, many keys, in opposite orders: nobody waits in a circle.
    const names = Array.from({ length: 300 }, (_, i) => String(i));
    for (const subject of names) a!.admit({ ...somebody, subject });
    for (const subject of names.toReversed()) b!.admit({ ...somebody, subject });
    await Promise.all([a!.merge(), b!.merge()]);
    clock.nowMs += 80_000;
    a!.admit(somebody);
    await merge(a);
    await inDatabase(database.ownerUrl, async (client) => {
      const { rows } = await client.query(
        `select count(*)::int as n from wavekeep.rate_count
          where window_no >= $1 and window_no < $1::bigint + 6`,
        [firstWindow],
      );
      strictEqual(rows[0].n, 0);
    });
    await Promise.all(pools.map((pool) => pool.end()));
  });

  test("the database is removed", async () => {
    await one.close();
    await two.close();
    await accountsPool.end();
    await database.drop();
    await Deno.remove(folder, { recursive: true });
  });
}
