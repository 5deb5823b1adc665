import { deepStrictEqual } from "node:assert/strict";
import { RECORDED_VIEW } from "./page_view.ts";
import type { PageData, PageRow } from "./page_data.ts";
import { holesOfDrawnPage } from "./page_holes.ts";
import { testModel } from "../testing/test_model.ts";

const PENDING = {
  kind: "pending",
  start: 5,
  end: 100,
  uncertainty: 0,
  segmentId: null,
  stream: null,
} as const;

function pageOf(rows: readonly PageRow[]): PageData {
  return {
    start: 0,
    seconds: 10,
    rows,
    blanks: [],
    notes: [],
    view: RECORDED_VIEW,
    damagedChunkCount: 0,
    verifiedChunkCount: 1,
  };
}

const row = (startSeconds: number, count: number): PageRow => ({
  row: 0,
  runs: [{ startSeconds, secondsPerSample: 0.25, values: new Float32Array(count) }],
});

const stretches = (page: PageData, end = 200) => {
  const model = { ...testModel(), holes: [PENDING], endSeconds: end };
  return holesOfDrawnPage(model, page).map(({ kind, start, end }) => [kind, start, end]);
};

Deno.test("holesOfDrawnPage: what has no traces is pending as told", () => {
  deepStrictEqual(stretches(pageOf([row(0, 20)])), [["pending", 5.125, 100]]);
  deepStrictEqual(stretches(pageOf([])), [["pending", 5, 100]]);
});

Deno.test("holesOfDrawnPage: nothing is pending where a trace stands, before and after it is", () => {
  deepStrictEqual(stretches(pageOf([row(6, 8)])), [
    ["pending", 5, 5.875],
    ["pending", 8.125, 100],
  ]);
});

Deno.test("holesOfDrawnPage: samples newer than the model are not after the last one", () => {
  deepStrictEqual(stretches(pageOf([row(6, 8)]), 7).at(-1), ["beyond-end", 8.125, 10]);
});

Deno.test("holesOfDrawnPage: a gap stays a gap", () => {
  const model = { ...testModel(), holes: [{ ...PENDING, kind: "lost" as const }], endSeconds: 200 };
  deepStrictEqual(holesOfDrawnPage(model, pageOf([row(0, 40)])).map(({ kind }) => kind), ["lost"]);
});
