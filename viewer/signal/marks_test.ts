import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { marksOfPage, markText } from "./marks.ts";
import type { MarkModel } from "./recording_model.ts";
import { testMark } from "../testing/test_mark.ts";

function mark(
  onset: number,
  duration: number | null,
  kind: MarkModel["kind"] = "seizure",
  text = "",
): MarkModel {
  return testMark({ id: `${onset}`, kind, source: "file", authorRole: "", onset, duration, text });
}
const page = { start: 100, seconds: 10, end: 1000 };

Deno.test("marksOfPage() keeps a seizure on pages that lie wholly inside it", () => {
  strictEqual(marksOfPage([mark(10, 500)], page).length, 1);
});

Deno.test("marksOfPage() leaves out what ends at the left or begins at the right edge", () => {
  deepStrictEqual(marksOfPage([mark(90, 10), mark(110, 5)], page), []);
});

Deno.test("marksOfPage() keeps a mark without length on the left edge", () => {
  strictEqual(marksOfPage([mark(100, null, "button")], page).length, 1);
});

Deno.test("markText() does not say Seizure twice", () => {
  strictEqual(markText(mark(1, 40, "seizure", "Seizure")), "Seizure · 40 s");
  strictEqual(markText(mark(1, null, "button", "aura")), "Button: aura");
});
