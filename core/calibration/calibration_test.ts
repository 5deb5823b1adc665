import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { parseDecimal } from "./decimal.ts";
import { gainAndOffset, scaleOrFault } from "./scale.ts";
import { toPhysical } from "./to_physical.ts";

const chbMit = { digitalMin: -2048, digitalMax: 2047, physicalMin: "-800", physicalMax: "800" };

for (
  const [text, value] of [
    ["0", 0],
    ["-0", -0],
    ["+5", 5],
    ["-16.", -16],
    [".5", 0.5],
    ["-32.E2", -3200],
    ["-.32E+4", -3200],
    ["-32e2", -3200],
    ["1000.000", 1000],
    ["1e308", 1e308],
  ] as const
) {
  Deno.test(`parseDecimal() reads ${text}`, () => strictEqual(parseDecimal(text), value));
}

for (
  const text of [
    "",
    " 1",
    "1 ",
    "+",
    ".",
    "-.",
    "e5",
    "1e",
    "1e+",
    "1,5",
    "1.2.3",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
    "1e309",
    "-1e309",
    "12x",
    "１",
  ]
) {
  Deno.test(`parseDecimal() refuses ${JSON.stringify(text)}`, () => {
    strictEqual(parseDecimal(text), undefined);
  });
}

Deno.test("parseDecimal() takes time in proportion to the text", () => {
  const digits = "1".repeat(200_000);
  strictEqual(parseDecimal(`${digits}x`), undefined);
  strictEqual(parseDecimal(`${digits}.${digits}e`), undefined);
});

Deno.test("gainAndOffset() gives CHB-MIT's gain", () => {
  const scale = gainAndOffset(chbMit)!;
  strictEqual(scale.gain, 1600 / 4095);
  strictEqual(scale.offset, 800 / (1600 / 4095) - 2047);
});

Deno.test("gainAndOffset() gives a negative gain for an inverted range of either kind", () => {
  strictEqual(
    gainAndOffset({ ...chbMit, physicalMin: "800", physicalMax: "-800" })!.gain < 0,
    true,
  );
  strictEqual(gainAndOffset({ ...chbMit, digitalMin: 2047, digitalMax: -2048 })!.gain < 0, true);
});

Deno.test("scaleOrFault() names every degenerate range", () => {
  const faults = [
    { physicalMin: "x" },
    { physicalMax: "" },
    { digitalMax: -2048 },
    { physicalMax: "-800.0" },
    { physicalMin: "-1e308", physicalMax: "1e308", digitalMin: 0, digitalMax: 1 },
  ].map((change) => scaleOrFault({ ...chbMit, ...change }));
  deepStrictEqual(faults, [
    "physical-minimum-unreadable",
    "physical-maximum-unreadable",
    "digital-range-degenerate",
    "physical-range-degenerate",
    "scale-not-finite",
  ]);
});

Deno.test("toPhysical() scales samples outside the digital range like all others", () => {
  const inside = toPhysical([2046, 2047], chbMit);
  const outside = toPhysical([2656], chbMit);
  strictEqual(outside[0]! > 800, true);
  strictEqual(Math.abs(outside[0]! - inside[1]! - 609 * (inside[1]! - inside[0]!)) < 1e-9, true);
});

Deno.test("toPhysical() refuses a degenerate calibration, naming what is wrong", () => {
  throws(
    () => toPhysical([1], { ...chbMit, digitalMin: 0, digitalMax: 0 }),
    (err) =>
      isCoreError(err, "CorruptInputError") && err.field === "digital-range-degenerate" &&
      /digital minimum and maximum are equal/.test(err.message),
  );
});

Deno.test("toPhysical() gives a fresh array and leaves the samples alone", () => {
  const digital = Int32Array.of(1, 2, 3);
  strictEqual(toPhysical(digital, chbMit).length, 3);
  deepStrictEqual(digital, Int32Array.of(1, 2, 3));
  strictEqual(toPhysical([], chbMit).length, 0);
});
