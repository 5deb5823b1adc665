import { ok, strictEqual } from "node:assert/strict";
import { BLOCK_SECONDS_MIN, defaultBlockSeconds, planBlock } from "./schedule.ts";

Deno.test("planBlock() keeps every event inside its block and apart from the others", () => {
  for (const blockSeconds of [20, 72, 600, 3600, 21_600]) {
    for (let block = 0; block < 20; block++) {
      const plan = planBlock(5, block, blockSeconds, 256);
      ok(plan !== undefined);
      const start = block * blockSeconds * 256;
      ok(start < plan.seizure.start && plan.seizure.start < plan.button);
      ok(plan.button < plan.seizure.end && plan.seizure.end < plan.disconnection.start);
      ok(plan.disconnection.end < start + blockSeconds * 256);
    }
  }
});

Deno.test("planBlock() plans nothing where there is no room", () => {
  strictEqual(planBlock(5, 0, BLOCK_SECONDS_MIN - 1, 256), undefined);
});

Deno.test("defaultBlockSeconds() gives a short recording one block, a day four", () => {
  strictEqual(defaultBlockSeconds(72), 72);
  strictEqual(defaultBlockSeconds(86_400), 21_600);
  strictEqual(defaultBlockSeconds(1), BLOCK_SECONDS_MIN);
});
