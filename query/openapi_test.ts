import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { memoryQuery } from "./testing/memory_query.ts";
import { openApiDocument } from "./openapi.ts";

const GOLDEN = new URL("./openapi.json", import.meta.url);

Deno.test("openapi.json is what the schemas say now", async () => {
  // To accept a change: WAVEKEEP_UPDATE_GOLDEN=1, and read the difference.
  const text = JSON.stringify(openApiDocument(), null, 2) + "\n";
  if (Deno.env.get("WAVEKEEP_UPDATE_GOLDEN") === "1") await Deno.writeTextFile(GOLDEN, text);
  deepStrictEqual(JSON.parse(await Deno.readTextFile(GOLDEN)), JSON.parse(text));
});

Deno.test("openapi.json describes every route of the application, and no other", async () => {
  const { app } = await memoryQuery();
  const served = new Set(
    app.routes.filter(({ method }) => method !== "ALL")
      .filter(({ path }) => !path.startsWith("/docs") && path !== "/openapi.json")
      .map(({ method, path }) =>
        `${method.toLowerCase()} ${path.replaceAll(/:(\w+)(?:\{[^}]*\})?/g, "{$1}")}`
      ),
  );
  const { paths } = openApiDocument() as { paths: Record<string, Record<string, unknown>> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`)
  );
  deepStrictEqual(described.sort(), [...served].sort());
});

Deno.test("openapi.json is served, with a page that loads nothing from elsewhere", async () => {
  const { app } = await memoryQuery();
  const document = await (await app.request("/openapi.json")).json();
  strictEqual(document.openapi, "3.1.0");
  const page = await app.request("/docs");
  const policy = page.headers.get("content-security-policy")!;
  ok(policy.startsWith("default-src 'none'") && !policy.includes("unsafe"));
  const html = await page.text();
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
  ok(links.length === 3 && links.every((link) => !link.includes("//")));
  for (const link of links) {
    const asset = await app.request(new URL(link, "http://query/docs").pathname);
    strictEqual(asset.status, 200, link);
    ok((await asset.text()).length > 50);
  }
  ok(!/<script>|style=/.test(html), "nothing inline");
});
