import { strictEqual } from "node:assert/strict";
import { docsRoutes } from "./docs.ts";

Deno.test("docsRoutes() gives the page, its files and the document, again and again", async () => {
  let asked = 0;
  const app = docsRoutes({ title: "Test", document: () => ({ asked: ++asked }) });
  for (let round = 0; round < 2; round++) {
    strictEqual((await (await app.request("/openapi.json")).json()).asked, 1);
    const script = await app.request("/docs/swagger-ui-bundle.js");
    strictEqual(script.headers.get("content-type"), "text/javascript; charset=utf-8");
    strictEqual((await script.bytes()).byteLength > 1_000_000, true);
    strictEqual((await app.request("/docs")).status, 200);
  }
});
