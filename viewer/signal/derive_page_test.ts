/**
 * Pages with a montage and filters: the same samples on every page that shows them, nothing across a
 * hole, nothing out of a channel that says nothing.
 *
 * @module
 */

import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { testModel } from "../testing/test_model.ts";
import { assemblePage, widenSlices } from "./assemble_page.ts";
import { ChunkStore } from "./chunk_store.ts";
import type { PageData } from "./page_data.ts";
import { FILTERS_DEFAULT, MONTAGE_DEFAULT, type PageView, RECORDED_VIEW } from "./page_view.ts";
import { exactWindow, keysOfSlice, slicesOfPage } from "./plan_page.ts";
import type { RecordingModel } from "./recording_model.ts";

const SECONDS = 120;
const LABELS = ["FP1-F7", "FP1-F3", "F3-C3"];

/** One segment of two minutes; the model's other rows are left out. */
function eegModel(changes: Partial<RecordingModel> = {}): RecordingModel {
  const base = testModel();
  const { calibration } = base.segments[0]!.streams[0]!.channels[0]!;
  return testModel({
    rows: LABELS.map((label) => ({ ...base.rows[0]!, name: label, label })),
    segments: [{
      ...base.segments[0]!,
      id: "a",
      // Off the whole second: anchors are the segment's, pages are the recording's.
      start: "0.3",
      end: SECONDS + 0.3,
      streams: [{
        stream: 0,
        rate: { samples: "256", seconds: "1" },
        endSample: SECONDS * 256,
        channels: LABELS.map((_, row) => ({ row, calibration })),
      }],
    }],
    holes: [],
    endSeconds: SECONDS + 0.3,
    ...changes,
  });
}

const model = eegModel();

/** Digital samples: a drift, a rhythm, something like noise; never twice the same in a row. */
function digital(channel: number, sample: number): number {
  const noise = (sample * 7919 + channel * 104729) % 37;
  return Math.round(
    300 * Math.sin(sample / 900 + channel) + 90 * Math.sin(sample / (5 + channel)) + noise,
  );
}

/** What the worker would hold after loading exactly what a page asks for. */
function storeFor(
  page: { start: number; seconds: number; view: PageView },
  options: { missing?: readonly number[]; value?: typeof digital } = {},
): ChunkStore {
  const store = new ChunkStore({ bytesMax: 1e9 });
  const slices = slicesOfPage(model, exactWindow(page.start, page.seconds));
  for (const slice of widenSlices(slices, model, page.view)) {
    for (const key of keysOfSlice(slice)) {
      if (options.missing?.includes(key.sequence)) continue;
      const firstSample = key.sequence * 256;
      const value = options.value ?? digital;
      const samples = Int32Array.from(
        { length: 256 * LABELS.length },
        (_, i) => value(Math.floor(i / 256), firstSample + i % 256),
      );
      store.put(key, { kind: "int32", firstSample, sampleCount: 256, samples });
    }
  }
  return store;
}

function assemble(
  start: number,
  seconds: number,
  view: PageView,
  options: Parameters<typeof storeFor>[1] = {},
): PageData {
  const slices = slicesOfPage(model, exactWindow(start, seconds));
  const store = storeFor({ start, seconds, view }, options);
  return assemblePage(slices, store, { start, seconds, revision: 1, model, view });
}

/** Every sample of a row by its index in the segment. */
function samplesOf({ start, rows }: PageData, row: number): Map<number, number> {
  const samples = new Map<number, number>();
  for (const run of rows.find((each) => each.row === row)?.runs ?? []) {
    const first = Math.round((start + run.startSeconds - 0.3) * 256);
    run.values.forEach((value, i) => samples.set(first + i, value));
  }
  return samples;
}

const own: PageView["montage"] = { ...MONTAGE_DEFAULT, kind: "own", own: "F7-F3\nFp1-C3" };
const VIEWS: [string, PageView][] = [
  ["causal", { montage: MONTAGE_DEFAULT, filters: FILTERS_DEFAULT }],
  ["0.1 Hz and a notch", {
    montage: MONTAGE_DEFAULT,
    filters: { ...FILTERS_DEFAULT, lowHz: 0.1, notchHz: 50 },
  }],
  ["derived", { montage: own, filters: RECORDED_VIEW.filters }],
  ["derived and filtered", { montage: own, filters: FILTERS_DEFAULT }],
  ["a row with filters of its own", {
    montage: MONTAGE_DEFAULT,
    filters: FILTERS_DEFAULT,
    rowFilters: { "FP1-F3": { lowHz: 0.1, highHz: 15 } },
  }],
  ["zero-phase", { montage: own, filters: { ...FILTERS_DEFAULT, phase: "zero-phase" } }],
];

for (const [name, view] of VIEWS) {
  Deno.test(`a page shifted by 0.3 s, or any other, shows bit-equal samples: ${name}`, () => {
    const reference = samplesOf(assemble(0, 121, view), 1);
    strictEqual(reference.size, SECONDS * 256);
    for (const start of [50, 50.3, 60, 60.1, 0, 3.7, 110]) {
      const page = samplesOf(assemble(start, 10, view), 1);
      ok(page.size >= 2400);
      for (const [sample, value] of page) strictEqual(value, reference.get(sample));
    }
  });

  Deno.test(`the same samples beside a stuck channel that began before the page: ${name}`, () => {
    const value = (channel: number, sample: number) =>
      channel === 1 && sample >= 12_000 && sample < 12_850 ? 77 : digital(channel, sample);
    const reference = samplesOf(assemble(0, 121, view, { value }), 0);
    for (const start of [46, 48.2, 50.1, 50.4, 52, 55]) {
      for (const [sample, found] of samplesOf(assemble(start, 10, view, { value }), 0)) {
        strictEqual(found, reference.get(sample), `${start}: ${sample}`);
      }
    }
  });
}

