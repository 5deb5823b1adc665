import { strictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import type { ChunkKey } from "./chunk_store.ts";
import { exactWindow, slicesOfPage } from "./plan_page.ts";
import { isSettledPage } from "./settled_page.ts";

const model = testModel();

/** @param lacking What the store has not. */
function settled(start: number, lacking: (key: ChunkKey) => boolean = () => false): boolean {
  const slices = slicesOfPage(model, exactWindow(start, 3));
  const store = { state: (key: ChunkKey) => lacking(key) ? "absent" as const : "present" as const };
  return isSettledPage(slices, store, { start, seconds: 3, model, revision: 1 });
}

Deno.test("isSettledPage() is true where everything is there and nothing can come", () => {
  strictEqual(settled(2), true);
});

Deno.test("isSettledPage() is false where any chunk is missing, and at every edge", () => {
  strictEqual(settled(2, ({ sequence }) => sequence === 3), false);
  // A stream ends there, and may go on; a hole; before the first sample; no samples at all.
  strictEqual(settled(7), false);
  strictEqual(settled(9), false);
  strictEqual(settled(18), false);
  strictEqual(settled(12), false);
});
