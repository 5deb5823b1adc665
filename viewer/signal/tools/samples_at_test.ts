import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { PageData } from "../page_data.ts";
import { RECORDED_VIEW } from "../page_view.ts";
import { nextPeak, peakNear, sampleAt, stepSamples } from "./samples_at.ts";

/** Two runs of a row at 100 Hz with a hole of a second between them, on a page that starts at 1,000 s. */
function page(...runs: [startSeconds: number, values: number[]][]): PageData {
  return {
    start: 1000,
    seconds: 10,
    rows: [{
      row: 3,
      runs: runs.map(([startSeconds, values]) => ({
        startSeconds,
        secondsPerSample: 0.01,
        values: Float32Array.from(values),
      })),
    }],
    blanks: [],
    notes: [],
    view: RECORDED_VIEW,
    damagedChunkCount: 0,
    verifiedChunkCount: 0,
  };
}

const two = page([0, [1, 2, 3]], [1.02, [7, 8, 9]]);
const round = (hit: ReturnType<typeof sampleAt>) =>
  hit && [Number(hit.moment.toFixed(3)), hit.value];

Deno.test("sampleAt() takes the nearest sample, and none in a hole", () => {
  deepStrictEqual(round(sampleAt(two, 3, 1000.014)), [1000.01, 2]);
  deepStrictEqual(round(sampleAt(two, 3, 1000.0151)), [1000.02, 3]);
  strictEqual(sampleAt(two, 3, 1000.5), undefined);
  // Half a sample before a run begins it has begun; a whole one before, it has not.
  deepStrictEqual(round(sampleAt(two, 3, 1001.016)), [1001.02, 7]);
  strictEqual(sampleAt(two, 3, 1001.01), undefined);
  strictEqual(sampleAt(two, 4, 1000), undefined);
});

Deno.test("stepSamples() stays within its run", () => {
  deepStrictEqual(round(stepSamples(two, 3, 1000, 1)), [1000.01, 2]);
  deepStrictEqual(round(stepSamples(two, 3, 1000.02, 5)), [1000.02, 3]);
  deepStrictEqual(round(stepSamples(two, 3, 1001.03, -9)), [1001.02, 7]);
  strictEqual(stepSamples(two, 3, 1000.5, 1), undefined);
});

Deno.test("nextPeak() walks peaks and troughs, not noise and not plateaus twice", () => {
  const values = Array.from({ length: 200 }, (_, i) => Math.sin(2 * Math.PI * i / 40) * 50);
  values[105] = values[104]! + 0.0001;
  const wave = page([0, values]);
  const found: number[] = [];
  for (let at = sampleAt(wave, 3, 1000); at !== undefined;) {
    at = nextPeak(wave, 3, at.moment, 1);
    if (at !== undefined) found.push(Math.round((at.moment - 1000) * 100));
  }
  deepStrictEqual(found, [10, 30, 50, 70, 90, 110, 130, 150, 170, 190]);
  deepStrictEqual(round(nextPeak(wave, 3, 1000.5, -1)), [1000.3, -50]);
  const flat = page([0, [0, 0, 5, 5, 5, 0, 0, 0, 0]]);
  deepStrictEqual(round(nextPeak(flat, 3, 1000, 1)), [1000.02, 5]);
  strictEqual(nextPeak(page([0, Array(50).fill(4)]), 3, 1000, 1), undefined);
});

Deno.test("peakNear() never leaves its radius", () => {
  const values = Array(100).fill(0);
  values[50] = -80;
  const spike = page([0, values]);
  deepStrictEqual(round(peakNear(spike, 3, 1000.47, 0.05)), [1000.5, -80]);
  strictEqual(peakNear(spike, 3, 1000.4, 0.05)?.value, 0);
});
