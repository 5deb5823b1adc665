import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { OpenAPIHono } from "@hono/zod-openapi";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import * as z from "zod";
import { CorruptInputError, isCoreError } from "../error.ts";
import { PROBLEM_TYPE_BASE, ProblemError } from "../problem/mod.ts";
import type { Principal, Role } from "./access.ts";
import { authenticate } from "./authenticate.ts";
import { bodyLimit } from "./body_limit.ts";
import { installEdge } from "./edge.ts";
import { healthRoutes } from "./health.ts";
import { createLogger } from "./json_log.ts";
import { CommitOutcomeUnknownError } from "./postgres.ts";
import { type ErrorMapper, validationHook } from "./problem_handler.ts";

type LogLine = Record<string, unknown>;

interface Bench {
  readonly app: Hono;
  readonly lines: LogLine[];
}

function newApp(toProblem?: ErrorMapper): Bench {
  const lines: LogLine[] = [];
  const logger = createLogger({
    service: "test",
    level: "debug",
    write: (line) => lines.push(JSON.parse(line)),
  });
  const app = new Hono();
  installEdge(app, { logger, ...(toProblem === undefined ? {} : { toProblem }) });
  return { app, lines };
}

/** The problem that a thrown error becomes, with the response's status and headers. */
async function thrown(error: unknown, toProblem?: ErrorMapper) {
  const { app, lines } = newApp(toProblem);
  app.get("/x", () => {
    throw error;
  });
  const response = await app.request("/x");
  strictEqual(response.headers.get("content-type"), "application/problem+json");
  strictEqual(response.headers.get("cache-control"), "no-store");
  const problem = await response.json();
  strictEqual(problem.status, response.status);
  strictEqual(problem.instance, response.headers.get("x-request-id"));
  return { slug: problem.type.slice(PROBLEM_TYPE_BASE.length), problem, response, lines };
}

Deno.test("installEdge() answers a thrown problem as it is", async () => {
  const { slug, problem, response } = await thrown(
    new ProblemError("chunk-conflict", {
      detail: "Sequence 41 is taken",
      extensions: { "stored_chunk_digest": "ab" },
    }),
  );
  deepStrictEqual([slug, response.status, problem.detail, problem["stored_chunk_digest"]], [
    "chunk-conflict",
    409,
    "Sequence 41 is taken",
    "ab",
  ]);
});

Deno.test("installEdge() says of an unknown error nothing but the request id", async () => {
  const { slug, problem, response, lines } = await thrown(new Error("patient Jane Doe"));
  deepStrictEqual([slug, problem.detail], [
    "internal",
    `Request ${response.headers.get("x-request-id")}`,
  ]);
  doesNotMatch(JSON.stringify(problem), /Jane/);
  const logged = lines.filter(({ level }) => level === "error");
  strictEqual(logged.length, 1, "logged once");
  match(JSON.stringify(logged), /Jane/);
});

Deno.test("installEdge() treats a core error without a mapper as ours, with one as the client's", async () => {
  const error = new CorruptInputError("Cannot decode chunk 41: bad");
  strictEqual((await thrown(error)).slug, "internal");
  const mapped = await thrown(
    error,
    (found) =>
      isCoreError(found) ? new ProblemError("chunk-corrupt", { detail: found.message }) : undefined,
  );
  deepStrictEqual([mapped.slug, mapped.problem.detail], ["chunk-corrupt", error.message]);
});

Deno.test("installEdge() asks clients to come back when the database is away", async () => {
  const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  for (
    const [error, slug] of [
      [away, "store-unavailable"],
      [new Error("timeout exceeded when trying to connect"), "store-unavailable"],
      [new CommitOutcomeUnknownError("x"), "outcome-unknown"],
    ] as const
  ) {
    const found = await thrown(error);
    deepStrictEqual([found.slug, found.response.status], [slug, 503]);
    strictEqual(found.response.headers.get("retry-after"), "1");
  }
});

Deno.test("installEdge() maps what Hono throws", async () => {
  strictEqual((await thrown(new HTTPException(400))).slug, "malformed-json");
  strictEqual((await thrown(new HTTPException(413))).slug, "body-too-large");
  strictEqual((await thrown(new HTTPException(418))).slug, "internal");
});

Deno.test("installEdge() answers unknown paths and wrong methods with problems", async () => {
  const { app } = newApp();
  app.get("/things/:id", (c) => c.text("here"));
  const missing = await app.request("/nowhere/patient-name");
  strictEqual(missing.status, 404);
  doesNotMatch(await missing.text(), /patient-name/);
  const wrong = await app.request("/things/1", { method: "DELETE" });
  deepStrictEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD"]);
  strictEqual((await wrong.json()).title, "Method is not allowed here");
});

Deno.test("validationHook() lists every failure with its pointer", async () => {
  const { lines } = newApp();
  const logger = createLogger({ service: "test", write: () => lines });
  const app = new OpenAPIHono({ defaultHook: validationHook });
  installEdge(app, { logger });
  app.openapi({
    method: "post",
    path: "/x",
    request: {
      query: z.object({ limit: z.coerce.number().max(5) }),
      body: {
        required: true,
        content: {
          "application/json": {
            schema: z.strictObject({ "a/b": z.array(z.int()), name: z.string() }),
          },
        },
      },
    },
    responses: { 200: { description: "ok" } },
  }, (c) => c.json({}));
  const post = (path: string, body: string) =>
    app.request(path, { method: "POST", body, headers: { "content-type": "application/json" } });
  const response = await post("/x?limit=1", `{"a/b":[1,"x",2.5],"more":1}`);
  strictEqual(response.status, 422);
  const { errors } = await response.json();
  deepStrictEqual(
    errors.map(({ pointer }: { pointer: string }) => pointer),
    ["/body/a~1b/1", "/body/a~1b/2", "/body/name", "/body"],
  );
  const query = await (await post("/x?limit=9", `{"a/b":[],"name":""}`)).json();
  strictEqual(query.errors[0].pointer, "/query/limit");
  strictEqual((await (await post("/x?limit=1", "{")).json()).title, "Request body is not JSON");
});

