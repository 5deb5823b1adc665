import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import { ChunkStore } from "./chunk_store.ts";
import { exactWindow, keysOfSlice, requestsOfPage, slicesOfPage } from "./plan_page.ts";

const model = testModel();
const options = { samplesMax: 4_000_000, revision: 1 };
const empty = () => new ChunkStore({ bytesMax: 1e9 });

Deno.test("slicesOfPage() selects by the exact rate, with one sample more on each side", () => {
  const [first, slow] = slicesOfPage(model, exactWindow(2.001, 5));
  deepStrictEqual(first?.samples, { start: 512, end: 1794 });
  deepStrictEqual(slow?.samples, { start: 2, end: 9 });
});

Deno.test("slicesOfPage() finds both sides of a gap and nothing in it", () => {
  const slices = slicesOfPage(model, exactWindow(5, 20));
  deepStrictEqual(slices.map(({ segmentId, stream }) => `${segmentId}${stream}`), [
    "a0",
    "a1",
    "b0",
    "b1",
  ]);
  deepStrictEqual(slicesOfPage(model, exactWindow(12, 5)), []);
});

Deno.test("keysOfSlice() of a slow stream is one key a sample", () => {
  const segment = {
    ...model.segments[0]!,
    streams: [{
      ...model.segments[0]!.streams[1]!,
      rate: { samples: "1", seconds: "10" },
      endSample: 50,
    }],
  };
  const [slice] = slicesOfPage({ ...model, segments: [segment] }, exactWindow(100, 30));
  deepStrictEqual([...keysOfSlice(slice!)].map(({ sequence }) => sequence), [9, 10, 11, 12, 13]);
});

Deno.test("requestsOfPage() joins neighbouring seconds into one window", () => {
  const requests = requestsOfPage(slicesOfPage(model, exactWindow(0, 10)), empty(), options);
  deepStrictEqual(requests.map(({ start, end }) => [start, end]), [["0", "10"]]);
  strictEqual(requests[0]?.keys.length, 20);
});

Deno.test("requestsOfPage() makes two windows around a gap", () => {
  const requests = requestsOfPage(slicesOfPage(model, exactWindow(5, 20)), empty(), options);
  deepStrictEqual(requests.map(({ start, end }) => [start, end]), [["4", "10"], ["20", "26"]]);
});

Deno.test("requestsOfPage() asks only for what is not known", () => {
  const store = empty();
  const slices = slicesOfPage(model, exactWindow(0, 10));
  for (const slice of slices) {
    for (const key of keysOfSlice(slice)) {
      if (key.sequence !== 7) store.putMissing(key, "absent", 1);
    }
  }
  const requests = requestsOfPage(slices, store, options);
  deepStrictEqual(requests.map(({ start, end }) => [start, end]), [["7", "8"]]);
  strictEqual(requestsOfPage(slices, store, { ...options, revision: 2 })[0]?.keys.length, 20);
});

Deno.test("requestsOfPage() splits what would be too much for one answer", () => {
  const slices = slicesOfPage(model, exactWindow(0, 10));
  const requests = requestsOfPage(slices, empty(), { ...options, samplesMax: 2000 });
  strictEqual(requests.length, 5);
});
