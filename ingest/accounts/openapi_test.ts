import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ACCOUNTS_ROUTES } from "@wavekeep/core/service";
import { openApiDocument } from "./openapi.ts";

const GOLDEN = new URL("openapi.json", import.meta.url);
const document = openApiDocument() as { paths: Record<string, Record<string, unknown>> };

Deno.test("accounts/openapi.json is what the schemas say; WAVEKEEP_UPDATE=1 writes it anew", async () => {
  const text = JSON.stringify(document, null, 2) + "\n";
  if (Deno.env.get("WAVEKEEP_UPDATE") === "1") await Deno.writeTextFile(GOLDEN, text);
  strictEqual(await Deno.readTextFile(GOLDEN), text);
});

Deno.test("accounts: the document has every route of the table, and no other", () => {
  const routes = Object.keys(ACCOUNTS_ROUTES)
    .filter((name) => !/ \/(docs|openapi\.json)/.test(name))
    .map((name) => name.replaceAll(/:(\w+)/g, "{$1}"));
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  deepStrictEqual(described.sort(), routes.sort());
});
