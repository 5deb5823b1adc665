import { ok, rejects, strictEqual } from "node:assert/strict";
import { checkFreeSpace, neededBytes } from "./free_space.ts";

Deno.test("checkFreeSpace() refuses with what is there and what is needed", async () => {
  await rejects(
    checkFreeSpace("/data", 24, () => Promise.resolve(1e9)),
    /Cannot start on \/data: 1\.0 GB free, \d+\.\d GB needed for 24 h/,
  );
});

Deno.test("checkFreeSpace() lets enough pass, and asks the real disk", async () => {
  strictEqual(await checkFreeSpace("/data", 24, () => Promise.resolve(1e13)), undefined);
  await checkFreeSpace(Deno.cwd(), 0);
});

Deno.test("neededBytes() grows with the backfill", () => {
  ok(neededBytes(24) > neededBytes(1));
});
