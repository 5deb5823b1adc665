import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { Hono } from "hono";
import { ProblemError } from "../problem/mod.ts";
import type { Role } from "./access.ts";
import { installEdge } from "./edge.ts";
import { createLogger } from "./json_log.ts";
import { Histogram, Metrics } from "./metrics.ts";
import { guardRoutes } from "./route_guard.ts";
import type { RouteTable } from "./route_table.ts";
import { metricsRoutes, RequestMetrics } from "./service_metrics.ts";

Deno.test("Histogram: buckets are cumulative, and a value on a bound is within it", () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [0.5, 1, 1.5, 3]) histogram.observe(value);
  deepStrictEqual(
    histogram.samples({ route: "/x" }).map(({ suffix, labels, value }) => [
      suffix,
      labels?.["le"],
      value,
    ]),
    [["_bucket", "1", 2], ["_bucket", "2", 3], ["_bucket", "+Inf", 4], ["_sum", undefined, 6], [
      "_count",
      undefined,
      4,
    ]],
  );
});

Deno.test("Metrics: a source that fails or hangs leaves the others alone", async () => {
  const metrics = new Metrics();
  metrics.countBy("wavekeep_things_total", "Things", "kind").add('a"b\\c\n', 2);
  metrics.source(() => Promise.reject(new Error("away")));
  metrics.source(() => new Promise(() => {}));
  strictEqual(
    await metrics.render(),
    "# HELP wavekeep_things_total Things.\n# TYPE wavekeep_things_total counter\n" +
      'wavekeep_things_total{kind="a\\"b\\\\c\\n"} 2\n',
  );
});

/** An application that is asked for a path with a code in it. */
function measured() {
  const metrics = new Metrics();
  const app = new Hono();
  const logger = createLogger({ service: "test", write: () => {} });
  installEdge(app, { logger, metrics: new RequestMetrics(metrics) });
  const table: RouteTable = {
    "GET /metrics": { action: "metrics:read", names: "site" },
    "GET /patients/:patient_id": { open: "a test" },
    "POST /patients/:patient_id": { open: "a test" },
  };
  guardRoutes(app, table, {
    verify: (token) =>
      Promise.resolve({
        ...{ subject: "s", siteId: 1, tokenId: "t", expiresAt: 2 ** 31 },
        role: token as Role,
      }),
  });
  app.route("/", metricsRoutes(metrics));
  app.get("/patients/:patient_id", (c) => c.text("x"));
  app.post("/patients/:patient_id", () => {
    throw new ProblemError("chunk-conflict");
  });
  const read = (role?: string) =>
    app.request("/metrics", role ? { headers: { authorization: `Bearer ${role}` } } : {});
  return { app, read };
}

Deno.test("GET /metrics: only administrators and monitors, from wherever", async () => {
  const { read } = measured();
  strictEqual((await read()).status, 401);
  for (const role of ["device", "relay", "clinician", "custodian"]) {
    strictEqual((await read(role)).status, 403, role);
  }
  for (const role of ["admin", "monitor"]) {
    const answer = await read(role);
    strictEqual(answer.status, 200, role);
    strictEqual(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    await answer.body?.cancel();
  }
});

Deno.test("GET /metrics: requests by route pattern, and no path", async () => {
  const { app, read } = measured();
  await app.request("/patients/CANARY-1");
  await app.request("/patients/CANARY-1", { method: "POST" });
  await app.request("/patients/CANARY-1", { method: "DELETE" });
  await app.request("/CANARY-2?name=CANARY-3");
  const text = await (await read("monitor")).text();
  doesNotMatch(text, /CANARY/);
  for (
    const line of [
      'seconds_count{route="/patients/:patient_id",status="2xx"} 1',
      'seconds_count{route="/patients/:patient_id",status="4xx"} 2',
      'seconds_count{route="(no route)",status="4xx"} 1',
      'problems_total{problem="chunk-conflict"} 1',
      'problems_total{problem="method-not-allowed"} 1',
      'problems_total{problem="unauthenticated"} 1',
    ]
  ) {
    ok(
      text.includes(`wavekeep_http_${line.startsWith("s") ? "request_duration_" : ""}${line}\n`),
      line,
    );
  }
  match(text, /_bucket\{route="\/patients\/:patient_id",status="2xx",le="10"\} 1\n/);
});
