import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import { assemblePage } from "./assemble_page.ts";
import { ChunkStore } from "./chunk_store.ts";
import { RECORDED_VIEW } from "./page_view.ts";
import { exactWindow, keysOfSlice, slicesOfPage } from "./plan_page.ts";
import type { RecordingModel } from "./recording_model.ts";

const model = testModel();

/** A store where sample i of channel c is 1000·c + i, with some sequences of stream 0 left out. */
function filledStore(left: readonly number[] = []): ChunkStore {
  const store = new ChunkStore({ bytesMax: 1e9 });
  for (const slice of slicesOfPage(model, exactWindow(0, 30))) {
    const perChunk = slice.stream === 0 ? 256 : 1;
    for (const key of keysOfSlice(slice)) {
      if (slice.stream === 0 && left.includes(key.sequence)) continue;
      const firstSample = key.sequence * perChunk;
      const samples = Int32Array.from(
        { length: perChunk * slice.channels.length },
        (_, i) => 1000 * Math.floor(i / perChunk) + firstSample + i % perChunk,
      );
      store.put(key, { kind: "int32", firstSample, sampleCount: perChunk, samples });
    }
  }
  return store;
}

function assemble(store: ChunkStore, start: number, seconds: number, of: RecordingModel = model) {
  return assemblePage(slicesOfPage(of, exactWindow(start, seconds)), store, {
    start,
    seconds,
    revision: 1,
    model: of,
    view: RECORDED_VIEW,
  });
}

Deno.test("assemblePage() joins chunks into one run per row, in physical units", () => {
  const page = assemble(filledStore(), 2, 5);
  deepStrictEqual(page.rows.map(({ row, runs }) => [row, runs.length]), [[0, 1], [1, 1], [2, 1], [
    3,
    1,
  ]]);
  const run = page.rows[1]!.runs[0]!;
  strictEqual(run.startSeconds, -1 / 256);
  strictEqual(run.secondsPerSample, 1 / 256);
  strictEqual(run.values.length, 1282);
  // 1000 + 511 digital at 1600/4095 µV.
  strictEqual(run.values[0]?.toFixed(3), ((1511 + 0.5) * 1600 / 4095).toFixed(3));
  deepStrictEqual(page.blanks, []);
});

Deno.test("assemblePage() breaks a run at a missing chunk and says what is missing", () => {
  const page = assemble(filledStore([4]), 2, 5);
  const runs = page.rows[0]!.runs;
  deepStrictEqual(runs.map(({ values }) => values.length), [513, 513]);
  strictEqual(runs[1]?.startSeconds, 3);
  deepStrictEqual(page.blanks, [{ start: 2, end: 3, rows: [0, 1, 2], kind: "absent" }]);
});

Deno.test("assemblePage() has a run on each side of a gap between segments", () => {
  const page = assemble(filledStore(), 5, 20);
  const runs = page.rows[0]!.runs;
  strictEqual(runs.length, 2);
  strictEqual(runs[1]?.startSeconds, 15);
  ok(runs[0]!.startSeconds + runs[0]!.values.length / 256 <= 5);
});

Deno.test("assemblePage() ends a run where a chunk was cut off", () => {
  const store = filledStore();
  const key = { segmentId: "a", stream: 0, sequence: 3 };
  store.put(key, {
    kind: "int32",
    firstSample: 768,
    sampleCount: 100,
    samples: new Int32Array(300),
  });
  const page = assemble(store, 2, 5);
  strictEqual(page.rows[0]!.runs.length, 2);
  strictEqual(page.blanks[0]?.start, (868 - 512) / 256);
});

Deno.test("assemblePage() counts a damaged chunk and never draws it", () => {
  const store = filledStore([3]);
  store.putMissing({ segmentId: "a", stream: 0, sequence: 3 }, "damaged", 1);
  const page = assemble(store, 2, 5);
  strictEqual(page.damagedChunkCount, 1);
  strictEqual(page.blanks[0]?.kind, "damaged");
});

Deno.test("assemblePage() breaks float samples at a NaN", () => {
  const store = filledStore();
  const samples = new Float64Array(768).fill(1);
  samples[10] = NaN;
  store.put({ segmentId: "a", stream: 0, sequence: 3 }, {
    kind: "binary64",
    firstSample: 768,
    sampleCount: 256,
    samples,
  });
  strictEqual(assemble(store, 2, 5).rows[0]!.runs.length, 2);
  strictEqual(assemble(store, 2, 5).rows[1]!.runs.length, 1);
});
