import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowScale, scaleBarMicrovolts, SENSITIVITIES, stepSensitivity } from "./amplitude_scale.ts";
import type { RowModel } from "./recording_model.ts";

const eeg: RowModel = {
  name: "Fp1",
  label: "Fp1",
  type: "eeg",
  unit: "uV",
  side: "left",
  microvoltsPerUnit: 1,
  range: { min: -800, max: 800 },
  isPhysical: true,
};
const options = { sensitivity: 7, pixelsPerMm: 8, rowHeight: 60 };

Deno.test("rowScale() draws voltages negative up, whatever their unit", () => {
  strictEqual(-70 * rowScale(eeg, options).pixelsPerUnit, -80);
  const millivolts = { ...eeg, unit: "mV", microvoltsPerUnit: 1000 };
  strictEqual(Math.round(-0.07 * rowScale(millivolts, options).pixelsPerUnit), -80);
});

Deno.test("rowScale() leaves the range of a voltage alone: nothing is scaled to fit", () => {
  const wide = { ...eeg, range: { min: -32_000, max: 32_000 } };
  strictEqual(rowScale(wide, options).pixelsPerUnit, rowScale(eeg, options).pixelsPerUnit);
});

Deno.test("rowScale() gives an ECG its own scale and prints it", () => {
  const scale = rowScale({ ...eeg, type: "ecg" }, options);
  strictEqual(scale.text, "70 µV/mm");
  strictEqual(70 * scale.pixelsPerUnit, 8);
});

Deno.test("rowScale() leaves an ECG as it is when the page's sensitivity changes", () => {
  const ecg = { ...eeg, type: "ecg" as const };
  deepStrictEqual(rowScale(ecg, { ...options, sensitivity: 100 }), rowScale(ecg, options));
});

Deno.test("rowScale() draws a row larger on request, and says how much", () => {
  const plain = rowScale(eeg, options);
  const twice = rowScale(eeg, { ...options, factor: 2 });
  deepStrictEqual([twice.pixelsPerUnit / plain.pixelsPerUnit, twice.text], [2, "2×"]);
  const ecg = rowScale({ ...eeg, type: "ecg" }, { ...options, factor: 0.5 });
  strictEqual(ecg.text, "140 µV/mm");
  const percent = { ...eeg, unit: "%", microvoltsPerUnit: null, range: { min: 0, max: 100 } };
  strictEqual(rowScale(percent, { ...options, factor: 2 }).text, "2×, 0 to 100 %");
});

Deno.test("rowScale() turns voltages over on request, and nothing else", () => {
  const turned = { ...options, isPositiveUp: true };
  strictEqual(rowScale(eeg, turned).pixelsPerUnit, -rowScale(eeg, options).pixelsPerUnit);
  const percent = { ...eeg, unit: "%", microvoltsPerUnit: null, range: { min: 0, max: 100 } };
  deepStrictEqual(rowScale(percent, turned), rowScale(percent, options));
});

Deno.test("rowScale() draws what is not a voltage positive up in its declared range", () => {
  const row = { ...eeg, unit: "%", microvoltsPerUnit: null, range: { min: 0, max: 100 } };
  const scale = rowScale(row, options);
  strictEqual(scale.text, "0 to 100 %");
  strictEqual((100 - scale.baseline) * scale.pixelsPerUnit, -24);
});

Deno.test("rowScale() calls values without a calibration digital steps", () => {
  const scale = rowScale({ ...eeg, isPhysical: false, range: { min: -5, max: 5 } }, options);
  strictEqual(scale.text, "-5 to 5 digital steps");
});

Deno.test("stepSensitivity() walks the steps and stops at the ends", () => {
  strictEqual(stepSensitivity(7, 1), 5);
  strictEqual(stepSensitivity(7, -1), 10);
  strictEqual(stepSensitivity(1, 1), 1);
  strictEqual(stepSensitivity(200, -1), 200);
});

Deno.test("scaleBarMicrovolts() is 7 to 20 mm at every sensitivity", () => {
  for (const step of SENSITIVITIES) {
    const mm = scaleBarMicrovolts(step) / step;
    ok(mm >= 7 && mm <= 25, `${step} µV/mm: ${mm} mm`);
  }
});
