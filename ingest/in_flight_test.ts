import { deepStrictEqual } from "node:assert/strict";
import { createLogger, installEdge } from "@wavekeep/core/service";
import { Hono } from "hono";
import { limitInFlight } from "./in_flight.ts";

function gatedApp() {
  const app = new Hono();
  installEdge(app, { logger: createLogger({ service: "test", write: () => {} }) });
  const gate = Promise.withResolvers<void>();
  app.use(limitInFlight({ bodyBytesMax: 100, inFlightBytesMax: 150 }));
  app.post("/", async (c) => {
    await gate.promise;
    return c.text("done");
  });
  app.get("/", (c) => c.text("done"));
  const post = (byteLength?: number) =>
    app.request("/", {
      method: "POST",
      headers: byteLength === undefined ? {} : { "content-length": String(byteLength) },
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
