import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  exactSeconds,
  formatSeconds,
  parseSeconds,
  sampleRate,
  sampleTimes,
  secondsOfPosition,
} from "./mod.ts";

Deno.test("sampleTimes() counts from the origin", () => {
  const times = sampleTimes(sampleRate(256), exactSeconds(2996), { start: 0, end: 3 });
  deepStrictEqual([...times], [2996, 2996.00390625, 2996.0078125]);
});

Deno.test("sampleTimes() does not drift over a day at a rate without a finite period", () => {
  const times = sampleTimes(sampleRate(400, 3), exactSeconds(0), {
    start: 11_519_999,
    end: 11_520_000,
  });
  deepStrictEqual([...times], [11_519_999 * 3 / 400]);
});

Deno.test("sampleTimes() gives the nearest number also where the parts exceed 2^53", () => {
  const origin = parseSeconds("86399.123456789012");
  const [safe] = sampleTimes(sampleRate(1), origin, { start: 1, end: 2 });
  strictEqual(safe, 86400.123456789012);
});

Deno.test("sampleTimes() of an empty range is empty", () => {
  strictEqual(sampleTimes(sampleRate(1), exactSeconds(0), { start: 5, end: 5 }).length, 0);
});

Deno.test("secondsOfPosition() places a mark between two samples", () => {
  // EEG_RULES section 4: index 249.75 at 128 Hz.
  const at = secondsOfPosition(sampleRate(128), parseSeconds("249.75"));
  strictEqual(formatSeconds(at), "1.951171875");
});
