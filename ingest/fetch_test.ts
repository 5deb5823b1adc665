import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createFetch } from "./fetch.ts";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";
import { newDisk, startTestApp } from "./testing/test_app.ts";

const fixture = new Fixture();
const ORIGIN = "https://edge.example";

function post(path: string, body: unknown, headers: Record<string, string> = {}): Request {
  return new Request(ORIGIN + path, {
    method: "POST",
    headers: { "authorization": "Bearer device", "content-type": "application/json", ...headers },
    body: body instanceof Uint8Array ? body as Uint8Array<ArrayBuffer> : JSON.stringify(body),
  });
}

const chunks = { "content-type": "application/vnd.wavekeep.chunks" };

Deno.test("createFetch() takes a recording from opening to state", async () => {
  const { deps, tables } = startTestApp();
  const fetch = createFetch(() => Promise.resolve(deps));
  const statuses: number[] = [];
  for (
    const request of [
      post("/recordings", OPEN_RECORDING),
      post(`/patients/${PATIENT}/recordings/${RECORDING}/segments`, fixture.opening()),
      post("/ingest", fixture.batch(0, 1, 2), chunks),
      new Request(`${ORIGIN}/segments/${fixture.hex}/state`, {
        headers: { "authorization": "Bearer device" },
      }),
    ]
  ) {
    const response = await fetch(request);
    statuses.push(response.status);
    await response.body?.cancel();
  }
  deepStrictEqual(statuses, [201, 201, 201, 200]);
  strictEqual(tables.chunks.size, 3);
});

Deno.test("createFetch() opens once, and again after it failed", async () => {
  const { deps } = startTestApp();
  let calls = 0;
  const fetch = createFetch(() => {
    calls++;
    return calls === 1 ? Promise.reject(new Error("no database yet")) : Promise.resolve(deps);
  });
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) {
    const response = await fetch(new Request(`${ORIGIN}/livez`));
    statuses.push(response.status);
    await response.body?.cancel();
  }
  deepStrictEqual(statuses, [503, 200, 200, 200]);
  strictEqual(calls, 2);
});

Deno.test("createFetch() counts the bytes of a body without a length", async () => {
  const { deps, tables } = startTestApp({ disk: newDisk(), limits: { bodyBytesMax: 1000 } });
  const fetch = createFetch(() => Promise.resolve(deps));
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 400;
      controller.enqueue(new Uint8Array(400));
    },
  });
  const response = await fetch(
    new Request(`${ORIGIN}/ingest`, {
      method: "POST",
      headers: { "authorization": "Bearer device", ...chunks },
      body: endless,
    }),
  );
  strictEqual(response.status, 413);
  strictEqual(sent <= 2400, true, `${sent} bytes were pulled`);
  strictEqual(tables.chunks.size, 0);
  await response.body?.cancel();
});

Deno.test("createFetch() gives a slow body an end", async () => {
  const { deps } = startTestApp({ limits: { bodyTimeoutMs: 30 } });
  const fetch = createFetch(() => Promise.resolve(deps));
  const stalled = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(10));
    },
  });
  const response = await fetch(
    new Request(`${ORIGIN}/ingest`, {
      method: "POST",
      headers: { "authorization": "Bearer device", ...chunks },
      body: stalled,
    }),
  );
  strictEqual(response.status, 408);
  await response.body?.cancel();
});