Deno.test("a derived row is the sum of its channels in physical units", () => {
  const view = { montage: own, filters: RECORDED_VIEW.filters };
  const page = assemble(20, 10, view);
  const recorded = assemble(20, 10, RECORDED_VIEW);
  const [f7F3, fp1F7, fp1F3] = [samplesOf(page, 0), samplesOf(recorded, 0), samplesOf(recorded, 1)];
  for (const [sample, value] of f7F3) {
    ok(Math.abs(value - (fp1F3.get(sample)! - fp1F7.get(sample)!)) < 1e-3);
  }
  strictEqual(page.view, view);
});

Deno.test("filters of one row leave the others as they are, bit for bit", () => {
  const view = { montage: MONTAGE_DEFAULT, filters: FILTERS_DEFAULT };
  const one = { ...view, rowFilters: { "FP1-F3": { lowHz: 5 }, "F3-C3": { lowHz: null } } };
  const [page, other] = [assemble(50.3, 10, view), assemble(50.3, 10, one)];
  deepStrictEqual(samplesOf(other, 0), samplesOf(page, 0));
  notDeepStrictEqual(samplesOf(other, 1), samplesOf(page, 1));
  // Without its low filter a row keeps the offset that the others lose.
  const mean = (page: PageData) =>
    [...samplesOf(page, 2).values()].reduce((sum, value, _, { length }) => sum + value / length, 0);
  ok(Math.abs(mean(other)) > 10 && Math.abs(mean(page)) < 4, `${mean(other)}, ${mean(page)}`);
});

Deno.test("filters start anew after a hole, and their settling is noted", () => {
  const view = { montage: MONTAGE_DEFAULT, filters: FILTERS_DEFAULT };
  const page = assemble(40, 20, view, { missing: [45, 46] });
  strictEqual(page.rows[0]!.runs.length, 2);
  deepStrictEqual(page.blanks.map(({ start, end }) => [start, end]), [[5.3, 7.3]]);
  const [note, ...others] = page.notes;
  strictEqual(others.length, 0);
  deepStrictEqual([note!.kind, note!.start.toFixed(2), note!.rows], ["settling", "7.30", [
    0,
    1,
    2,
  ]]);
  // Seven time constants of 0.5 Hz.
  ok(Math.abs(note!.end - note!.start - 7 / Math.PI) < 0.02);
  ok(Math.abs(page.rows[0]!.runs[1]!.values[0]!) < 1e-9);
  deepStrictEqual(assemble(0, 10, view).notes.map(({ start }) => start), [0.3]);
  deepStrictEqual(assemble(60, 10, view).notes, []);
});

Deno.test("zero-phase settles at both ends of a stretch", () => {
  const filters = { ...FILTERS_DEFAULT, phase: "zero-phase" as const };
  const page = assemble(40, 20, { montage: MONTAGE_DEFAULT, filters }, { missing: [50] });
  deepStrictEqual(page.notes.map(({ kind }) => kind), ["settling", "settling"]);
  ok(Math.abs(page.notes[0]!.end - 10.3) < 1e-9 || Math.abs(page.notes[1]!.end - 10.3) < 1e-9);
  strictEqual(assemble(105, 20, { montage: MONTAGE_DEFAULT, filters }).notes.length, 1);
});

Deno.test("a row is not assessable where a channel on its path is stuck, and only there", () => {
  const value = (channel: number, sample: number) =>
    channel === 2 && sample >= 15_000 && sample < 15_512 ? 2047 : digital(channel, sample);
  const view = { montage: own, filters: RECORDED_VIEW.filters };
  const page = assemble(55, 10, view, { value });
  // F7-F3 does not need F3-C3; Fp1-C3 does.
  strictEqual(page.rows[0]!.runs.length, 1);
  strictEqual(page.rows[1]!.runs.length, 2);
  deepStrictEqual(page.notes, [{
    kind: "unassessable",
    text: "F3-C3 is flat or at its rail",
    start: 3.89375,
    end: 5.89375,
    rows: [1],
  }]);
  // As recorded the rail is what was recorded, and it is shown.
  strictEqual(assemble(55, 10, RECORDED_VIEW, { value }).rows[2]!.runs.length, 1);
});

Deno.test("what is not a voltage is never filtered", () => {
  const base = testModel();
  const store = new ChunkStore({ bytesMax: 1e9 });
  const slices = slicesOfPage(base, exactWindow(2, 5)).filter(({ stream }) => stream === 1);
  const view = { montage: MONTAGE_DEFAULT, filters: FILTERS_DEFAULT };
  deepStrictEqual(widenSlices(slices, base, view), slices);
  for (const key of keysOfSlice(slices[0]!)) {
    const samples = Int32Array.of(500);
    store.put(key, { kind: "int32", firstSample: key.sequence, sampleCount: 1, samples });
  }
  const page = assemblePage(slices, store, {
    start: 2,
    seconds: 5,
    revision: 1,
    model: base,
    view,
  });
  const { values } = page.rows[0]!.runs[0]!;
  ok(values.every((value) => value === values[0]));
  deepStrictEqual(page.notes, []);
});

Deno.test("as recorded, a page asks for nothing beside itself", () => {
  const slices = slicesOfPage(model, exactWindow(20, 10));
  deepStrictEqual(widenSlices(slices, model, RECORDED_VIEW), slices);
  const filtered = widenSlices(slices, model, { ...RECORDED_VIEW, filters: FILTERS_DEFAULT });
  // 0.5 Hz: blocks and margins of four seconds.
  const [before] = filtered.map(({ samples }) => slices[0]!.samples.start - samples.start);
  ok(before! >= 4 * 256 && before! <= 8 * 256);
});
