import { strictEqual } from "node:assert/strict";
import { sideOfLabel } from "./side.ts";

const CASES = [
  ["Fp1", "left"],
  ["T8-P8", "right"],
  ["CZ-PZ", "midline"],
  ["EEG F1-Ref", "left"],
  ["EEG O2-LE", "right"],
  ["Fc5.", "left"],
  ["FT9-FT10", "other"],
  ["F7-CZ", "other"],
  ["ECG", "other"],
  ["SpO2", "other"],
  ["", "other"],
] as const;

for (const [label, side] of CASES) {
  Deno.test(`sideOfLabel() of "${label}" is ${side}`, () => strictEqual(sideOfLabel(label), side));
}
