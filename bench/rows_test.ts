import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { measuredRow, planRows, type RowPlan } from "./rows.ts";
import { DEFAULT_WORKLOAD, FULL_WORKLOAD, SMALL_WORKLOAD, type Workload } from "./workloads.ts";

const plan = (part: Partial<RowPlan>): RowPlan => ({
  name: "a row",
  unit: "ms",
  better: "lower",
  must: null,
  ...part,
});

Deno.test("planRows() gives every row of the plan's step 6, each name once", () => {
  for (const workload of [SMALL_WORKLOAD, DEFAULT_WORKLOAD, FULL_WORKLOAD]) {
    const names = planRows(workload).map(({ name }) => name);
    strictEqual(new Set(names).size, names.length);
    strictEqual(
      names.filter((name) => name.startsWith("window ")).length,
      workload.windowSeconds.length * 2 * 2 * 2,
    );
    strictEqual(names.filter((name) => name.startsWith("ingest ")).length, 4 + 1 + 1);
  }
});

Deno.test("planRows() names what is loaded", () => {
  const names = planRows(DEFAULT_WORKLOAD).map(({ name }) => name);
  ok(names.includes("window 10 s, 23 channels, 10 recordings (60 s + 9 × 20 s), chunks"));
  ok(names.includes("ingest the full file of 3,600 chunks, 20 a request, chunks"));
  ok(planRows(FULL_WORKLOAD).some(({ name }) => name.includes("1 recording (3,600 s)")));
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

Deno.test("measuredRow() refuses a measurement that went wrong", () => {
  for (const value of [0, -1, NaN, Infinity]) {
    throws(() => measuredRow(plan({}), value, 1), RangeError);
  }
  throws(() => measuredRow(plan({}), 1, 0), RangeError);
});
