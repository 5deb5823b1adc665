import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { VIEWING_AGE_MS_MAX } from "@wavekeep/core/recording";
import { manualClock } from "@wavekeep/core/time";
import { viewingOf } from "../core/testing/access/targets.ts";
import { openRecording, senderOf } from "../core/testing/store_rows.ts";
import { recordViewings } from "./record_viewings.ts";
import { memoryStore } from "./store/memory_store.ts";
import { memoryViewingStore, type NewViewing } from "./store/viewing_store.ts";

const NOW_MICROS = 1_790_000_000_000_000n;
const SENT_MS = 5_000_000_000;

/** What came of viewings shown so long before they were sent, and what was stored of them. */
async function record(...agoMs: number[]) {
  const store = memoryStore();
  const under = { store, siteId: 1, otherSiteId: 2, countEvents: () => Promise.resolve(0) };
  await openRecording(under, "r", "p");
  const viewings = memoryViewingStore();
  const kept: NewViewing[] = [];
  const deps = {
    store,
    clock: manualClock(NOW_MICROS),
    viewings: {
      putViewings: (...of: Parameters<typeof viewings.putViewings>) => {
        kept.push(...of[2]);
        return viewings.putViewings(...of);
      },
    },
  };
  const sender = { ...senderOf(1), role: "clinician", sessionId: undefined };
  const { results } = await recordViewings(deps, sender, {
    patientCode: "p",
    recordingCode: "r",
  }, {
    sent_at_ms: SENT_MS,
    viewings: agoMs.map((ago, index) => ({
      ...viewingOf(String(index).repeat(32)),
      display: { ...viewingOf("").display, phase: "causal" as const },
      shown_at_ms: SENT_MS - ago,
    })),
  });
  return { results, shown: kept.map(({ shownAtMicros }) => NOW_MICROS - shownAtMicros) };
}

Deno.test("recordViewings() goes by how long ago it was, and never into the future", async () => {
  const { results, shown } = await record(0, 1_500, -60_000, VIEWING_AGE_MS_MAX);
  deepStrictEqual(results.map(({ status }) => status), [201, 201, 201, 201]);
  deepStrictEqual(shown, [0n, 1_500_000n, 0n, BigInt(VIEWING_AGE_MS_MAX) * 1_000n]);
});

Deno.test("recordViewings() refuses what its page's clock cannot know, and keeps the others", async () => {
  const { results, shown } = await record(1_000, VIEWING_AGE_MS_MAX + 1, 2_000);
  deepStrictEqual(results.map(({ status }) => status), [201, 422, 201]);
  deepStrictEqual(shown, [1_000_000n, 2_000_000n]);
  const { problem } = results[1]!;
  strictEqual(problem!.type.split("/").at(-1), "validation");
  deepStrictEqual(problem!["errors"], [{
    detail: "must be at most 31 days before sent_at_ms",
    pointer: "/body/viewings/1/shown_at_ms",
  }]);
  deepStrictEqual((await record(VIEWING_AGE_MS_MAX + 1)).shown, []);
});
