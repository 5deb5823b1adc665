import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Hono } from "hono";
import { installEdge } from "./edge.ts";
import { createLogger } from "./json_log.ts";
import { plainJson, plainParts, plainResponse } from "./plain_response.ts";
import { serve } from "./serve.ts";

const HEADERS = { "content-type": "application/octet-stream" };

Deno.test("plainResponse() is a Response to whoever wants one", async () => {
  const response = plainResponse(Uint8Array.of(1, 2, 3), { status: 207, headers: HEADERS });
  ok(response instanceof Response);
  strictEqual(response.status, 207);
  strictEqual(response.ok, true);
  strictEqual(response.headers.get("Content-Type"), "application/octet-stream");
  strictEqual(response.bodyUsed, false);
  deepStrictEqual(await response.clone().bytes(), Uint8Array.of(1, 2, 3));
  deepStrictEqual(new Uint8Array(await response.arrayBuffer()), Uint8Array.of(1, 2, 3));
  strictEqual(response.bodyUsed, true);
});

Deno.test("headers of plainResponse() are one set, whoever sets them and whenever", async () => {
  const response = plainResponse("{}", { headers: HEADERS });
  const { headers } = response;
  headers.set("X-One", "1");
  strictEqual(headers.has("x-one"), true);
  headers.append("x-one", "2");
  headers.set("x-two", "2");
  deepStrictEqual([...headers], [
    ["content-type", "application/octet-stream"],
    ["x-one", "1, 2"],
    ["x-two", "2"],
  ]);
  strictEqual(await response.text(), "{}");
  headers.set("x-three", "3");
  strictEqual(response.headers.get("x-three"), "3");
  strictEqual(new Response(null, response).headers.get("x-three"), "3");
});

Deno.test("plainParts() gives what is to be written, and nothing of what was read", async () => {
  const response = plainJson({ a: 1 }, 201);
  response.headers.set("ETag", '"1"');
  deepStrictEqual(plainParts(response), {
    status: 201,
    headers: { "content-type": "application/json", etag: '"1"' },
    body: '{"a":1}',
  });
  await response.text();
  strictEqual(plainParts(response), undefined);
  strictEqual(plainParts(new Response("x")), undefined);
});

Deno.test("serve() writes plain answers with their length, and none for HEAD", {
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const logger = createLogger({ service: "test", write: () => {} });
  const app = new Hono();
  installEdge(app, { logger });
  app.get("/text", () => plainJson({ text: "µV" }));
  app.get("/bytes", () => plainResponse(new Uint8Array(100_000).fill(7), { headers: HEADERS }));
  const serving = await serve(app, { port: 0, logger });
  try {
    const text = await fetch(`${serving.url}/text`);
    strictEqual(text.headers.get("content-length"), "14");
    strictEqual(text.headers.get("cache-control"), "no-store");
    ok(text.headers.get("x-request-id"));
    deepStrictEqual(await text.json(), { text: "µV" });
    const bytes = await fetch(`${serving.url}/bytes`);
    strictEqual(bytes.headers.get("content-length"), "100000");
    deepStrictEqual(await bytes.bytes(), new Uint8Array(100_000).fill(7));
    const head = await fetch(`${serving.url}/text`, { method: "HEAD" });
    strictEqual(head.status, 200);
    strictEqual(await head.text(), "");
  } finally {
    await serving.close();
  }
});
