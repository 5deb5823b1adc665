import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testModel } from "../../testing/test_model.ts";
import type { PageData } from "../page_data.ts";
import { RECORDED_VIEW } from "../page_view.ts";
import {
  type CaliperPlace,
  cursorText,
  differenceText,
  momentText,
  moveCursor,
  onPage,
  openCalipers,
  putCursor,
  readCalipers,
  rowOfPlace,
  valueText,
} from "./calipers.ts";

const { rows, startedAt } = testModel();
const values = Float32Array.from({ length: 2560 }, (_, i) => i / 10);
const page: PageData = {
  start: 20,
  seconds: 10,
  // The row has 8 s of samples; the page goes on.
  rows: [{
    row: 1,
    runs: [{ startSeconds: 0, secondsPerSample: 1 / 256, values: values.subarray(0, 2048) }],
  }],
  blanks: [],
  notes: [],
  view: RECORDED_VIEW,
  damagedChunkCount: 0,
  verifiedChunkCount: 0,
};
const on = { page, row: 1, rows };

Deno.test("calipers read seconds, hertz and microvolts of samples", () => {
  let place: CaliperPlace = { row: "T8-P8", moments: [20, 20] };
  // Not on a sample: the nearest one is taken, and its own time.
  place = putCursor(place, 0, 21.0011, on);
  place = putCursor(place, 1, 21.25, on);
  const reading = readCalipers(place, on);
  deepStrictEqual([reading.seconds, reading.hits.map((hit) => hit?.value.toFixed(1))], [0.25, [
    "25.6",
    "32.0",
  ]]);
  strictEqual(differenceText(reading), "Δt 0.250 s · 4.00 Hz · Δ 6.4 µV");
  strictEqual(
    cursorText(reading, 1, place.moments[1], startedAt),
    "Cursor 2 on T8-P8 at 13:43:25.250, 32.0 µV",
  );
});

Deno.test("calipers are microvolts whatever the channel's unit", () => {
  const millivolts = rows.map((row) => ({ ...row, unit: "mV", microvoltsPerUnit: 1000 }));
  const place: CaliperPlace = { row: "T8-P8", moments: [20, 21] };
  const reading = readCalipers(place, { ...on, rows: millivolts });
  deepStrictEqual([Math.round(reading.difference!), reading.unit], [25_600, "µV"]);
  const percent = rows.map((row) => ({ ...row, unit: "%", microvoltsPerUnit: null }));
  strictEqual(readCalipers(place, { ...on, rows: percent }).unit, "%");
});

Deno.test("a cursor in a hole says that there is nothing, and can leave it", () => {
  const place: CaliperPlace = { row: "T8-P8", moments: [20, 28.5] };
  const reading = readCalipers(place, on);
  strictEqual(differenceText(reading), "Δt 8.500 s · 0.12 Hz · no samples here");
  strictEqual(
    cursorText(reading, 1, 28.5, startedAt),
    "Cursor 2 on T8-P8 at 13:43:32.500, no samples here",
  );
  const moved = moveCursor(place, 1, { type: "samples", steps: -1 }, on);
  strictEqual(moved.moments[1].toFixed(2), "28.49");
});

Deno.test("keys move a cursor by a sample, by a tenth of a second, and never off the page", () => {
  const place: CaliperPlace = { row: "T8-P8", moments: [20, 25] };
  const sample = moveCursor(place, 0, { type: "samples", steps: 1 }, on);
  deepStrictEqual(sample.moments, [20 + 1 / 256, 25]);
  const tenth = moveCursor(place, 1, { type: "seconds", seconds: -0.1 }, on);
  strictEqual(Math.abs(tenth.moments[1] - 24.9) <= 1 / 512, true);
  deepStrictEqual(moveCursor(place, 0, { type: "seconds", seconds: -0.1 }, on).moments[0], 20);
});

Deno.test("cursors come along to another page, and stay where the page has them", () => {
  const place = openCalipers(page, "T8-P8");
  deepStrictEqual(place.moments.map((moment) => moment.toFixed(2)), ["23.33", "26.67"]);
  const next = onPage(place, page, { start: 24, seconds: 10 });
  deepStrictEqual(next.moments.map((moment) => moment.toFixed(2)), ["27.33", "26.67"]);
});

Deno.test("calipers keep their row by name, through a montage that has it elsewhere", () => {
  strictEqual(rowOfPlace({ row: "T8-P8" }, rows, [0, 1, 2]), 1);
  strictEqual(rowOfPlace({ row: "gone" }, rows, [2, 1]), 2);
  strictEqual(rowOfPlace({ row: "gone" }, rows, []), undefined);
});

Deno.test("moments and values as text", () => {
  strictEqual(momentText(0.5, { civil: "2076-11-06T13:43:04.75", zone: null }), "13:43:05.250");
  strictEqual(momentText(62, null), "0:01:02.000");
  deepStrictEqual([-0.01, -23.44, 1234.5, 0].map((value) => valueText(value, "µV")), [
    "−0.010 µV",
    "−23.4 µV",
    "1235 µV",
    "0.0 µV",
  ]);
});