Deno.test("accessLog() writes the route pattern and never path or query", async () => {
  const { app, lines } = newApp();
  app.get("/patients/:patient_id/recordings", (c) => c.text("x"));
  await app.request("/patients/jane-doe/recordings?name=jane-doe");
  await app.request("/unknown/jane-doe");
  const access = lines.filter(({ msg }) => msg === "request");
  deepStrictEqual(access.map(({ route, status, method }) => [method, route, status]), [
    ["GET", "/patients/:patient_id/recordings", 200],
    ["GET", "(no route)", 404],
  ]);
  doesNotMatch(JSON.stringify(lines), /jane/);
});

Deno.test("requestId() keeps a hexadecimal id of the caller and replaces anything else", async () => {
  const { app } = newApp();
  app.get("/x", (c) => c.text("x"));
  const idFor = async (id: string) =>
    (await app.request("/x", { headers: { "x-request-id": id } })).headers.get("x-request-id");
  const good = "018f6d3e-1111-7222-8333-444455556666";
  strictEqual(await idFor(good), good);
  for (const bad of ["jane-doe", "", `${good}0`, good.toUpperCase()]) {
    match(await idFor(bad) ?? "", /^[0-9a-f-]{36}$/);
    ok(await idFor(bad) !== bad);
  }
});

// ---------------------------------------------------------------- bodies

Deno.test("bodyLimit() takes exactly the limit, refuses one byte more and compressed bodies", async () => {
  const { app } = newApp();
  app.use(bodyLimit(4));
  app.post("/x", async (c) => c.json(await c.req.json()));
  const stream = (text: string) => new Blob([text]).stream();
  const post = async (body: BodyInit, headers: Record<string, string> = {}) =>
    (await app.request(new Request("http://x/x", { method: "POST", body, headers }))).status;
  strictEqual(await post(stream("1234")), 200);
  strictEqual(await post(stream("12345")), 413);
  strictEqual(await post("1234", { "content-length": "4" }), 200);
  strictEqual(await post("12345", { "content-length": "5" }), 413);
  strictEqual(await post("1", { "content-encoding": "gzip" }), 415);
});

// ---------------------------------------------------------------- access

const principal = (role: Role): Principal => ({
  subject: "someone",
  siteId: 1,
  role,
  tokenId: "t",
  expiresAt: 0,
});

Deno.test("authenticate() wants a bearer token in the header and nowhere else", async () => {
  const { app, lines } = newApp();
  app.use(
    authenticate({
      verify: (token) =>
        token === "good"
          ? Promise.resolve(principal("device"))
          : Promise.reject(new Error("expired")),
    }),
  );
  app.get("/x", (c) => c.text(c.var.principal.subject));
  const status = async (authorization: string | undefined, path = "/x") => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await app.request(path, { headers });
    if (response.status === 401) strictEqual(response.headers.get("www-authenticate"), "Bearer");
    return response.status;
  };
  strictEqual(await status("Bearer good"), 200);
  strictEqual(await status("bearer good"), 200);
  for (
    const header of [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      "Basic good",
      "good",
      "Bearer bad",
      "Bearer good good",
    ]
  ) {
    strictEqual(await status(header), 401, String(header));
  }
  strictEqual(await status(undefined, "/x?access_token=good&token=good"), 401);
  ok(lines.some(({ reason }) => reason === "expired"), "the log knows why");
});

// ---------------------------------------------------------------- health

Deno.test("healthRoutes() is ready when all checks are, and names those that are not", async () => {
  let isDown = false;
  const { app, lines } = newApp();
  const away = Object.assign(new Error("connect ECONNREFUSED db-a.hospital.example:5432"), {
    code: "ECONNREFUSED",
  });
  app.route(
    "/",
    healthRoutes({
      database: () => isDown ? Promise.reject(away) : Promise.resolve(),
      schema: () => 4,
    }, { "durability_exceptions": ["fsync"] }),
  );
  strictEqual((await app.request("/livez")).status, 200);
  deepStrictEqual(await (await app.request("/readyz")).json(), {
    status: "ready",
    checks: { database: "ok", schema: 4 },
    "durability_exceptions": ["fsync"],
  });
  isDown = true;
  strictEqual((await app.request("/livez")).status, 200);
  const response = await app.request("/readyz");
  const problem = await response.json();
  deepStrictEqual([response.status, problem.detail, problem.errors], [
    503,
    "Not in order: database",
    [{ detail: "ECONNREFUSED", pointer: "/checks/database" }],
  ]);
  ok(!JSON.stringify(problem).includes("db-a"), "where it is, is nobody's business");
  const line = lines.find(({ msg }) => msg === "service is not ready");
  deepStrictEqual(line?.["failed"], ["database"]);
  deepStrictEqual(line["reasons"], [away.message], "the log says it");
});
