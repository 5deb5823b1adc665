/** Tests of exact seconds, rates and ranges. @module */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { prng } from "../testing/prng.ts";
import {
  addSeconds,
  compareSeconds,
  exactSeconds,
  formatSeconds,
  parseSeconds,
  subtractSeconds,
  toNumber,
} from "./exact_seconds.ts";
import { intersectRanges, rangeLength, uncoveredRanges } from "./sample_range.ts";
import {
  equalRates,
  firstSampleAtOrAfter,
  formatRate,
  parseRate,
  rateFromRecord,
  rateHz,
  sampleRate,
  secondsOfSample,
} from "./sample_rate.ts";

function checkText(text: string, canonical: string): void {
  strictEqual(formatSeconds(parseSeconds(text)), canonical);
}

Deno.test("parseSeconds() and formatSeconds() keep decimal text exact", () => {
  checkText("0", "0");
  checkText("-0", "0");
  checkText("+2.3457031", "2.3457031");
  checkText("-0.50", "-0.5");
  checkText(".25", "0.25");
  checkText("7.", "7");
  checkText("79500", "79500");
  checkText("0.0000000000000000000001", "0.0000000000000000000001");
  checkText("123456789012345678901234567890.5", "123456789012345678901234567890.5");
});

Deno.test("parseSeconds() refuses all other text", () => {
  for (
    const text of [
      "",
      " ",
      "+",
      "-",
      ".",
      "+.",
      "1e3",
      "1,5",
      " 1",
      "1 ",
      "1.2.3",
      "--1",
      "NaN",
      "٣",
    ]
  ) throws(() => parseSeconds(text), (err) => isCoreError(err, "CorruptInputError"), text);
  throws(() => parseSeconds("1".repeat(65)), (err) => isCoreError(err, "CorruptInputError"));
});

Deno.test("formatSeconds() is exact for twos and fives and rounds to 12 digits otherwise", () => {
  strictEqual(formatSeconds(exactSeconds(1, 256)), "0.00390625");
  strictEqual(
    formatSeconds(exactSeconds(1, 2n ** 40n)),
    "0.0000000000009094947017729282379150390625",
  );
  strictEqual(formatSeconds(exactSeconds(-1, 3)), "-0.333333333333");
  strictEqual(formatSeconds(exactSeconds(2, 3)), "0.666666666667");
  strictEqual(formatSeconds(exactSeconds(-1, 3n * 10n ** 15n)), "0");
  strictEqual(formatSeconds(exactSeconds(7, -7)), "-1");
});

Deno.test("addition, subtraction and comparison of seconds are exact", () => {
  const tenth = parseSeconds("0.1");
  let sum = exactSeconds(0);
  for (let i = 0; i < 10; i++) sum = addSeconds(sum, tenth);
  deepStrictEqual(sum, exactSeconds(1));
  deepStrictEqual(subtractSeconds(exactSeconds(1, 3), exactSeconds(1, 2)), exactSeconds(-1, 6));
  strictEqual(compareSeconds(exactSeconds(1, 3), parseSeconds("0.3333333333")), 1);
  strictEqual(compareSeconds(exactSeconds(-1), exactSeconds(1)), -1);
  strictEqual(compareSeconds(exactSeconds(2, 4), exactSeconds(1, 2)), 0);
});

Deno.test("toNumber() is right to the last bit or nearly, also for long times", () => {
  strictEqual(toNumber(parseSeconds("0.1")), 0.1);
  strictEqual(toNumber(parseSeconds("-2.75")), -2.75);
  strictEqual(toNumber(exactSeconds(10n ** 40n + 1n, 10n ** 40n)), 1);
});

Deno.test("rateFromRecord() is exact: 1228 samples in 9.59375 s are 128 Hz", () => {
  deepStrictEqual(rateFromRecord(1228, parseSeconds("9.59375")), sampleRate(128));
  deepStrictEqual(rateFromRecord(1, parseSeconds("10")), sampleRate(1, 10));
  for (const duration of ["0", "-1"]) {
    throws(() => rateFromRecord(256, parseSeconds(duration)), (err) => {
      return isCoreError(err, "CorruptInputError");
    });
  }
});

Deno.test("parseRate() and formatRate() agree", () => {
  for (const text of ["256", "12.8", "0.1", "63.0167", "400/3"]) {
    strictEqual(formatRate(parseRate(text)), text);
  }
  strictEqual(equalRates(parseRate("64/5"), parseRate("12.80")), true);
  strictEqual(rateHz(parseRate("400/3")), 400 / 3);
  for (const text of ["0", "-1", "", "1/0", "Hz", "1/2/3"]) {
    throws(() => parseRate(text), (err) => isCoreError(err, "CorruptInputError"), text);
  }
});

Deno.test("a window [a, b) selects the samples with a <= i/r < b, and no other", () => {
  const random = prng(4);
  for (let round = 0; round < 500; round++) {
    const rate = sampleRate(1 + random.below(1000), 1 + random.below(7));
    const t = exactSeconds(random.below(100_000) - 1000, 1 + random.below(300));
    const first = firstSampleAtOrAfter(rate, t);
    strictEqual(compareSeconds(secondsOfSample(rate, first), t) >= 0, true);
    strictEqual(compareSeconds(secondsOfSample(rate, first - 1), t) < 0, true);
  }
});

Deno.test("firstSampleAtOrAfter() does not round an exact hit up, nor a hair above down", () => {
  const rate = parseRate("256");
  strictEqual(firstSampleAtOrAfter(rate, parseSeconds("0.00390625")), 1);
  strictEqual(firstSampleAtOrAfter(rate, parseSeconds("0.003906250000000000000000001")), 2);
  strictEqual(firstSampleAtOrAfter(rate, parseSeconds("-0.001")), 0);
  throws(
    () => firstSampleAtOrAfter(rate, parseSeconds("1" + "0".repeat(30))),
    (err) => isCoreError(err, "InvalidSelectionError"),
  );
});

Deno.test("ranges intersect, measure and subtract half-open", () => {
  deepStrictEqual(intersectRanges({ start: 0, end: 5 }, { start: 7, end: 9 }), {
    start: 7,
    end: 7,
  });
  strictEqual(rangeLength({ start: 5, end: 3 }), 0);
  deepStrictEqual(
    uncoveredRanges({ start: 10, end: 20 }, [
      { start: 0, end: 12 },
      { start: 11, end: 13 },
      { start: 15, end: 15 },
      { start: 18, end: 30 },
    ]),
    [{ start: 13, end: 15 }, { start: 15, end: 18 }],
  );
  deepStrictEqual(uncoveredRanges({ start: 0, end: 2 }, []), [{ start: 0, end: 2 }]);
});
