import { strictEqual } from "node:assert/strict";
import { createFetchHandler, lazyFetchHandler } from "./fetch.ts";
import { memoryQuery } from "./testing/memory_query.ts";

const asking = (path: string) =>
  new Request(`https://edge.example${path}`, { headers: { authorization: "Bearer clinician.1" } });

Deno.test("createFetchHandler() answers requests of any host, without a server", async () => {
  const { deps } = await memoryQuery({ segments: [{ streams: [{ sequences: [0] }] }] });
  const handle = createFetchHandler(deps);
  strictEqual((await handle(asking("/livez"))).status, 200);
  const window = await handle(asking("/eeg?patient_id=p1&recording_id=r1&start=0&end=1"));
  strictEqual((await window.json()).channels["C0"].length, 4);
  strictEqual((await handle(new Request("https://edge.example/recordings"))).status, 401);
});

Deno.test("lazyFetchHandler() opens once for many requests", async () => {
  const { deps } = await memoryQuery();
  let opened = 0;
  const handle = lazyFetchHandler(() => {
    opened++;
    return Promise.resolve(deps);
  });
  await Promise.all([handle(asking("/livez")), handle(asking("/livez"))]);
  strictEqual((await handle(asking("/livez"))).status, 200);
  strictEqual(opened, 1);
});

Deno.test("lazyFetchHandler() is not ready while it cannot open, and tries again", async () => {
  const { deps } = await memoryQuery();
  let isAway = true;
  const handle = lazyFetchHandler(() =>
    isAway ? Promise.reject(new Error("database away")) : Promise.resolve(deps)
  );
  const refused = await handle(asking("/livez"));
  strictEqual(refused.status, 503);
  strictEqual((await refused.json()).type, "https://wavekeep.example/problems/not-ready");
  isAway = false;
  strictEqual((await handle(asking("/livez"))).status, 200);
});

Deno.test("the module's default export is a handler", async () => {
  const { default: module } = await import("./fetch.ts");
  strictEqual(typeof module.fetch, "function");
});
