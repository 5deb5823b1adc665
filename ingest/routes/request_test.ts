import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { Fixture, JSON_CHUNK, OPEN_RECORDING, PATIENT, RECORDING } from "../testing/fixtures.ts";
import { send, slugOf, startTestApp } from "../testing/test_app.ts";

const fixture = new Fixture();

async function openedApp() {
  const started = startTestApp();
  await send(started.app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(started.app, "POST", `/patients/${PATIENT}/recordings/${RECORDING}/segments`, {
    body: fixture.opening(),
  });
  return started;
}

const digestOf = (bytes: Uint8Array) => `sha-256=:${nodeSha256(bytes).toBase64()}:`;

async function putWith(headers: Record<string, string>) {
  const { app, tables } = await openedApp();
  const body = fixture.chunk(0);
  const { status, json } = await send(app, "PUT", fixture.path(0), { body, headers });
  return { status, slug: slugOf(json), stored: tables.chunks.size };
}

const REFUSED = { status: 400, slug: "content-digest-mismatch", stored: 0 };
const STORED = { status: 201, slug: undefined, stored: 1 };

Deno.test("readBody() takes a body that matches its Content-Digest", async () => {
  deepStrictEqual(await putWith({ "content-digest": digestOf(fixture.chunk(0)) }), STORED);
  const both = `sha-512=:AAAA:, ${digestOf(fixture.chunk(0))}`;
  deepStrictEqual(await putWith({ "content-digest": both }), STORED);
});

Deno.test("readBody() refuses a digest that is another one, twice there, or cannot be checked", async () => {
  const good = digestOf(fixture.chunk(0));
  for (
    const header of [
      digestOf(fixture.chunk(1)),
      `${good}, ${good}`,
      "sha-512=:AAAA:",
      "md5=:AAAA:",
      "sha-256=AAAA",
      "sha-256=:AAA:",
      "",
      "garbage",
    ]
  ) {
    deepStrictEqual(await putWith({ "content-digest": header }), REFUSED, header);
  }
});

Deno.test("readBody() refuses compressed bodies and other media types", async () => {
  const refused = { status: 415, slug: "unsupported-media-type", stored: 0 };
  deepStrictEqual(await putWith({ "content-encoding": "gzip" }), refused);
  deepStrictEqual(await putWith({ "content-encoding": "br" }), refused);
  deepStrictEqual(await putWith({ "content-type": "application/octet-stream" }), refused);
  deepStrictEqual(await putWith({ "content-encoding": "identity" }), STORED);
});

Deno.test("readBody() refuses a declared length above the limit at once", async () => {
  const { status, slug } = await putWith({ "content-length": String(2 ** 40) });
  deepStrictEqual([status, slug], [413, "body-too-large"]);
});

Deno.test("readJson() refuses what is not JSON in UTF-8", async () => {
  const { app } = await openedApp();
  const bodies = ["{", "", "NaN", "\u0000", "[1,]", `{"a":"\\ud800"`, "{'a':1}"];
  for (const body of [...bodies, Uint8Array.of(0x22, 0xff, 0x22)]) {
    const response = await app.request("/ingest", {
      method: "POST",
      headers: { "authorization": "Bearer device", "content-type": "application/json" },
      body: body as string,
    });
    deepStrictEqual([response.status, slugOf(await response.json())], [400, "malformed-json"]);
  }
});

Deno.test("readJson() refuses JSON of the wrong shape, whatever it is", async () => {
  const { app, tables } = startTestApp();
  const deep = "[".repeat(10_000) + "]".repeat(10_000);
  for (
    const body of [
      null,
      1,
      "text",
      [],
      [[]],
      {},
      { ...JSON_CHUNK, samples: null },
      { ...JSON_CHUNK, samples: [] },
      { ...JSON_CHUNK, samples: [["1", "2"]] },
      { ...JSON_CHUNK, samples: [[null]] },
      { ...JSON_CHUNK, samples: { length: 3 } },
      { ...JSON_CHUNK, channels: "FP1" },
      { ...JSON_CHUNK, channels: Array(20_000).fill("x") },
      { ...JSON_CHUNK, sample_rate: 0 },
      { ...JSON_CHUNK, sample_rate: -256 },
      { ...JSON_CHUNK, start: "now" },
      { ...JSON_CHUNK, start: "1e3" },
      { ...JSON_CHUNK, "__proto__x": 1 },
      JSON.parse(deep),
    ]
  ) {
    const { status, json } = await send(app, "POST", "/ingest", { body });
    deepStrictEqual([status, slugOf(json)], [422, "validation"]);
  }
  strictEqual(tables.recordings.length, 0);
});

Deno.test("refuseFlood() answers a million wrong samples with a short list", async () => {
  const { app } = startTestApp();
  const samples = [Array(1_000_000).fill("x"), Array(1_000_000).fill(null)];
  const startedAt = performance.now();
  const { status, json } = await send(app, "POST", "/ingest", { body: { ...JSON_CHUNK, samples } });
  strictEqual(status, 422);
  strictEqual((json.errors as unknown[]).length, 50);
  ok(performance.now() - startedAt < 20_000);
});

Deno.test("a prototype cannot be reached through a body", async () => {
  const { app } = startTestApp();
  const response = await app.request("/ingest", {
    method: "POST",
    headers: { "authorization": "Bearer device", "content-type": "application/json" },
    body: `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`,
  });
  strictEqual(response.status, 422);
  strictEqual(({} as { polluted?: boolean }).polluted, undefined);
  await response.body?.cancel();
});
