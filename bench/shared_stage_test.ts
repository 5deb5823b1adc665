import { rejects, strictEqual } from "node:assert/strict";
import { sharedStage } from "./shared_stage.ts";

/** A stage that counts. */
function counted() {
  const count = { opened: 0, stopped: 0 };
  const open = () => {
    count.opened++;
    const stage = { [Symbol.asyncDispose]: () => Promise.resolve(void count.stopped++) };
    return Promise.resolve(stage);
  };
  return { count, open };
}

Deno.test("sharedStage() opens one stage for everybody, and stops it once", async () => {
  const { count, open } = counted();
  const shared = sharedStage(open);
  const [first, second] = await Promise.all([shared.open(), shared.open()]);
  strictEqual(first, second);
  strictEqual(count.opened, 1);
  await shared[Symbol.asyncDispose]();
  await shared[Symbol.asyncDispose]();
  strictEqual(count.stopped, 1);
});

Deno.test("sharedStage() refuses whoever comes after it was stopped: what was stored is gone", async () => {
  const { count, open } = counted();
  const shared = sharedStage(open);
  await shared[Symbol.asyncDispose]();
  await rejects(shared.open(), /^Error: Cannot share a stage: it was stopped/);
  strictEqual(count.opened, 0);
});

Deno.test("sharedStage() that did not start is stopped without another complaint", async () => {
  const shared = sharedStage(() => Promise.reject(new Error("no room")));
  await rejects(shared.open(), /^Error: no room$/);
  await shared[Symbol.asyncDispose]();
});
