import { deepStrictEqual } from "node:assert/strict";
import { createLogger, installEdge, type Principal } from "@wavekeep/core/service";
import { Hono } from "hono";
import { limitInFlight } from "./in_flight.ts";
import { OPEN_RECORDING } from "./testing/fixtures.ts";
import { send, startTestApp } from "./testing/test_app.ts";

function gatedApp() {
  const app = new Hono<{ Variables: { principal: Principal } }>();
  installEdge(app, { logger: createLogger({ service: "test", write: () => {} }) });
  const gate = Promise.withResolvers<void>();
  app.use(async (c, next) => {
    const subject = c.req.header("x-subject");
    if (subject !== undefined) c.set("principal", { subject, siteId: 1 } as Principal);
    await next();
  });
  app.use(limitInFlight({ bodyBytesMax: 100, inFlightBytesMax: 150 }));
  app.post("/", async (c) => {
    await gate.promise;
    return c.text("done");
  });
  app.get("/", (c) => c.text("done"));
  const post = (byteLength?: number, subject?: string) =>
    app.request("/", {
      method: "POST",
      headers: {
        ...(byteLength === undefined ? {} : { "content-length": String(byteLength) }),
        ...(subject === undefined ? {} : { "x-subject": subject }),
      },
    });
  return { app, gate, post };
}

Deno.test("limitInFlight() answers 429 once the budget is spent, and lets reads through", async () => {
  const { app, gate, post } = gatedApp();
  const first = post(80);
  const second = post(70);
  const third = await post(1);
  deepStrictEqual([third.status, third.headers.get("retry-after")], [429, "1"]);
  deepStrictEqual((await app.request("/")).status, 200);
  gate.resolve();
  deepStrictEqual([(await first).status, (await second).status, (await post(80)).status], [
    200,
    200,
    200,
  ]);
});

Deno.test("limitInFlight() counts a body without a length, or a lying one, as the largest", async () => {
  for (const byteLength of [undefined, -1, 1e12]) {
    const { gate, post } = gatedApp();
    const first = post(byteLength);
    deepStrictEqual((await post(60)).status, 429);
    deepStrictEqual((await Promise.race([post(50), Promise.resolve({ status: 0 })])).status, 0);
    gate.resolve();
    deepStrictEqual((await first).status, 200);
  }
});

Deno.test("limitInFlight() gives one sender half of the budget, where one could take all of it", async () => {
  const { gate, post } = gatedApp();
  const first = post(70, "one");
  deepStrictEqual((await post(10, "one")).status, 429);
  const other = post(70, "other");
  deepStrictEqual((await Promise.race([other, Promise.resolve({ status: 0 })])).status, 0);
  gate.resolve();
  deepStrictEqual([(await first).status, (await other).status], [200, 200]);
  deepStrictEqual((await post(70, "one")).status, 200);
});

Deno.test("enrolments without a length hold up no device, where four of them took the whole budget", async () => {
  const { app } = startTestApp();
  const held: ReadableStreamDefaultController<Uint8Array>[] = [];
  const slow = Array.from({ length: 8 }, () =>
    app.request("/devices/enrol", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new ReadableStream<Uint8Array>({ start: (controller) => void held.push(controller) }),
    }));
  const { status } = await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  deepStrictEqual(status, 201);
  for (const controller of held) controller.close();
  await Promise.all(slow);
});
