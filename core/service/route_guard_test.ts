import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Hono } from "hono";
import { ACCESS, type Action, mayDo, permits, PERSON_ROLES, type Role, ROLES } from "./access.ts";
import { installEdge } from "./edge.ts";
import { createLogger } from "./json_log.ts";
import { compareRoutes, guardRoutes, requireSameRoutes } from "./route_guard.ts";
import {
  ACCOUNTS_ROUTES,
  INGEST_ROUTES,
  isOpen,
  QUERY_ROUTES,
  RELAY_ROUTES,
  type RouteTable,
} from "./route_table.ts";

/** What a role may do that touches health data. */
function healthActions(role: Role): Action[] {
  const nouns = ["recordings", "originals", "segments", "chunks", "samples", "statements"];
  const others = ["annotations", "reviews", "clock-observations", "sources", "live"];
  return (Object.keys(ACCESS) as Action[]).filter((action) =>
    mayDo(role, action) && [...nouns, ...others].includes(action.split(":")[0]!)
  );
}

Deno.test("ACCESS: administrators, auditors, researchers and monitors touch no health data", () => {
  for (const role of ["admin", "auditor", "researcher", "monitor"] as const) {
    deepStrictEqual(healthActions(role), [], role);
  }
  // Whose file it is, its header says; nobody else exports that.
  deepStrictEqual(healthActions("custodian"), ["recordings:export", "originals:export"]);
  deepStrictEqual(ROLES.filter((role) => mayDo(role, "originals:export")), ["custodian"]);
});

Deno.test("ACCESS: machines read no health data and judge none, people write no samples", () => {
  for (const role of ["device", "relay"] as const) {
    const reads = healthActions(role).filter((action) => /:(read|export)$|^reviews/.test(action));
    deepStrictEqual(reads, [], role);
  }
  for (const role of PERSON_ROLES) {
    const writes = healthActions(role).filter((action) => action.endsWith(":write"));
    deepStrictEqual(
      writes,
      ["technologist", "clinician"].includes(role) ? ["annotations:write", "reviews:write"] : [],
      role,
    );
  }
});

Deno.test("permits(): scopes take away, and never give", () => {
  for (const role of ROLES) {
    for (const action of Object.keys(ACCESS) as Action[]) {
      strictEqual(permits({ role }, action), mayDo(role, action));
      strictEqual(permits({ role, scopes: [action] }, action), mayDo(role, action));
      strictEqual(permits({ role, scopes: [] }, action), false);
    }
  }
});

// ---------------------------------------------------------------- the tables

const TABLES = [INGEST_ROUTES, QUERY_ROUTES, RELAY_ROUTES, ACCOUNTS_ROUTES];

Deno.test("the tables of routes ask for every action there is", () => {
  const asked = TABLES.flatMap((table) =>
    Object.values(table).flatMap((rule) => isOpen(rule) ? [] : [rule.action, ...rule.also ?? []])
  );
  deepStrictEqual([...new Set(asked)].sort(), Object.keys(ACCESS).sort());
});

Deno.test("the tables of routes: what is open is no more than what this list says", () => {
  const open = TABLES.map((table) =>
    Object.entries(table).flatMap(([name, rule]) => isOpen(rule) ? [name] : []).sort()
  );
  const health = ["GET /livez", "GET /readyz"];
  const docs = ["", "/start.js", "/swagger-ui-bundle.js", "/swagger-ui.css"].map((file) =>
    `GET /docs${file}`
  );
  docs.push("GET /openapi.json");
  const log = ["checkpoint", "tile/:path{.+}", "witnessed-checkpoint"].map((file) =>
    `GET /log/${file}`
  );
  const signIn = [
    ...["password", "totp", "recovery", "passkey", "passkey/options"].map((step) =>
      `sign-in/${step}`
    ),
    ...["tokens/refresh", "links/look", "links/redeem", "me/unlock", "me/unlock/options"],
    ...["sessions/end", "sessions/lock"],
  ].map((path) => `POST /${path}`);
  deepStrictEqual(open, [
    [...docs, ...health, "POST /devices/enrol"].sort(),
    [...docs, ...health, ...log].sort(),
    [...health, "POST /devices/enrol"].sort(),
    [...docs, ...health, ...signIn].sort(),
  ]);
});

