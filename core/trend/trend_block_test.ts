import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { prng } from "../testing/prng.ts";
import { hundredthsOf } from "./decibels.ts";
import { BIN_COUNT } from "./definition.ts";
import { TrendBlock } from "./trend_block.ts";
import { TrendSum } from "./trend_sum.ts";
import { decodeTrends, encodeTrends, type TrendsAnswer } from "./trends_answer.ts";

function randomBlock(buckets: number): TrendBlock {
  const random = prng(buckets);
  const block = new TrendBlock({ level: 0, block: 7 }, [8, 8]);
  for (let bucket = 0; bucket < buckets; bucket++) {
    block.counts[bucket] = 1 + random.below(10);
    for (const side of block.sides) {
      side.assessable[bucket] = random.below(80);
      side.windows[bucket] = random.below(72);
      side.aeegHalves[bucket] = random.below(18);
      side.aeegLower[bucket] = random.below(1000) / 8;
      side.aeegUpper[bucket] = random.below(1000) / 4;
      for (let bin = 0; bin < BIN_COUNT; bin++) {
        side.spectrum[bucket * BIN_COUNT + bin] = random.below(6000) - 2000;
      }
    }
    block.pairs.windows[bucket] = random.below(72);
    block.pairs.relative[bucket] = random.below(100) / 100 - 0.5;
    block.pairs.absolute[bucket] = random.below(100) / 100;
  }
  return block;
}

Deno.test("TrendBlock: a block comes back as it was, and its size is the document's", () => {
  for (const buckets of [1, 5, 64]) {
    const block = randomBlock(buckets);
    const bytes = block.encode();
    strictEqual(bytes.length, 16 + buckets * (4 + 2 * (10 + 8 + 120) + 10));
    deepStrictEqual(TrendBlock.decode(bytes), block);
  }
});

Deno.test("TrendBlock.decode() rejects every proper prefix, and what follows the block", () => {
  const bytes = randomBlock(1).encode();
  for (let end = 0; end < bytes.length; end++) {
    throws(
      () => TrendBlock.decode(bytes.subarray(0, end)),
      (error) => isCoreError(error, "TruncatedInputError"),
      `${end}`,
    );
  }
  const long = new Uint8Array(bytes.length + 1);
  long.set(bytes);
  throws(() => TrendBlock.decode(long), (error) => isCoreError(error, "CorruptInputError"));
});

Deno.test("TrendBlock.decode() names what it does not know", () => {
  for (
    const [offset, value, tag] of [
      [0, 0, "CorruptInputError"],
      [4, 2, "UnsupportedError"],
      [5, 9, "UnsupportedError"],
      [6, 3, "CorruptInputError"],
      [7, 0, "CorruptInputError"],
      [7, 65, "CorruptInputError"],
      [12, 61, "CorruptInputError"],
      [16, 0, "CorruptInputError"],
    ] as const
  ) {
    const bytes = randomBlock(1).encode();
    bytes[offset] = value;
    throws(() => TrendBlock.decode(bytes), (error) => isCoreError(error, tag), `byte ${offset}`);
  }
});

Deno.test("TrendSum averages power, not decibels, by windows", () => {
  const block = new TrendBlock({ level: 0, block: 0 }, [1, 1]);
  for (const [bucket, windows, decibels] of [[0, 3, 20], [1, 1, 40]] as const) {
    block.sides[0].windows[bucket] = windows;
    block.sides[0].spectrum.fill(100 * decibels, bucket * BIN_COUNT, (bucket + 1) * BIN_COUNT);
  }
  const sum = new TrendSum();
  for (let bucket = 0; bucket < 64; bucket++) sum.add(block, bucket);
  ok(Math.abs(sum.sides[0].power(5) - (3 * 100 + 10_000) / 4) < 1e-9);
  ok(Number.isNaN(sum.sides[1].power(5)) && Number.isNaN(sum.relative));
  strictEqual(hundredthsOf(0), -0x7fff);
  strictEqual(hundredthsOf(NaN), -0x8000);
});

Deno.test("decodeTrends() reads what encodeTrends() wrote, and nothing else", () => {
  const stream = {
    "segment_id": "ab",
    arrays: {
      "spectrum_left": Int16Array.of(1, -0x8000, 300),
      "missing": Float32Array.of(0.25, NaN, 1),
      "empty": new Float32Array(),
    },
  };
  const answer = { start: "0", end: "30", streams: [stream] } as unknown as TrendsAnswer;
  const bytes = encodeTrends(answer);
  // From any place in memory, as a network hands it out.
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  deepStrictEqual(decodeTrends(moved.subarray(3)), answer);
  for (let end = 0; end < bytes.length - 8; end++) {
    throws(() => decodeTrends(bytes.subarray(0, end)), (error) => isCoreError(error), `${end}`);
  }
});
