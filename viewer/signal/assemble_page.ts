/**
 * Stored chunks to the runs of a page: the rows of a montage, filtered, broken at every hole.
 *
 * Nothing is filled in: a missing chunk, a chunk that ends early, a NaN of a float stream end a run. What
 * is shown on a page is worked out from more than the page, so that it does not depend on where it begins.
 *
 * @module
 */

import { gridRange } from "@wavekeep/core/chunk";
import { designFilters, type FilterDesign } from "@wavekeep/core/signal";
import {
  addSeconds,
  exactSeconds,
  rateHz,
  type SampleRange,
  secondsOfSample,
  subtractSeconds,
  toNumber,
} from "@wavekeep/core/time";
import type { ChunkStore, StoredChunk } from "./chunk_store.ts";
import {
  commonTerms,
  deriveRow,
  type RowNote,
  type RowPlan,
  type Stretch,
  StretchSamples,
} from "./derive_rows.ts";
import { type MontageModel, montageOf, type StreamRow } from "./montage_model.ts";
import type { Blank, PageData, PageNote, PageRow, Run } from "./page_data.ts";
import type { PageView } from "./page_view.ts";
import { exactWindow, keysOfSlice, type StreamSlice, widenSlice } from "./plan_page.ts";
import type { RecordingModel } from "./recording_model.ts";
import { filtersOfRow } from "./row_filters.ts";

/** What a page is put together for. */
export interface AssembleOptions {
  readonly start: number;
  readonly seconds: number;
  /** Of the recording, to tell absent from not yet asked. */
  readonly revision: number;
  readonly model: RecordingModel;
  readonly view: PageView;
}

/** The slices to load for a page: those of {@link slicesOfPage}, as wide as the view needs them. */
export function widenSlices(
  slices: readonly StreamSlice[],
  model: RecordingModel,
  view: PageView,
): StreamSlice[] {
  const montage = montageOf(model, view.montage);
  return slices.map((slice) => {
    const streamRows = montage.rowsOf(slice.segmentId, slice.stream);
    return widenSlice(slice, {
      designs: [...new Set(designsOf(slice, streamRows, montage, view).values())],
      isDerived: streamRows.some((row) => row.isDerived),
    });
  });
}

/**
 * Puts a page together from what the store holds.
 *
 * @param slices Of {@link slicesOfPage} for the same window.
 */
export function assemblePage(
  slices: readonly StreamSlice[],
  store: Pick<ChunkStore, "get" | "state">,
  page: AssembleOptions,
): PageData {
  const { model, view } = page;
  const window = exactWindow(page.start, page.seconds);
  const montage = montageOf(model, view.montage);
  const wide = widenSlices(slices, model, view);
  const rows = new Map<number, Run[]>();
  const blanks: Blank[] = [];
  const notes: PageNote[] = [];
  let verifiedChunkCount = 0, damagedChunkCount = 0;
  slices.forEach((slice, index) => {
    const toPage = (sample: number) =>
      toNumber(subtractSeconds(
        addSeconds(slice.segmentStart, secondsOfSample(slice.rate, sample)),
        window.start,
      ));
    const streamRows = montage.rowsOf(slice.segmentId, slice.stream);
    const isOnPage = (grid: SampleRange) =>
      grid.start < slice.samples.end && slice.samples.start < grid.end;
    const stretches: Stretch[] = [];
    for (const key of keysOfSlice(wide[index]!)) {
      const chunk = store.get(key);
      if (chunk !== undefined) addToStretches(stretches, chunk);
      const grid = gridRange(slice.rate, key.sequence);
      if (!isOnPage(grid)) continue;
      const end = chunk === undefined ? grid.start : chunk.firstSample + chunk.sampleCount;
      if (chunk !== undefined) verifiedChunkCount++;
      const isDamaged = store.state(key, page.revision) === "damaged";
      if (isDamaged) damagedChunkCount++;
      if (end < Math.min(grid.end, slice.samples.end)) {
        blanks.push({
          start: toPage(end),
          end: toPage(grid.end),
          rows: streamRows.map(({ row }) => row),
          kind: isDamaged ? "damaged" : "absent",
        });
      }
    }
    const plan = planOf(slice, wide[index]!, page, montage);
    const common = commonTerms(streamRows);
    const samples = stretches.map((stretch) => new StretchSamples(stretch, plan, common));
    const secondsPerSample = toNumber(exactSeconds(slice.rate.seconds, slice.rate.samples));
    const rowNotes = new Map<string, { note: RowNote; rows: number[] }>();
    for (const streamRow of streamRows) {
      const { row } = streamRow;
      const runs: Run[] = [];
      for (const stretch of samples) {
        const derived = deriveRow(stretch, streamRow, plan);
        for (const { first, values } of derived.runs) {
          runs.push({ startSeconds: toPage(first), secondsPerSample, values });
        }
        for (const note of derived.notes) addNote(rowNotes, note, row);
      }
      rows.set(row, [...rows.get(row) ?? [], ...runs]);
    }
    for (const { note, rows: noted } of rowNotes.values()) {
      const { kind, text, samples } = note;
      notes.push({
        kind,
        text,
        start: toPage(samples.start),
        end: toPage(samples.end),
        rows: noted,
      });
    }
  });
  return {
    start: page.start,
    seconds: page.seconds,
    rows: [...rows].map(([row, runs]): PageRow => ({ row, runs })).sort((a, b) => a.row - b.row),
    blanks: joinBlanks(blanks),
    notes,
    view,
    verifiedChunkCount,
    damagedChunkCount,
  };
}