// ---------------------------------------------------------------- the guard

const TABLE: RouteTable = {
  "GET /open": { open: "for everybody" },
  "GET /things/:thing_id": { action: "samples:read", names: "site" },
  "PUT /things/:thing_id": { action: "chunks:write", names: "site" },
};

/** An application behind the guard of `TABLE`; its tokens are roles. */
function guardedApp(table = TABLE) {
  const app = new Hono();
  installEdge(app, { logger: createLogger({ service: "test", write: () => {} }) });
  guardRoutes(app, table, {
    verify: (token) =>
      ROLES.includes(token as Role)
        ? Promise.resolve({
          ...{ subject: "s", siteId: 1, tokenId: "t", expiresAt: 2 ** 31 },
          role: token as Role,
        })
        : Promise.reject(new Error("unknown")),
  });
  app.get("/open", (c) => c.text("open"));
  app.get("/things/:thing_id", (c) => c.text("read"));
  app.put("/things/:thing_id", (c) => c.text("written"));
  const ask = async (route: string, token?: string) => {
    const [method, path] = route.split(" ") as [string, string];
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await app.request(path, { method, headers });
    await response.body?.cancel();
    return response.status;
  };
  return { app, ask };
}

Deno.test("guardRoutes() lets through whom the table names, for each method", async () => {
  const { ask } = guardedApp();
  for (const role of ROLES) {
    strictEqual(await ask("GET /things/1", role), mayDo(role, "samples:read") ? 200 : 403, role);
    strictEqual(await ask("HEAD /things/1", role), mayDo(role, "samples:read") ? 200 : 403, role);
    strictEqual(await ask("PUT /things/1", role), mayDo(role, "chunks:write") ? 200 : 403, role);
  }
});

Deno.test("guardRoutes() wants a credential for whatever is not open, and looks nothing up", async () => {
  const { app, ask } = guardedApp();
  app.get("/forgotten", (c) => c.text("secret"));
  app.delete("/things/:thing_id", (c) => c.text("deleted"));
  app.all("/everything", (c) => c.text("secret"));
  for (
    const [route, known] of [
      ["GET /things/1", 200],
      ["POST /things/1", 405],
      ["GET /nothing", 404],
      ["GET /things", 404],
      ["GET /things/1/more", 404],
      ["GET /", 404],
      // Handlers without a row.
      ["GET /forgotten", 404],
      ["PATCH /forgotten", 405],
      ["DELETE /things/1", 404],
      ["GET /everything", 404],
    ] as const
  ) {
    strictEqual(await ask(route), 401, route);
    strictEqual(await ask(route, "nobody"), 401, route);
    strictEqual(await ask(route, "clinician"), known, route);
  }
  strictEqual(await ask("GET /open"), 200);
  strictEqual(await ask("GET /open", "nobody"), 200, "an open route asks nobody");
  strictEqual(await ask("POST /open"), 405);
});

Deno.test("compareRoutes() finds a route without a row, and a row without a route", () => {
  deepStrictEqual(compareRoutes(guardedApp().app, TABLE), { unlisted: [], unanswered: [] });
  const { app } = guardedApp({
    ...TABLE,
    "DELETE /gone": { action: "devices:revoke", names: "site" },
  });
  app.get("/more", (c) => c.text("x"));
  deepStrictEqual(
    compareRoutes(app, { ...TABLE, "DELETE /gone": { open: "" } }),
    { unlisted: ["GET /more"], unanswered: ["DELETE /gone"] },
  );
  throws(() => requireSameRoutes(app, TABLE), /without a row GET \/more, without a route none/);
});
