import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Channel, uniqueLabels } from "./channel.ts";
import { microvoltsPerUnit } from "./voltage.ts";

Deno.test("uniqueLabels() numbers repeats and keeps file order", () => {
  deepStrictEqual(uniqueLabels(["A", "B", "A", "A"]), ["A", "B", "A#2", "A#3"]);
});

Deno.test("uniqueLabels() never collides with a label that looks numbered", () => {
  const names = uniqueLabels(["A", "A#2", "A", "A"]);
  strictEqual(new Set(names).size, 4);
  deepStrictEqual(names.slice(0, 2), ["A", "A#2"]);
});

Deno.test("uniqueLabels() names empty labels too", () => {
  deepStrictEqual(uniqueLabels(["", ""]), ["", "#2"]);
});

Deno.test("microvoltsPerUnit() knows both micro signs and no other dimension", () => {
  for (const unit of ["uV", "\u00b5V", "\u03bcV", " uV "]) strictEqual(microvoltsPerUnit(unit), 1);
  strictEqual(microvoltsPerUnit("nV"), 0.001);
  for (const unit of ["", "%", "DegC", "BPM", "uv", "Ohm"]) {
    strictEqual(microvoltsPerUnit(unit), undefined);
  }
});

Deno.test("Channel refuses an unknown member and a digital range beyond int32", () => {
  const channel = {
    position: 0,
    label: "Fp1",
    type: "eeg",
    unit: "uV",
    calibration: { digitalMin: -2048, digitalMax: 2047, physicalMin: "-800", physicalMax: "800" },
    reference: "",
    prefilter: "",
  };
  strictEqual(Channel.parse(channel).label, "Fp1");
  throws(() => Channel.parse({ ...channel, name: "Jane Doe" }));
  throws(() =>
    Channel.parse({ ...channel, calibration: { ...channel.calibration, digitalMax: 2 ** 31 } })
  );
});