/** The filters of the rows of a slice at its rate: one design for all rows that are set alike. */
function designsOf(
  { rate }: StreamSlice,
  streamRows: readonly StreamRow[],
  montage: MontageModel,
  view: PageView,
): Map<number, FilterDesign> {
  const designs = new Map<string, FilterDesign>();
  const byRow = new Map<number, FilterDesign>();
  for (const { row } of streamRows) {
    const model = montage.rows[row];
    if (model?.microvoltsPerUnit == null) continue;
    const filters = filtersOfRow(model, view);
    const { lowHz, highHz, notchHz } = filters;
    const key = `${lowHz}/${highHz}/${notchHz}`;
    const design = designs.get(key) ?? designFilters(filters, rateHz(rate));
    designs.set(key, design);
    if (design.sections.length > 0) byRow.set(row, design);
  }
  return byRow;
}

function planOf(
  slice: StreamSlice,
  wide: StreamSlice,
  { model, view }: AssembleOptions,
  montage: MontageModel,
): RowPlan {
  const { rate, channels } = slice;
  const streamRows = montage.rowsOf(slice.segmentId, slice.stream);
  const designs = designsOf(slice, streamRows, montage, view);
  return {
    rate,
    channels,
    designOf: (row) => designs.get(row),
    nameOf: (channel) => model.rows[channels[channel]!.row]!.name,
    wide: wide.samples,
    shown: slice.samples,
    endSample: slice.endSample,
  };
}

/** Rows with the same word in the same place share a note. */
function addNote(
  notes: Map<string, { note: RowNote; rows: number[] }>,
  note: RowNote,
  row: number,
): void {
  const key = [note.kind, note.samples.start, note.samples.end, note.text].join("/");
  const known = notes.get(key);
  if (known === undefined) notes.set(key, { note, rows: [row] });
  else if (!known.rows.includes(row)) known.rows.push(row);
}

function addToStretches(stretches: Stretch[], chunk: StoredChunk): void {
  const last = stretches.at(-1);
  const endSample = chunk.firstSample + chunk.sampleCount;
  if (last !== undefined && last.endSample === chunk.firstSample) {
    last.chunks.push(chunk);
    last.endSample = endSample;
  } else {
    stretches.push({ firstSample: chunk.firstSample, chunks: [chunk], endSample });
  }
}

/** Joins neighbours of one kind and one set of rows, so that ten missing seconds are one hole. */
function joinBlanks(blanks: readonly Blank[]): Blank[] {
  const joined: Blank[] = [];
  for (const blank of blanks) {
    const last = joined.at(-1);
    const isSame = last !== undefined && last.kind === blank.kind &&
      Math.abs(last.end - blank.start) < 1e-6 && last.rows.join() === blank.rows.join();
    if (isSame) joined[joined.length - 1] = { ...last, end: blank.end };
    else joined.push(blank);
  }
  return joined;
}
