/** Single Rice codes. @module */

import { strictEqual, throws } from "node:assert/strict";
import { BitReader, BitWriter } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import {
  bestRiceParameter,
  readRiceCode,
  RICE_PARAMETER_MAX,
  riceCodeBits,
  writeRiceCode,
} from "./rice_code.ts";

Deno.test("readRiceCode() gives back every number under every parameter", () => {
  for (let k = 0; k <= RICE_PARAMETER_MAX; k++) {
    for (const value of [0, 1, 23, 24, 25, 1000, 65_535, 0x7fffffff, 0xffffffff]) {
      const writer = new BitWriter();
      writeRiceCode(writer, value, k);
      strictEqual(writer.bitLength, riceCodeBits(value, k));
      strictEqual(readRiceCode(new BitReader(writer.finish()), k), value);
    }
  }
});

Deno.test("readRiceCode() refuses an escape that was not needed", () => {
  const writer = new BitWriter();
  writer.bits(0, 24);
  writer.bits(23, 32);
  throws(
    () => readRiceCode(new BitReader(writer.finish()), 0),
    (err) => isCoreError(err, "CorruptInputError") && err.field === "rice escape",
  );
});

Deno.test("bestRiceParameter() makes the codes shortest", () => {
  strictEqual(bestRiceParameter([0, 0, 0], 15), 0);
  const values = [900, 1100, 1000];
  const best = bestRiceParameter(values, 15);
  const bits = (k: number) => values.reduce((sum, value) => sum + riceCodeBits(value, k), 0);
  for (let k = 0; k <= 15; k++) strictEqual(bits(k) >= bits(best), true);
});
