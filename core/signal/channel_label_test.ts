import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { canonicalElectrode, parseChannelLabel } from "./channel_label.ts";

/** Label, type, electrode, reference. */
const LABELS: [string, string, string | null, string][] = [
  ["FP1-F7", "eeg", "Fp1", "F7"],
  ["CZ-PZ", "eeg", "Cz", "PZ"],
  ["FT9-FT10", "eeg", "FT9", "FT10"],
  ["F7-CS2", "eeg", "F7", "CS2"],
  ["EEG Fp2-Ref", "eeg", "Fp2", "Ref"],
  ["EEG C3-LE", "eeg", "C3", "LE"],
  ["EEG C3-M2", "eeg", "C3", "M2"],
  ["EEG Fpz-Cz", "eeg", "Fpz", "Cz"],
  ["EEG T3", "eeg", "T7", ""],
  ["EEG T4-Ref", "eeg", "T8", "Ref"],
  ["T5", "eeg", "P7", ""],
  ["T6", "eeg", "P8", ""],
  ["Fc5.", "eeg", "FC5", ""],
  ["C5..", "eeg", "C5", ""],
  ["T10.", "eeg", "T10", ""],
  ["Iz..", "eeg", "Iz", ""],
  ["eeg cz", "eeg", "Cz", ""],
  ["EEG asym", "eeg", null, ""],
  ["EEG Channel-1", "eeg", null, ""],
  ["EOG Pos8-M1", "eog", null, "M1"],
  ["EOG horizontal", "eog", null, ""],
  ["LOC-ROC", "eog", null, ""],
  ["EMG submental", "emg", null, ""],
  ["EMG linked legs", "emg", null, ""],
  ["EKG1-CHIN", "ecg", null, ""],
  ["EKG EKG", "ecg", null, ""],
  ["ECG SD", "ecg", null, ""],
  ["POL E", "unknown", null, ""],
  ["POL $A2", "unknown", null, ""],
  ["POL ECG", "ecg", null, ""],
  ["Resp oro-nasal", "respiration", null, ""],
  ["SaO2", "saturation", null, ""],
  ["SPO2", "saturation", null, ""],
  ["HR", "pulse", null, ""],
  ["Temp rectal", "temperature", null, ""],
  ["Event marker", "event", null, ""],
  ["DIG DTRIG", "event", null, ""],
  ["Status", "status", null, ""],
  ["Hypnogram", "hypnogram", null, ""],
  ["REF_EEG REF_EEG", "reference", null, ""],
  ["squarewave", "unknown", null, ""],
  ["sine 8 Hz", "unknown", null, ""],
  ["DC01", "unknown", null, ""],
  ["F7-F3-C3", "unknown", null, ""],
  ["F7-", "unknown", "F7", ""],
  ["-F7", "unknown", null, "F7"],
  ["C300", "unknown", null, ""],
  ["OorLiTop", "unknown", null, ""],
  ["", "unknown", null, ""],
];

for (const [label, type, electrode, reference] of LABELS) {
  Deno.test(`parseChannelLabel() reads ${JSON.stringify(label)} as ${type}`, () => {
    const found = parseChannelLabel(label);
    deepStrictEqual([found.type, found.electrode, found.reference], [type, electrode, reference]);
    strictEqual(found.isDummy, false);
  });
}

Deno.test("parseChannelLabel() knows a dummy by its dash alone", () => {
  for (const label of ["-", "--", " - "]) {
    const { isDummy, type } = parseChannelLabel(label);
    deepStrictEqual([isDummy, type], [true, "other"]);
  }
});

Deno.test("parseChannelLabel() takes the digit 0 for O and says so", () => {
  const { type, electrode, hasDigitZero } = parseChannelLabel("01");
  deepStrictEqual([type, electrode, hasDigitZero], ["eeg", "O1", true]);
  strictEqual(parseChannelLabel("O1").hasDigitZero, false);
  strictEqual(parseChannelLabel("P3-01").hasDigitZero, true);
});

Deno.test("parseChannelLabel() takes time in proportion to the label", () => {
  parseChannelLabel(" ".repeat(100_000) + "x" + " ".repeat(100_000));
  parseChannelLabel("-".repeat(100_000) + "x");
});

Deno.test("canonicalElectrode() knows the 10-10 system and the old temporal names", () => {
  deepStrictEqual(
    ["fp1", "AFZ", "t3", "Po8.", "A1", "B1", ""].map(canonicalElectrode),
    ["Fp1", "AFz", "T7", "PO8", "A1", null, null],
  );
});
