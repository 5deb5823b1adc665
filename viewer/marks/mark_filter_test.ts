import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testMark } from "../testing/test_mark.ts";
import { filterMarks, type MarkFilter, NO_FILTER } from "./mark_filter.ts";

const review = { verdict: "rejected" as const, by: "amber", at: "", disputed: true };
const method = { name: "spike-net", version: "2.1", score: 0.9 };
const marks = [
  testMark({ id: "a", kind: "seizure", text: "left temporal" }),
  testMark({ id: "b", kind: "seizure", source: "algorithm", method }),
  testMark({ id: "c", source: "algorithm", method, term: "spike", review }),
  testMark({ id: "d", kind: "button", source: "device" }),
];

function checkFilter(filter: Partial<MarkFilter>, ids: string): void {
  strictEqual(filterMarks(marks, { ...NO_FILTER, ...filter }).map(({ id }) => id).join(""), ids);
}

Deno.test("filterMarks() gives the array itself when everything passes", () => {
  strictEqual(filterMarks(marks, NO_FILTER), marks);
});

Deno.test("filterMarks() by kind, source and review", () => {
  checkFilter({ kind: "seizure" }, "ab");
  checkFilter({ source: "algorithm" }, "bc");
  checkFilter({ review: "unreviewed" }, "bd");
  checkFilter({ review: "rejected" }, "c");
  checkFilter({ review: "disputed" }, "c");
  checkFilter({ kind: "seizure", source: "human" }, "a");
});

Deno.test("filterMarks() lets clips through only where they are asked for", () => {
  const clip = testMark({ id: "k", kind: "clip", text: "Clip [uv=7]" });
  deepStrictEqual(filterMarks([...marks, clip], NO_FILTER), marks);
  deepStrictEqual(filterMarks([...marks, clip], { ...NO_FILTER, kind: "clip" }), [clip]);
});

Deno.test("filterMarks() finds words in label, text, kind and maker", () => {
  checkFilter({ words: "TEMPORAL left" }, "a");
  checkFilter({ words: "spike" }, "bc");
  checkFilter({ words: "button" }, "d");
  checkFilter({ words: "amber" }, "c");
  checkFilter({ words: "nothing of this" }, "");
});

Deno.test("filterMarks() gives the same answer to the same question", () => {
  const filter = { ...NO_FILTER, kind: "seizure" as const };
  deepStrictEqual(filterMarks(marks, filter), filterMarks(marks, { ...filter }));
  strictEqual(filterMarks(marks, filter), filterMarks(marks, { ...filter }));
});
