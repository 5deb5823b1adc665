import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../core/testing/prng.ts";
import { openApiDocument } from "../../ingest/openapi.ts";
import { startTestApp } from "../../ingest/testing/test_app.ts";
import { type ApiDocument, StrangeRequests } from "./strange_requests.ts";

const REQUESTS = 600;
const SEED = 20_261_121;
const DOCUMENT = openApiDocument() as unknown as ApiDocument;

Deno.test("StrangeRequests draws the same requests from the same seed, for every route", () => {
  const draw = () => {
    const requests = new StrangeRequests(DOCUMENT, { "patient_id": "p" });
    const random = prng(SEED);
    return Array.from({ length: REQUESTS }, () => requests.next(random));
  };
  const drawn = draw();
  deepStrictEqual(drawn, draw());
  const routes = Object.values(DOCUMENT.paths).flatMap((operations) => Object.keys(operations));
  ok(new Set(drawn.map(({ method, path }) => `${method} ${path}`)).size > 10 * routes.length);
});

Deno.test(`ingest answers ${REQUESTS} strange requests below 500, each refusal as a problem`, async () => {
  const { app } = startTestApp();
  const requests = new StrangeRequests(DOCUMENT, { "patient_id": "p", "recording_id": "r" });
  const random = prng(SEED);
  for (let index = 0; index < REQUESTS; index++) {
    const { method, path, headers, body } = requests.next(random);
    const response = await app.request(path, {
      method,
      headers: { ...headers, authorization: `Bearer ${random.pick(["device", "admin"])}` },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const told = `request ${index}: ${method} ${path}: ${response.status} ${text.slice(0, 300)}`;
    ok(response.status < 500, told);
    strictEqual(response.headers.get("x-injected"), null, told);
    if (response.status < 400) continue;
    strictEqual(response.headers.get("content-type"), "application/problem+json", told);
  }
  strictEqual(({} as { polluted?: boolean }).polluted, undefined);
});
