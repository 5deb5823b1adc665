import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import { displayedModel, montageOf } from "./montage_model.ts";
import { MONTAGE_DEFAULT, type MontageChoice } from "./page_view.ts";
import type { RecordingModel, RowModel } from "./recording_model.ts";

const choice = (kind: MontageChoice["kind"], own = ""): MontageChoice => ({
  ...MONTAGE_DEFAULT,
  kind,
  own,
});

/** A recording whose segments have these labels, each in one stream of 256 Hz. */
function modelOf(...segments: string[][]): RecordingModel {
  const base = testModel();
  const rows: RowModel[] = [];
  const rowOf = (label: string) => {
    const known = rows.findIndex((row) => row.label === label);
    const type = label.includes("ECG") ? "ecg" as const : "eeg" as const;
    return known >= 0 ? known : rows.push({ ...base.rows[0]!, name: label, label, type }) - 1;
  };
  const calibration = base.segments[0]!.streams[0]!.channels[0]!.calibration;
  return testModel({
    segments: segments.map((labels, number) => ({
      ...base.segments[0]!,
      id: `s${number}`,
      number,
      start: String(number * 10),
      end: number * 10 + 10,
      streams: [{
        stream: 0,
        rate: { samples: "256", seconds: "1" },
        endSample: 2560,
        channels: labels.map((label) => ({ row: rowOf(label), calibration })),
      }],
    })),
    rows,
  });
}

Deno.test("montageOf() as recorded is the recording's own rows", () => {
  const model = testModel();
  const montage = montageOf(model, choice("recorded"));
  strictEqual(montage.rows, model.rows);
  strictEqual(displayedModel(model, montage), model);
  deepStrictEqual(montage.rowsOf("a", 1), [
    { row: 3, terms: [{ channel: 0, weight: 1 }], isDerived: false },
  ]);
});

Deno.test("montageOf() derives rows, in microvolts, coloured by the side they look at", () => {
  const model = modelOf(["FP1-F7", "FP1-F3", "FP2-F4", "FZ-CZ", "ECG"]);
  const montage = montageOf(model, choice("own", "F7-F3\nFp2-F4\nFz-Cz\nF7-avg"));
  deepStrictEqual(montage.rows.map(({ name, side, unit }) => [name, side, unit]), [
    ["F7-F3", "left", "µV"],
    ["Fp2-F4", "right", "µV"],
    ["Fz-Cz", "midline", "µV"],
    ["F7-avg", "left", "µV"],
    ["ECG", "left", "uV"],
  ]);
  strictEqual(montage.paths[0], "−(FP1-F7) + (FP1-F3)");
  deepStrictEqual(montage.average, ["Fp1", "F7", "F3"]);
  deepStrictEqual(montage.rowsOf("s0", 0)[0], {
    row: 0,
    terms: [{ channel: 0, weight: -1 }, { channel: 1, weight: 1 }],
    isDerived: true,
  });
});

Deno.test("montageOf() says what cannot be derived, and what is not understood", () => {
  const montage = montageOf(modelOf(["FP1-F7"]), choice("own", "F7-F3\nnose\nFp1-F7"));
  deepStrictEqual(montage.missing, [{ name: "F7-F3", reason: "no usable channel has F3" }]);
  deepStrictEqual(montage.faults.map(({ line }) => line), [2]);
  strictEqual(montage.rows.length, 1);
});

Deno.test("montageOf() follows a row through segments with other channels", () => {
  const model = modelOf(["FP1-F7", "FP1-F3"], ["F7-REF", "F3-REF", "CZ-REF"], ["CZ-REF"]);
  const montage = montageOf(model, choice("own", "F7-F3\nF7-Cz"));
  deepStrictEqual(montage.rows.map(({ name }) => name), ["F7-F3", "F7-Cz"]);
  strictEqual(montage.paths[0], "−(FP1-F7) + (FP1-F3); (F7-REF) − (F3-REF)");
  deepStrictEqual(montage.missing, []);
  deepStrictEqual([0, 1, 2].map((n) => montage.rowsOf(`s${n}`, 0).map(({ row }) => row)), [
    [0],
    [0, 1],
    [],
  ]);
});

Deno.test("displayedModel() says which streams reach which rows, for holes", () => {
  const model = modelOf(["FP1-F7", "FP1-F3", "ECG"], ["ECG"]);
  const montage = montageOf(model, choice("own", "F7-F3"));
  const shown = displayedModel(model, montage);
  deepStrictEqual(
    shown.segments.map(({ streams }) => streams[0]!.channels.map(({ row }) => row)),
    [[0, 1], [1]],
  );
  strictEqual(shown.rows[1]!.name, "ECG");
});

Deno.test("montageOf() leaves channels without a physical value out", () => {
  const model = modelOf(["FP1-F7", "FP1-F3"]);
  const rows = model.rows.map((row, i) => i === 0 ? { ...row, isPhysical: false } : row);
  const { rows: derived, missing } = montageOf({ ...model, rows }, choice("own", "F7-F3"));
  deepStrictEqual([derived.length, missing.length], [0, 1]);
  ok(montageOf(model, choice("own", "F7-F3")).rows.length === 1);
});

Deno.test("montageOf() groups rows, and what is not EEG stands apart", () => {
  const labels = ["FP1-F7", "F7-T7", "FP1-F3", "FZ-CZ", "FP2-F8", "ECG"];
  const { rows, groups } = montageOf(modelOf(labels), choice("longitudinal"));
  deepStrictEqual(rows.map(({ name }, row) => [name, groups[row]]), [
    ["Fp1-F7", 0],
    ["F7-T7", 0],
    ["Fp1-F3", 1],
    ["Fz-Cz", 2],
    ["Fp2-F8", 4],
    ["ECG", 5],
  ]);
  deepStrictEqual(montageOf(modelOf(labels), choice("recorded")).groups, [0, 0, 0, 0, 0, 0]);
});

Deno.test("montageOf() marks what looks at a bad electrode, and averages without it", () => {
  const bad = ["F7", "ECG"];
  const model = modelOf(["FP1-F7", "FP1-F3", "F3-C3", "ECG"]);
  const recorded = montageOf(model, { ...choice("recorded"), bad });
  deepStrictEqual(recorded.electrodes, [["Fp1", "F7"], ["Fp1", "F3"], ["F3", "C3"], ["ECG"]]);
  deepStrictEqual(recorded.bad, [["F7"], [], [], ["ECG"]]);
  const average = montageOf(model, { ...choice("average"), bad });
  deepStrictEqual(average.average, ["Fp1", "F3", "C3"]);
  deepStrictEqual(average.rows.map(({ name }, row) => [name, average.bad[row]]), [
    ["Fp1-avg", []],
    ["F7-avg", ["F7"]],
    ["F3-avg", []],
    ["C3-avg", []],
    ["ECG", ["ECG"]],
  ]);
});

Deno.test("montageOf() right first: the same rows, the other side above", () => {
  const model = modelOf(["FP1-F7", "FP2-F8", "FZ-CZ"]);
  const names = (isRightFirst: boolean) =>
    montageOf(model, { ...choice("longitudinal"), isRightFirst }).rows.map(({ name }) => name);
  deepStrictEqual(names(false), ["Fp1-F7", "Fz-Cz", "Fp2-F8"]);
  deepStrictEqual(names(true), ["Fp2-F8", "Fz-Cz", "Fp1-F7"]);
});
