import { ok, strictEqual, throws } from "node:assert/strict";
import { fitDecimal } from "./decimal_field.ts";

for (const text of ["-800", "1000.000", "-.32E+4", "-32768", "5.", "1e-5"]) {
  Deno.test(`fitDecimal() keeps ${text} as it was given`, () => {
    const fitted = fitDecimal(text, 8);
    strictEqual(fitted.text, text);
    strictEqual(fitted.relativeError, 0);
  });
}

/** Given, written, largest relative error. */
const SHORTENED: [string, string, number][] = [
  ["187.500000000", "187.5", 0],
  ["-199.99923713", "-199.999", 1.2e-6],
  ["3276.69999999", "3276.7", 4e-12],
  ["123456789", "1.2346e8", 4e-5],
  ["-123456789", "-1.235e8", 4e-4],
  ["0.000012345678", "1.235e-5", 4e-4],
  ["-0.33333333333", "-0.33333", 1.1e-5],
  ["1e+0000000005", "100000", 0],
  ["0.0000000000", "0", 0],
];

for (const [given, written, errorMax] of SHORTENED) {
  Deno.test(`fitDecimal() shortens ${given} to ${written} and states the error`, () => {
    const fitted = fitDecimal(given, 8);
    strictEqual(fitted.text, written);
    ok(fitted.relativeError <= errorMax, String(fitted.relativeError));
    const value = Number(given);
    strictEqual(
      fitted.relativeError,
      value === 0 ? 0 : Math.abs((Number(written) - value) / value),
    );
  });
}

Deno.test("fitDecimal() refuses text that is no number", () => {
  for (const text of ["", "x", "1,5", "123456789x"]) {
    throws(() => fitDecimal(text, 8), /are not a number/);
  }
});

Deno.test("fitDecimal() never writes a number as zero", () => {
  throws(() => fitDecimal("-1.23456e-300", 6), /have no short form/);
});
