import { strictEqual } from "node:assert/strict";
import { COLLECT_CHUNKS, heapCollector } from "./collect_heap.ts";

Deno.test("heapCollector() collects once in so many chunks, however they come", () => {
  let collected = 0;
  const tidy = heapCollector(() => collected++);
  for (let chunks = 0; chunks < 10 * COLLECT_CHUNKS; chunks += 8) tidy(8);
  strictEqual(collected, 10);
  tidy(COLLECT_CHUNKS - 1);
  strictEqual(collected, 10);
  tidy(1);
  strictEqual(collected, 11);
});
