import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { sampleRate } from "@wavekeep/core/time";
import { isWhole, storedSamples } from "./timeline.ts";

Deno.test("isWhole() adds up chunks of 13, 13, 13, 13 and 12", () => {
  const rate = sampleRate(64, 5);
  strictEqual(isWhole(rate, { start: 0, end: 5, sampleCount: 64 }), true);
  strictEqual(isWhole(rate, { start: 0, end: 5, sampleCount: 63 }), false);
  strictEqual(isWhole(rate, { start: 4, end: 5, sampleCount: 12 }), true);
});

Deno.test("storedSamples() joins runs that meet and keeps holes", () => {
  const { stored, cutOffs } = storedSamples(sampleRate(10), [
    { start: 0, end: 2, sampleCount: 20 },
    { start: 2, end: 3, sampleCount: 10 },
    { start: 5, end: 6, sampleCount: 10 },
  ], new Map());
  deepStrictEqual(stored, [{ start: 0, end: 30 }, { start: 50, end: 60 }]);
  deepStrictEqual(cutOffs, []);
});

Deno.test("storedSamples() finds a cut-off second in the middle of a run", () => {
  const { stored, cutOffs } = storedSamples(
    sampleRate(10),
    [{ start: 0, end: 3, sampleCount: 24 }],
    new Map([[0, [
      { sequence: 0, sampleCount: 10 },
      { sequence: 1, sampleCount: 4 },
      { sequence: 2, sampleCount: 10 },
    ]]]),
  );
  deepStrictEqual(stored, [{ start: 0, end: 14 }, { start: 20, end: 30 }]);
  deepStrictEqual(cutOffs, [{ start: 14, end: 20 }]);
});
