import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import {
  awayFromLiveEdge,
  FILTERS_DEFAULT,
  filterSummary,
  impossibleFilters,
  lowFilterText,
  nextStep,
  NOTCHES,
  notchText,
  parseView,
  RECORDED_VIEW,
  recordedBandText,
  viewQuery,
} from "./page_view.ts";

const parse = (query: Record<string, string>) => parseView((name) => query[name]);

Deno.test("parseView() opens at 0.5 to 70 Hz without notch, as recorded, causal", () => {
  deepStrictEqual(parse({}).filters, {
    lowHz: 0.5,
    highHz: 70,
    notchHz: null,
    notchQ: 30,
    phase: "causal",
  });
  strictEqual(parse({}).montage.kind, "recorded");
  deepStrictEqual(
    parse({ low: "loud", high: "71", notch: "", montage: "mine", phase: "x" }),
    parse({}),
  );
});

Deno.test("viewQuery() and parseView() are each other's inverse", () => {
  for (
    const query of [
      {},
      { montage: "transverse" },
      { low: "off", high: "off", notch: "60" },
      { montage: "average", low: "0.1", phase: "zero-phase" },
      { montage: "laplacian", order: "right-first", bad: "Fp1,ECG" },
    ] as Record<string, string>[]
  ) {
    deepStrictEqual(viewQuery(parse(query)), query);
  }
});

Deno.test("filter texts say the time constant, the Q, and off", () => {
  strictEqual(lowFilterText(1), "1 Hz (TC 0.16 s)");
  strictEqual(lowFilterText(0.1), "0.1 Hz (TC 1.6 s)");
  strictEqual(lowFilterText(null), "off");
  strictEqual(notchText({ ...FILTERS_DEFAULT, notchHz: 50 }), "50 Hz (Q 30)");
  strictEqual(filterSummary(RECORDED_VIEW.filters), "no filters");
  strictEqual(
    filterSummary({ ...FILTERS_DEFAULT, notchHz: 60 }),
    "low filter 0.5 Hz, high filter 70 Hz, notch 60 Hz, causal",
  );
});

Deno.test("nextStep() goes round", () => {
  deepStrictEqual([nextStep(NOTCHES, null), nextStep(NOTCHES, 60)], [50, null]);
});

Deno.test("impossibleFilters() looks at the rates of voltages only", () => {
  const model = testModel();
  strictEqual(impossibleFilters(FILTERS_DEFAULT, model).size, 0);
  const slow = testModel({
    segments: model.segments.map((segment) => ({
      ...segment,
      streams: segment.streams.map((stream) =>
        stream.stream === 0 ? { ...stream, rate: { samples: "128", seconds: "1" } } : stream
      ),
    })),
  });
  deepStrictEqual([...impossibleFilters(FILTERS_DEFAULT, slow)], ["high"]);
});

Deno.test("recordedBandText() repeats what the channels state", () => {
  const model = testModel();
  strictEqual(recordedBandText(model), "not stated");
  const rows = model.rows.map((row) => ({ ...row, prefilter: "HP:-1Hz" }));
  strictEqual(recordedBandText({ ...model, rows }), "HP:-1Hz");
  const mixed = [{ ...model.rows[0]!, prefilter: "LP:0Hz" }, ...rows.slice(1)];
  strictEqual(recordedBandText({ ...model, rows: mixed }), "differs by channel");
});

Deno.test("awayFromLiveEdge() is causal where the page's future is still to come", () => {
  const view = parse({ phase: "zero-phase" });
  const phaseAt = (end: number, changes: Parameters<typeof testModel>[0]) =>
    awayFromLiveEdge(view, testModel({ endSeconds: 1000, ...changes }), end).filters.phase;
  const growing = { status: "open", ageSeconds: 1 } as const;
  strictEqual(phaseAt(990, growing), "causal");
  strictEqual(phaseAt(500, growing), "zero-phase");
  // Closed, or whole: nothing more will come.
  strictEqual(phaseAt(990, { status: "closed", ageSeconds: 1 }), "zero-phase");
  strictEqual(phaseAt(990, { status: "open", ageSeconds: null }), "zero-phase");
  const causal = parse({});
  strictEqual(awayFromLiveEdge(causal, testModel(growing), 30), causal);
});
