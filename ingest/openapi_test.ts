import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openApiDocument } from "./openapi.ts";
import { startTestApp } from "./testing/test_app.ts";

const GOLDEN = new URL("openapi.json", import.meta.url);
const document = openApiDocument() as {
  openapi: string;
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

Deno.test("openapi.json is what the schemas say; WAVEKEEP_UPDATE=1 writes it anew", async () => {
  const text = JSON.stringify(document, null, 2) + "\n";
  if (Deno.env.get("WAVEKEEP_UPDATE") === "1") await Deno.writeTextFile(GOLDEN, text);
  strictEqual(await Deno.readTextFile(GOLDEN), text);
});

Deno.test("the document has every route of the application, and no other", () => {
  const { app } = startTestApp();
  const routes = app.routes
    .filter(({ method, path }) => method !== "ALL" && !/^\/(docs|openapi\.json)/.test(path))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  deepStrictEqual(described.sort(), [...new Set(routes)].sort());
});

Deno.test("every guarded route answers 401 without a credential, and says so", async () => {
  const { app } = startTestApp();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { responses }] of Object.entries(methods)) {
      if (path === "/livez" || path === "/readyz" || path === "/devices/enrol") continue;
      ok("401" in responses, `${method} ${path} describes 401`);
      const filled = path.replace("{stream}", "0").replace("{sequence}", "0")
        .replace(/\{segment_id\}/, "0".repeat(32)).replaceAll(/\{\w+\}/g, "x");
      const { status } = await app.request(filled, { method: method.toUpperCase() });
      strictEqual(status, 401, `${method} ${filled}`);
    }
  }
});

Deno.test("GET /docs shows the document, from this host alone", async () => {
  const { app } = startTestApp();
  const page = await app.request("/docs");
  strictEqual(page.status, 200);
  const policy = page.headers.get("content-security-policy") ?? "";
  ok(policy.includes("default-src 'none'") && !policy.includes("unsafe"));
  const html = await page.text();
  strictEqual(/style=|<script>|https?:/.test(html), false, "no inline code, no other host");
  for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const asset = await app.request(path!);
    strictEqual(asset.status, 200, path!);
    await asset.body?.cancel();
  }
  strictEqual((await app.request("/openapi.json")).headers.get("content-type"), "application/json");
});
