/** Tests of civil time against a second calendar: the runtime's, in UTC. @module */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { prng } from "../testing/prng.ts";
import {
  addToCivil,
  civilToMicros,
  daysInMonth,
  differenceSeconds,
  formatCivil,
  microsToCivil,
  parseCivil,
} from "./civil.ts";
import { exactSeconds, parseSeconds } from "./exact_seconds.ts";

Deno.test("civilToMicros() agrees with Date.UTC from the year 1 to 9999", () => {
  const random = prng(6);
  for (let round = 0; round < 2000; round++) {
    const ms = random.below(2 ** 32) * 73_000 - 62_135_596_800_000;
    const date = new Date(ms);
    if (date.getUTCFullYear() > 9999) continue;
    const civil = microsToCivil(BigInt(ms) * 1000n);
    strictEqual(civilToMicros(civil), BigInt(ms) * 1000n);
    strictEqual(formatCivil(civil), date.toISOString().replace(/\.?0*Z$/, ""));
  }
});

Deno.test("parseCivil() and formatCivil() keep the fraction as it is", () => {
  for (
    const text of ["2076-11-06T13:43:04", "2009-12-31T23:59:59.3945312", "0001-01-01T00:00:00"]
  ) {
    strictEqual(formatCivil(parseCivil(text)), text);
  }
  strictEqual(civilToMicros(parseCivil("1970-01-01T00:00:00.0000019")), 1n);
  strictEqual(civilToMicros(parseCivil("1969-12-31T23:59:59.9999991")), -1n);
});

Deno.test("parseCivil() refuses zones, impossible dates and other shapes", () => {
  for (
    const text of [
      "2076-11-06T13:43:04Z",
      "2076-11-06 13:43:04",
      "2076-13-01T00:00:00",
      "2075-02-29T00:00:00",
      "2100-02-29T00:00:00",
      "2076-04-31T00:00:00",
      "2076-11-06T24:00:00",
      "2076-11-06T23:60:00",
      "2076-11-06T23:59:60",
      "0000-01-01T00:00:00",
      "76-11-06T13:43:04",
      "2076-11-06T13:43:04.",
      "",
    ]
  ) throws(() => parseCivil(text), (err) => isCoreError(err, "CorruptInputError"), text);
  strictEqual(formatCivil(parseCivil("2000-02-29T00:00:00")), "2000-02-29T00:00:00");
});

Deno.test("addToCivil() and differenceSeconds() undo one another across every border", () => {
  const start = parseCivil("2096-02-28T23:59:59.75");
  for (
    const text of ["0", "0.25", "0.3333", "86400", "-86400.5", "366000000", "-0.75", "3155760000"]
  ) {
    const seconds = parseSeconds(text);
    deepStrictEqual(differenceSeconds(addToCivil(start, seconds), start), seconds);
  }
  strictEqual(formatCivil(addToCivil(start, exactSeconds(1, 4))), "2096-02-29T00:00:00");
  throws(() => addToCivil(start, exactSeconds(10n ** 15n)), (err) => isCoreError(err));
});

Deno.test("daysInMonth() knows leap years", () => {
  deepStrictEqual([1900, 2000, 2024, 2025].map((year) => daysInMonth(year, 2)), [28, 29, 29, 28]);
});
