import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testMark } from "../testing/test_mark.ts";
import { testModel } from "../testing/test_model.ts";
import { linkMarks, rowLinks, toRecordedRows, toShownRows } from "./linked_rows.ts";
import { montageOf } from "./montage_model.ts";
import { MONTAGE_DEFAULT } from "./page_view.ts";

const base = testModel();
const model = testModel({
  rows: ["FP1-F7", "F7-T7", "FP1-F3"].map((name) => ({
    ...base.rows[0]!,
    name,
    label: name,
  })),
  segments: base.segments.map((segment) => ({
    ...segment,
    streams: segment.streams.slice(0, 1),
  })),
});
const montage = montageOf(model, { ...MONTAGE_DEFAULT, kind: "own", own: "F7-F3\nFP1-T7" });
const links = rowLinks(model, montage);

Deno.test("rowLinks() follows a channel to every row that is made of it", () => {
  deepStrictEqual(montage.rows.map(({ name }) => name.toUpperCase()), ["F7-F3", "FP1-T7"]);
  // F7-F3 = (FP1-F3) − (FP1-F7); FP1-T7 = (FP1-F7) + (F7-T7).
  deepStrictEqual(toShownRows([0], links), [0, 1]);
  deepStrictEqual(toShownRows([1], links), [1]);
  deepStrictEqual(toRecordedRows([0], links), [0, 2]);
  strictEqual(toShownRows(null, links), null);
});

Deno.test("rowLinks() of the recording as it is are not needed", () => {
  strictEqual(rowLinks(model, montageOf(model, MONTAGE_DEFAULT)), undefined);
});

Deno.test("linkMarks() keeps the array when no mark names a channel", () => {
  const marks = [testMark()];
  strictEqual(linkMarks(marks, links), marks);
  deepStrictEqual(linkMarks([testMark({ rows: [1] })], links)[0]?.rows, [1]);
});
