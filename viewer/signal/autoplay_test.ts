import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { testMark } from "../testing/test_mark.ts";
import { AUTOPLAY_SECONDS, nextTurn } from "./autoplay.ts";

Deno.test("autoplay never changes three whole pages in a second", () => {
  ok(Math.min(...AUTOPLAY_SECONDS) > 1 / 3);
});

Deno.test("nextTurn() stops at what begins on the next page and nobody has reviewed", () => {
  const page = { start: 0, seconds: 10, end: 35 };
  const event = testMark({ id: "e", source: "algorithm", onset: 15, duration: 30, review: null });
  const mine = testMark({ id: "m", source: "human", onset: 12, duration: 1 });
  deepStrictEqual(nextTurn(page, [mine, event], true), { kind: "event", mark: event });
  strictEqual(nextTurn(page, [mine, event], false).kind, "turn");
  // It goes on through an event that it has stopped at.
  strictEqual(nextTurn({ ...page, start: 10 }, [mine, event], true).kind, "turn");
  strictEqual(nextTurn({ ...page, start: 25 }, [], true).kind, "end");
});
