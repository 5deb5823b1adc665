import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { realFiles, realStreams } from "../testing/real_streams.ts";
import { summariseChannel, summariseChunk } from "./summarise_chunk.ts";

/** The rules as FORMAT.md has them, sample by sample. */
function bySample(samples: readonly number[]) {
  const finite = samples.filter(Number.isFinite);
  const least = finite.length === 0 ? NaN : finite.reduce((a, b) => Math.min(a, b)) + 0;
  const greatest = finite.length === 0 ? NaN : finite.reduce((a, b) => Math.max(a, b)) + 0;
  const isRailed = samples.map((value, i) => {
    if (samples.length < 64 || value !== least && value !== greatest) return false;
    let start = i, end = i;
    while (samples[start - 1] === value) start--;
    while (samples[end] === value) end++;
    return end - start >= Math.max(8, Math.ceil(samples.length / 32));
  });
  return {
    least,
    greatest,
    notFinite: samples.length - finite.length,
    railed: isRailed.filter(Boolean).length,
    isRailed,
  };
}

/** Stretches of few values, so that runs, rails and what is not finite come often. */
const stretches = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(value, fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 40 })
    .map((parts) => parts.flatMap(([value, count]) => Array<T>(count).fill(value)));

Deno.test("summariseChannel() of integers finds what the rules say", () => {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer());
  fc.assert(fc.property(stretches(value), (values) => {
    const { railed, ...found } = summariseChannel(Int32Array.from(values));
    const { isRailed, railed: railedCount, ...expected } = bySample(values);
    deepStrictEqual(found, expected);
    strictEqual(railed.reduce((sum, { start, end }) => sum + end - start, 0), railedCount);
    deepStrictEqual(
      values.map((_, i) => railed.some(({ start, end }) => start <= i && i < end)),
      isRailed,
    );
  }));
});

Deno.test("summariseChannel() of floats finds what the rules say, whatever is not finite", () => {
  const value = fc.oneof(
    fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 1, -1),
    fc.float({ noNaN: true }),
  );
  fc.assert(fc.property(stretches(value), (values) => {
    for (const samples of [Float32Array.from(values), Float64Array.from(values)]) {
      const { railed, ...found } = summariseChannel(samples);
      const { isRailed: _, railed: railedCount, ...expected } = bySample([...samples]);
      deepStrictEqual(found, expected);
      strictEqual(railed.reduce((sum, { start, end }) => sum + end - start, 0), railedCount);
    }
  }));
});

Deno.test("summariseChunk() puts each channel into its column of four rows", () => {
  const flat = new Int32Array(64).fill(7);
  const ramp = Int32Array.from({ length: 64 }, (_, i) => 10 - i);
  const { channelCount, values } = summariseChunk(Int32Array.of(...flat, ...ramp), 2);
  strictEqual(channelCount, 2);
  deepStrictEqual(values, Float64Array.of(7, -53, 7, 10, 64, 0, 0, 0));
});

Deno.test("summariseChunk() believes a scan, and looks itself where it says that a run is possible", () => {
  const rows = [
    { least: -1, greatest: 1, hasFourAtExtreme: false },
    { least: 7, greatest: 7, hasFourAtExtreme: true },
  ];
  const samples = new Int32Array(128).fill(7);
  const { values } = summariseChunk(samples, 2, () => rows);
  deepStrictEqual(values, Float64Array.of(-1, 7, 1, 7, 0, 64, 0, 0));
  deepStrictEqual(summariseChunk(samples, 2, () => undefined), summariseChunk(samples, 2));
});

Deno.test("a slow channel that keeps its value is not railed", () => {
  deepStrictEqual(summariseChannel(new Int32Array(63).fill(97)).railed, []);
  deepStrictEqual(summariseChannel(new Int32Array(64).fill(97)).railed, [{ start: 0, end: 64 }]);
});

Deno.test("real EEG is assessable all through, and flat channels are not", async () => {
  const share = new Map<string, number>();
  for (const path of await realFiles()) {
    if (!/chbmit\/chb01|nihonkohden/.test(path)) continue;
    for (const { channelCount, chunks } of await realStreams(path)) {
      let railed = 0;
      let count = 0;
      for (const chunk of chunks) {
        const { values } = summariseChunk(chunk, channelCount);
        railed += values.subarray(2 * channelCount, 3 * channelCount).reduce((a, b) => a + b);
        count += chunk.length;
      }
      share.set(path, railed / count);
    }
  }
  for (const [path, railed] of share) {
    if (path.includes("chbmit")) strictEqual(railed, 0, path);
    else strictEqual(railed > 0.02 && railed < 0.1, true, `${path}: ${railed}`);
  }
});
