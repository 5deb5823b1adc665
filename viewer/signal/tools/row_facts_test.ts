import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testModel } from "../../testing/test_model.ts";
import { FILTERS_DEFAULT, MONTAGE_DEFAULT, RECORDED_VIEW } from "../page_view.ts";
import { filterNote, filtersOfRow } from "../row_filters.ts";
import { rowFacts } from "./row_facts.ts";

const [eeg] = testModel().rows;
const view = { montage: MONTAGE_DEFAULT, filters: FILTERS_DEFAULT };

/** The facts of one row. */
function factsOf(name: string, path: string, changes: Parameters<typeof rowFacts>[2] = {}) {
  const montage = { rows: [{ ...eeg!, name }], paths: [path], groups: [2], bad: [[]] };
  return rowFacts(montage, view, changes)[0]!;
}

Deno.test("rowFacts() prints a path where it fits, else how many channels it has", () => {
  deepStrictEqual(factsOf("F7-F3", "−(FP1-F7) + (FP1-F3)").notes, ["−(FP1-F7) + (FP1-F3)"]);
  deepStrictEqual(factsOf("T7-C3", "−(F7-T7) − (FP1-F7) + (FP1-F3) + (F3-C3)").notes, [
    "from 4 channels",
  ]);
  deepStrictEqual(factsOf("Fp1-F7", "(FP1-F7)").notes, []);
  deepStrictEqual(factsOf("C3-avg", "mean of 18 differences over 20 channels").notes, []);
});

Deno.test("rowFacts() says what is bad, what is larger, and which group", () => {
  const montage = { rows: [eeg!], paths: [""], groups: [2], bad: [["F7"]] };
  deepStrictEqual(rowFacts(montage, view, { [eeg!.name]: { factor: 5 } }), [
    { group: 2, factor: 5, bad: "F7 bad", notes: [] },
  ]);
});

Deno.test("filterNote() says what differs from the page, and nothing of what is no voltage", () => {
  const ecg = { ...eeg!, name: "ECG", type: "ecg" as const };
  strictEqual(filterNote(ecg, view), "LFF 0.3");
  strictEqual(filterNote(eeg!, view), "");
  const rowFilters = { ECG: { highHz: null, notchHz: 50 } };
  strictEqual(filterNote(ecg, { ...view, rowFilters }), "LFF 0.3, HFF off, notch 50");
  strictEqual(filterNote({ ...ecg, microvoltsPerUnit: null }, { ...view, rowFilters }), "");
});

Deno.test("a corner at or above half of a row's own rate is printed as off", () => {
  const model = testModel();
  // The second stream has a sample a second.
  const rows = [model.rows[0]!, { ...eeg!, name: "Chin", type: "emg" as const }];
  const segments = model.segments.map((segment) => ({
    ...segment,
    streams: segment.streams.map((stream, row) => ({
      ...stream,
      channels: [{ row, calibration: null }],
    })),
  }));
  const montage = { rows, paths: ["", ""], groups: [0, 0], bad: [[], []] };
  const notes = (of: typeof model) => rowFacts(montage, view, {}, of).map(({ notes }) => notes);
  deepStrictEqual(notes({ ...model, rows, segments }), [[], ["LFF off, HFF off"]]);
});

Deno.test("a filter that is off on the page is off for every kind of channel", () => {
  for (const type of ["ecg", "eog", "emg", "respiration", "eeg"] as const) {
    deepStrictEqual(filtersOfRow({ name: "x", type }, RECORDED_VIEW), RECORDED_VIEW.filters);
  }
});
