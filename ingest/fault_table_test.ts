/**
 * The fault table: every call that ingest makes of a store, failed and, where it writes, failed but
 * persisted. After each the process is started again on what is left, the sender repeats what was not
 * acknowledged, and everything must be as if nothing had happened.
 *
 * The table is made of the story's own calls: whoever adds a call to the product has it here, and whoever adds
 * a method to a store that the story never calls hears of it.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FAULT_MODES } from "./store/faults.ts";
import {
  allMethods,
  type BrokenCall,
  isRead,
  playStory,
  summaryOf,
} from "./testing/fault_story.ts";
import { newDisk } from "./testing/test_app.ts";

const healthy = newDisk();
const { refusals, counts } = await playStory(healthy);
const HEALTHY = summaryOf(healthy);

/** Methods that the day does without, and where they are broken instead. */
const ELSEWHERE = [
  // Requests that share a transaction: accept_chunk_test.ts.
  "store.putChunkGroup",
  // Erasing is a task of its own: erase/erase_test.ts.
  "keyStore.destroyPatientKey",
  "keyStore.isDestroyed",
];

Deno.test("the story without faults stores what it says, and calls every method of every store", () => {
  deepStrictEqual(refusals, []);
  strictEqual(HEALTHY.positions.length, 9);
  strictEqual(HEALTHY.chunkEvents, 9);
  strictEqual(HEALTHY.setEvents, 2);
  deepStrictEqual(HEALTHY.quarantine, [[0, true]]);
  strictEqual(HEALTHY.recordings.length, 2);
  deepStrictEqual(HEALTHY.deviceEvents, ["key.enrolled", "key.revoked"]);
  deepStrictEqual(allMethods().filter((method) => !counts.has(method)), ELSEWHERE.sort());
});

for (const [name, calls] of [...counts].sort()) {
  const [store, method] = name.split(".") as [BrokenCall["store"], string];
  for (const mode of FAULT_MODES) {
    if (isRead(method) && mode === "failed-but-persisted") continue;
    Deno.test(`${name}() ${mode}, each of ${calls} calls: nothing is lost, nothing is doubled`, async () => {
      for (let nth = 0; nth < calls; nth++) {
        const disk = newDisk();
        const { refusals } = await playStory(disk, { store, method, nth, mode });
        const told = refusals.map(({ status, slug }) => ({ status, slug }));
        // Readers that are not told of a chunk ask later; the sender hears nothing of it.
        const expected = method === "announce" ? [] : [{
          status: 503,
          slug: mode === "failed" ? "store-unavailable" : "outcome-unknown",
        }];
        deepStrictEqual(told, expected, `call ${nth}`);
        ok(refusals.every(({ retryAfter }) => Number(retryAfter) >= 1), "Retry-After is given");
        deepStrictEqual(summaryOf(disk), HEALTHY, `call ${nth}`);
      }
    });
  }
}
