import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sampleRate } from "@wavekeep/core/time";
import {
  commonTerms,
  deriveRow,
  type RowPlan,
  type Stretch,
  StretchSamples,
} from "./derive_rows.ts";
import type { StreamRow } from "./montage_model.ts";

const COUNT = 8;
const calibration = {
  digitalMin: -2048,
  digitalMax: 2047,
  physicalMin: "-800",
  physicalMax: "800",
};

/** Each electrode against the average of all; and one plain pair. */
const average = Array.from({ length: COUNT }, (_, row): StreamRow => ({
  row,
  isDerived: true,
  terms: Array.from({ length: COUNT }, (_, channel) => ({
    channel,
    weight: (channel === row ? COUNT - 1 : -1) / COUNT,
  })),
}));
const pair: StreamRow = {
  row: COUNT,
  isDerived: true,
  terms: [{ channel: 0, weight: 1 }, { channel: 1, weight: -1 }],
};

function derived(rows: readonly StreamRow[], samples: Int32Array | Float64Array, shares: boolean) {
  const count = samples.length / COUNT;
  const isInteger = samples instanceof Int32Array;
  const stretch: Stretch = {
    firstSample: 0,
    chunks: [{
      kind: isInteger ? "int32" : "binary64",
      firstSample: 0,
      sampleCount: count,
      samples,
    }],
    endSample: count,
  };
  const range = { start: 0, end: count };
  const plan: RowPlan = {
    rate: sampleRate(256),
    channels: Array.from({ length: COUNT }, (_, row) => ({
      row,
      calibration: isInteger ? calibration : null,
    })),
    designOf: () => undefined,
    nameOf: String,
    wide: range,
    shown: range,
    endSample: count,
  };
  const values = new StretchSamples(stretch, plan, shares ? commonTerms(rows) : undefined);
  return rows.map((row) => deriveRow(values, row, plan).runs);
}

Deno.test("commonTerms() finds the average that rows share, and what each has beside it", () => {
  const common = commonTerms([...average, pair])!;
  strictEqual(common.terms.length, COUNT);
  deepStrictEqual(common.restOf(3), [{ channel: 3, weight: 1 }]);
  strictEqual(common.restOf(COUNT), undefined);
  strictEqual(commonTerms([pair]), undefined);
  strictEqual(commonTerms([]), undefined);
});

Deno.test("rows are the same, summed together or one by one", () => {
  const samples = Int32Array.from({ length: COUNT * 300 }, (_, i) => (i * 7919) % 1997 - 1000);
  const rows = [...average, pair];
  const [together, alone] = [true, false].map((shares) => derived(rows, samples, shares));
  together!.forEach((runs, row) =>
    runs[0]!.values.forEach((value, i) => ok(Math.abs(value - alone![row]![0]!.values[i]!) < 1e-3))
  );
});

Deno.test("a channel without a number reaches only the rows that look at it", () => {
  const samples = Float64Array.from({ length: COUNT * 300 }, (_, i) => (i * 7919) % 1997);
  samples[5 * 300 + 100] = NaN;
  const runs = derived([...average, pair], samples, true);
  deepStrictEqual(runs.map(({ length }) => length), [...average.map(() => 2), 1]);
});
