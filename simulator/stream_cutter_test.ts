import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { sampleRate } from "@wavekeep/core/time";
import type { SourceChunk } from "./device_source.ts";
import { StreamCutter } from "./stream_cutter.ts";

/** Two channels, the second 1000 above the first, cut from pieces of the given lengths. */
function cut(rate: ReturnType<typeof sampleRate>, pieces: number[], sequence = 0, first = 0) {
  const cutter = new StreamCutter({ stream: 3, rate, channelCount: 2, sequence });
  const chunks: SourceChunk[] = [];
  let at = first;
  for (const length of pieces) {
    const row = Int32Array.from({ length }, (_, i) => at + i);
    chunks.push(...cutter.take([row, row.map((value) => value + 1000)], at));
    at += length;
  }
  chunks.push(...cutter.finish());
  return chunks;
}

const shape = (chunks: SourceChunk[]) =>
  chunks.map(({ sequence, firstSample, sampleCount }) => [sequence, firstSample, sampleCount]);

Deno.test("StreamCutter cuts 12.8 Hz into 13, 13, 13, 13, 12", () => {
  deepStrictEqual(shape(cut(sampleRate(64, 5), [128])).map(([, , count]) => count), [
    ...[13, 13, 13, 13, 12, 13, 13, 13, 13, 12],
  ]);
});

Deno.test("StreamCutter gives the same chunks for any pieces", () => {
  const whole = cut(sampleRate(10), [35]);
  for (const pieces of [[1, 34], [9, 1, 1, 24], new Array(35).fill(1)]) {
    deepStrictEqual(cut(sampleRate(10), pieces), whole);
  }
  deepStrictEqual(shape(whole), [[0, 0, 10], [1, 10, 10], [2, 20, 10], [3, 30, 5]]);
  deepStrictEqual(whole[1]!.samples.slice(8, 12), Int32Array.of(18, 19, 1010, 1011));
});

Deno.test("StreamCutter begins at the wanted sequence and drops what lies before", () => {
  const resumed = cut(sampleRate(10), [7, 20], 1, 8);
  deepStrictEqual(resumed, cut(sampleRate(10), [35]).slice(1, 3).concat(resumed.slice(2)));
  deepStrictEqual(shape(resumed), [[1, 10, 10], [2, 20, 10], [3, 30, 5]]);
});

Deno.test("StreamCutter gives one chunk a sample below 1 Hz", () => {
  deepStrictEqual(shape(cut(sampleRate(1, 10), [3])), [[0, 0, 1], [1, 1, 1], [2, 2, 1]]);
});

Deno.test("StreamCutter refuses samples that do not follow", () => {
  const cutter = new StreamCutter({
    stream: 0,
    rate: sampleRate(10),
    channelCount: 1,
    sequence: 0,
  });
  strictEqual([...cutter.take([new Int32Array(5)], 0)].length, 0);
  throws(() => [...cutter.take([new Int32Array(5)], 6)], RangeError);
});
