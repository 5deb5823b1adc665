import { ok, strictEqual } from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { testModel } from "../../testing/test_model.ts";
import { assemblePage } from "../assemble_page.ts";
import { ChunkStore } from "../chunk_store.ts";
import { RECORDED_VIEW } from "../page_view.ts";
import { exactWindow, keysOfSlice, slicesOfPage } from "../plan_page.ts";
import { calibrationAt, calibrationPeriod, withCalibrationSignal } from "./calibration_signal.ts";
import { checkSamples } from "./check_samples.ts";
import { digestPage } from "./page_digest.ts";

const model = testModel();

function filledStore(changed?: number): ChunkStore {
  const store = new ChunkStore({ bytesMax: 1e9 });
  for (const slice of slicesOfPage(model, exactWindow(0, 30))) {
    const perChunk = slice.stream === 0 ? 256 : 1;
    for (const key of keysOfSlice(slice)) {
      const firstSample = key.sequence * perChunk;
      const samples = Int32Array.from(
        { length: perChunk * slice.channels.length },
        (_, i) => i * 7 % 500 + (firstSample + i === changed ? 1 : 0),
      );
      store.put(key, { kind: "int32", firstSample, sampleCount: perChunk, samples });
    }
  }
  return store;
}

const digestOf = (store: ChunkStore, start: number, seconds = 5) =>
  digestPage(slicesOfPage(model, exactWindow(start, seconds)), store, {
    start,
    seconds,
    hash: sha256.create(),
  });

Deno.test("digestPage() is the same for the same samples, and another for one that differs", () => {
  const whole = digestOf(filledStore(), 2);
  strictEqual(whole.sha256.length, 64);
  strictEqual(whole.sampleCount, 5 * 256 * 3 + 5);
  strictEqual(whole.chunkCount, 10);
  strictEqual(digestOf(filledStore(), 2).sha256, whole.sha256);
  ok(digestOf(filledStore(600), 2).sha256 !== whole.sha256);
  ok(digestOf(filledStore(), 2.1).sha256 !== whole.sha256);
  // Samples outside of the window are no part of it.
  strictEqual(digestOf(filledStore(100), 2).sha256, whole.sha256);
});

Deno.test("withCalibrationSignal() puts the signal through calibration and assembly", () => {
  const start = 2, seconds = 5;
  const slices = slicesOfPage(model, exactWindow(start, seconds));
  const page = assemblePage(slices, withCalibrationSignal(filledStore(), model), {
    start,
    seconds,
    revision: 1,
    model,
    view: RECORDED_VIEW,
  });
  for (const row of [0, 1, 2]) {
    const { values } = page.rows[row]!.runs[0]!;
    values.forEach((value, i) => {
      const wanted = calibrationAt(511 + i, row, calibrationPeriod(256));
      // Half a digital step of 0.39 µV.
      ok(Math.abs(value - wanted) < 0.2, `${row}/${i}: ${value} for ${wanted}`);
    });
  }
});

Deno.test("checkSamples() finds every sample of the page, and one that is not what is stored", () => {
  const start = 5, seconds = 20;
  const slices = slicesOfPage(model, exactWindow(start, seconds));
  const store = filledStore();
  const of = { start, seconds, revision: 1, model, view: RECORDED_VIEW };
  const page = assemblePage(slices, store, of);
  const { sampleCount, differingCount } = checkSamples(slices, store, { page, model });
  // Five seconds on each side of the gap, and a sample more at both edges of the page.
  strictEqual(sampleCount, (10 * 256 + 2) * 3 + 12);
  strictEqual(differingCount, 0);
  page.rows[1]!.runs[1]!.values[7]! += 0.4;
  strictEqual(checkSamples(slices, store, { page, model }).differingCount, 1);
});
