import { strictEqual } from "node:assert/strict";
import { COLLECT_CHUNKS, heapCollector } from "./collect_heap.ts";

Deno.test("heapCollector() collects once in so many chunks, however they come", () => {
  let collected = 0;
  const collectAfter = heapCollector(() => collected++);
  for (let chunks = 0; chunks < 10 * COLLECT_CHUNKS; chunks += 8) collectAfter(8);
  strictEqual(collected, 10);
  collectAfter(COLLECT_CHUNKS - 1);
  strictEqual(collected, 10);
  collectAfter(1);
  strictEqual(collected, 11);
});
