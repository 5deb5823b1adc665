import { ok, strictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import { RECORDED_VIEW } from "./page_view.ts";
import { testMark } from "../testing/test_mark.ts";
import { pageSummary } from "./page_summary.ts";

Deno.test("pageSummary() says time, scale, marks and holes", () => {
  const model = testModel({
    marks: [
      testMark({ kind: "seizure", source: "file", onset: 10, duration: 90, text: "Seizure" }),
    ],
  });
  const page = {
    start: 5,
    seconds: 10,
    rows: [],
    blanks: [],
    notes: [],
    view: RECORDED_VIEW,
    damagedChunkCount: 0,
    verifiedChunkCount: 5,
  };
  strictEqual(
    pageSummary(model, page, { shownRowCount: 3, sensitivity: 7 }),
    "10 seconds from 0:00:05 to 0:00:15, clock 13:43:09 to 13:43:19 on 2076-11-06. " +
      "3 of 4 channels at 7 microvolts per millimetre, negative up. " +
      "Montage as recorded, no filters. " +
      "Marks: Seizure · 1 min 30 s (from the file). Holes: Not recorded · 10 s.",
  );
  const view = { ...RECORDED_VIEW, montage: { ...RECORDED_VIEW.montage, bad: ["Fp1"] } };
  const shown = { shownRowCount: 3, sensitivity: 7, isPositiveUp: true, ownRows: ["ECG"] };
  ok(
    pageSummary(model, { ...page, view }, shown).includes(
      "positive up. Montage as recorded, no filters. Bad: Fp1. Settings of their own: ECG. ",
    ),
  );
});

Deno.test("pageSummary() of a crowded page names the first marks and counts the rest", () => {
  const marks = Array.from({ length: 40 }, (_, i) => testMark({ id: `${i}`, onset: 5 + i / 10 }));
  const page = {
    start: 5,
    seconds: 10,
    rows: [],
    blanks: [],
    notes: [],
    view: RECORDED_VIEW,
    damagedChunkCount: 0,
    verifiedChunkCount: 5,
  };
  const text = pageSummary(testModel({ marks }), page, { shownRowCount: 3, sensitivity: 7 });
  strictEqual(text.split("Note (").length - 1, 6);
  ok(text.includes("and 34 more."));
});

Deno.test("pageSummary() does not say that nothing is marked where nothing can be judged", () => {
  const page = {
    start: 0,
    seconds: 10,
    rows: [],
    blanks: [],
    notes: [
      { kind: "unassessable" as const, start: 2, end: 6, rows: [1], text: "C3 is flat" },
      { kind: "unassessable" as const, start: 4, end: 8, rows: [1, 2], text: "C3 is flat" },
    ],
    view: RECORDED_VIEW,
    damagedChunkCount: 0,
    verifiedChunkCount: 10,
  };
  const text = pageSummary(testModel(), page, { shownRowCount: 3, sensitivity: 7 });
  ok(text.includes("No marks in what can be judged of this page."), text);
  ok(text.endsWith("Not assessable: C3 is flat, 6 s of 2 rows."), text);
});
