import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testMark } from "../../testing/test_mark.ts";
import { laneOf, markColumns, runsOf } from "./mark_columns.ts";

const time = { start: 100, seconds: 1000, left: 92, width: 100 };
const review = { verdict: "accepted", disputed: false, by: "ada", at: "" } as const;

Deno.test("markColumns() puts a mark into every column it touches, and no other", () => {
  const marks = [
    testMark({ kind: "seizure", source: "human", onset: 120, duration: 25 }),
    testMark({ kind: "seizure", source: "file", onset: 50, duration: 60 }),
    testMark({ kind: "note", source: "human", onset: 1099, duration: null }),
    testMark({ kind: "note", source: "human", onset: 2000, duration: null }),
  ];
  const columns = markColumns(marks, time);
  deepStrictEqual(runsOf(columns.seizure), [[0, 1], [2, 5]]);
  deepStrictEqual(runsOf(columns.other), [[99, 100]]);
  strictEqual(markColumns(marks, time), columns);
});

Deno.test("markColumns() counts twenty thousand marks into a hundred columns", () => {
  const marks = Array.from(
    { length: 20_000 },
    (_, i) =>
      testMark({ kind: "seizure", source: "algorithm", onset: 100 + i / 20, duration: 0.01 }),
  );
  deepStrictEqual([...new Set(markColumns(marks, time).detection)], [200]);
});

Deno.test("laneOf() parts what people say from what only an algorithm says", () => {
  const seen = testMark({ kind: "seizure", source: "algorithm", onset: 0 });
  strictEqual(laneOf(seen), "detection");
  strictEqual(laneOf({ ...seen, review }), "seizure");
  strictEqual(laneOf({ ...seen, review: { ...review, verdict: "rejected" } }), undefined);
  strictEqual(laneOf({ ...seen, source: "human" }), "seizure");
  strictEqual(laneOf({ ...seen, kind: "note" }), "other");
});
