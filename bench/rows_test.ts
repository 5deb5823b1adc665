import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { measuredRow, type RowPlan } from "./rows.ts";
import { DEFAULT_WORKLOAD, FULL_WORKLOAD, SMALL_WORKLOAD, type Workload } from "./workloads.ts";

const plan = (part: Partial<RowPlan>): RowPlan => ({
  name: "a row",
  unit: "ms",
  better: "lower",
  must: null,
  ...part,
});

Deno.test("workloads: no window is longer than the recording it is read from", () => {
  const fits = (workload: Workload) =>
    Math.max(...workload.windowSeconds) <= workload.recordingSeconds;
  ok([SMALL_WORKLOAD, DEFAULT_WORKLOAD, FULL_WORKLOAD].every(fits));
});

Deno.test("measuredRow() makes a ratio above 1 mean better, whichever way the unit goes", () => {
  strictEqual(measuredRow(plan({}), 2, 100).ratio, 50);
  strictEqual(measuredRow(plan({ unit: "samples/s", better: "higher" }), 100, 2).ratio, 50);
  strictEqual(measuredRow(plan({}), 2, null).ratio, null);
});

Deno.test("measuredRow() compares with the bound an issue states", () => {
  deepStrictEqual(
    [measuredRow(plan({ must: 3 }), 2, null).met, measuredRow(plan({ must: 1 }), 2, null).met],
    [true, false],
  );
  strictEqual(measuredRow(plan({ must: 3, better: "higher" }), 2, null).met, false);
  strictEqual(measuredRow(plan({}), 2, null).met, null);
});

Deno.test("measuredRow() takes a count of zero", () => {
  strictEqual(measuredRow(plan({ unit: "errors", must: 0 }), 0, null).met, true);
  strictEqual(measuredRow(plan({ unit: "errors", must: 0 }), 1, null).met, false);
});

Deno.test("measuredRow() refuses a measurement that went wrong", () => {
  for (const value of [0, -1, NaN, Infinity]) {
    throws(() => measuredRow(plan({}), value, 1), RangeError);
  }
  throws(() => measuredRow(plan({}), 1, 0), RangeError);
  throws(() => measuredRow(plan({ unit: "errors" }), 0, 0), RangeError);
});
