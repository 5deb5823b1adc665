import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testMark } from "../testing/test_mark.ts";
import { neighbourEvent, reviewProgress } from "./review_queue.ts";

const events = [5, 12, 12, 14, 300].map((onset, i) =>
  testMark({ id: `e${i}`, onset, source: "algorithm" })
);
const at = (start: number, focusId?: string) => ({
  focusId,
  viewport: { start, seconds: 10, end: 1000 },
});
const next = (start: number, focusId?: string) =>
  neighbourEvent(events, at(start, focusId), "next")?.id;
const previous = (start: number, focusId?: string) =>
  neighbourEvent(events, at(start, focusId), "previous")?.id;

Deno.test("neighbourEvent() goes through every event once, equal onsets too", () => {
  deepStrictEqual(
    [next(0), next(4, "e0"), next(11, "e1"), next(11, "e2"), next(13, "e3"), next(299, "e4")],
    ["e0", "e1", "e2", "e3", "e4", undefined],
  );
  deepStrictEqual(
    [previous(299, "e4"), previous(13, "e3"), previous(11, "e2"), previous(11, "e1")],
    ["e3", "e2", "e1", "e0"],
  );
});

Deno.test("neighbourEvent() goes by the page once its focus has been left behind", () => {
  strictEqual(next(100, "e0"), "e4");
  strictEqual(previous(100, "e4"), "e3");
});

Deno.test("neighbourEvent() passes by what is not wanted", () => {
  const found = neighbourEvent(events, at(4, "e0"), "next", ({ id }) => id === "e4");
  strictEqual(found?.id, "e4");
});

Deno.test("reviewProgress() counts what is to be reviewed, and not what people have marked", () => {
  const review = { verdict: "accepted" as const, by: "", at: "", disputed: false };
  deepStrictEqual(reviewProgress([...events, testMark(), { ...events[0]!, review }]), {
    reviewed: 1,
    total: 6,
  });
});
