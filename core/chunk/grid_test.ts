/** Tests of the one-second grid and of covering a range with it. @module */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { prng } from "../testing/prng.ts";
import { parseRate, type SampleRate, sampleRate } from "../time/mod.ts";
import { cover } from "./cover.ts";
import { gridRange, isOnGrid, sequenceOfSample } from "./grid.ts";

function counts(rate: SampleRate, sequences: number): number[] {
  return Array.from({ length: sequences }, (_, k) => {
    const { start, end } = gridRange(rate, k);
    return end - start;
  });
}

Deno.test("gridRange() gives the counts of EEG_RULES section 4", () => {
  deepStrictEqual(counts(parseRate("12.8"), 5), [13, 13, 13, 13, 12]);
  deepStrictEqual(counts(parseRate("63.0167"), 3), [64, 63, 63]);
  deepStrictEqual(counts(parseRate("256"), 3), [256, 256, 256]);
  deepStrictEqual(counts(parseRate("1"), 3), [1, 1, 1]);
  deepStrictEqual(counts(parseRate("1.5"), 4), [2, 1, 2, 1]);
});

Deno.test("gridRange() below 1 Hz gives each sample its own sequence", () => {
  deepStrictEqual(gridRange(parseRate("0.1"), 7), { start: 7, end: 8 });
  strictEqual(sequenceOfSample(parseRate("0.999"), 7), 7);
});

Deno.test("the grid leaves no sample out, doubles none, and sequenceOfSample() finds each", () => {
  const random = prng(12);
  for (let round = 0; round < 60; round++) {
    const rate = sampleRate(1 + random.below(3000), 1 + random.below(40));
    let next = 0;
    for (let k = 0; k < 50; k++) {
      const { start, end } = gridRange(rate, k);
      strictEqual(start, next);
      ok(end > start, "no sequence is empty");
      for (let i = start; i < end; i++) strictEqual(sequenceOfSample(rate, i), k);
      next = end;
    }
  }
});

Deno.test("the grid is exact where binary floating point is not", () => {
  const rate = parseRate("63.0167");
  const sequence = 2 ** 31 - 1;
  const { start, end } = gridRange(rate, sequence);
  strictEqual(BigInt(start), (BigInt(sequence) * 630167n + 9999n) / 10000n);
  strictEqual(sequenceOfSample(rate, start), sequence);
  strictEqual(sequenceOfSample(rate, end), sequence + 1);
  strictEqual(sequenceOfSample(rate, start - 1), sequence - 1);
});

Deno.test("gridRange() and sequenceOfSample() refuse what is no index", () => {
  const rate = parseRate("256");
  for (const bad of [-1, 0.5, NaN, 2 ** 53, Infinity]) {
    throws(() => gridRange(rate, bad), (err) => isCoreError(err, "InvalidSelectionError"));
    throws(() => sequenceOfSample(rate, bad), (err) => isCoreError(err, "InvalidSelectionError"));
  }
  throws(() => gridRange(rate, 2 ** 52), (err) => isCoreError(err, "InvalidSelectionError"));
});

Deno.test("isOnGrid() takes a second that was cut off, and nothing else", () => {
  const rate = parseRate("12.8");
  ok(isOnGrid(rate, { sequence: 4, firstSample: 52, sampleCount: 12 }));
  ok(isOnGrid(rate, { sequence: 4, firstSample: 52, sampleCount: 1 }));
  ok(!isOnGrid(rate, { sequence: 4, firstSample: 52, sampleCount: 13 }));
  ok(!isOnGrid(rate, { sequence: 4, firstSample: 52, sampleCount: 0 }));
  ok(!isOnGrid(rate, { sequence: 4, firstSample: 53, sampleCount: 1 }));
});

Deno.test("cover() touches every sample of the range and no chunk more", () => {
  const random = prng(13);
  for (let round = 0; round < 300; round++) {
    const rate = sampleRate(1 + random.below(600), 1 + random.below(9));
    const start = random.below(5000);
    const end = start + 1 + random.below(3000);
    const { firstSequence, endSequence } = cover(rate, { start, end });
    ok(gridRange(rate, firstSequence).start <= start && start < gridRange(rate, firstSequence).end);
    const last = gridRange(rate, endSequence - 1);
    ok(last.start < end && end <= last.end);
  }
});

Deno.test("cover() of an empty range, or of one before the first sample, is empty", () => {
  const rate = parseRate("256");
  const empty = { firstSequence: 1, endSequence: 1 };
  deepStrictEqual(cover(rate, { start: 300, end: 300 }), empty);
  deepStrictEqual(cover(rate, { start: 300, end: 5 }), empty);
  deepStrictEqual(cover(rate, { start: -300, end: 0 }), { firstSequence: 0, endSequence: 0 });
  deepStrictEqual(cover(rate, { start: -300, end: 1 }), { firstSequence: 0, endSequence: 1 });
});
