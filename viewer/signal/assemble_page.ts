/**
 * Stored chunks to the runs of a page: in physical units, broken at every hole.
 *
 * Nothing is filled in: a missing chunk, a chunk that ends early, a NaN of a float stream end a run.
 * Scaling is core/calibration's.
 *
 * @module
 */

import { gainAndOffset, toPhysical } from "@wavekeep/core/calibration";
import { gridRange } from "@wavekeep/core/chunk";
import {
  addSeconds,
  exactSeconds,
  secondsOfSample,
  subtractSeconds,
  toNumber,
} from "@wavekeep/core/time";
import type { ChunkStore, StoredChunk } from "./chunk_store.ts";
import type { Blank, PageData, PageRow, Run } from "./page_data.ts";
import { exactWindow, keysOfSlice, type StreamSlice } from "./plan_page.ts";
import type { ChannelModel } from "./recording_model.ts";

/** Uninterrupted chunks of a stream. */
interface Stretch {
  readonly firstSample: number;
  readonly chunks: StoredChunk[];
  endSample: number;
}

/**
 * Puts a page together from what the store holds.
 *
 * @param slices Of {@link slicesOfPage} for the same window.
 * @param revision Of the recording, to tell absent from not yet asked.
 */
export function assemblePage(
  slices: readonly StreamSlice[],
  store: Pick<ChunkStore, "get" | "state">,
  page: { readonly start: number; readonly seconds: number; readonly revision: number },
): PageData {
  const window = exactWindow(page.start, page.seconds);
  const rows = new Map<number, Run[]>();
  const blanks: Blank[] = [];
  let verifiedChunkCount = 0, damagedChunkCount = 0;
  for (const slice of slices) {
    const toPage = (sample: number) =>
      toNumber(subtractSeconds(
        addSeconds(slice.segmentStart, secondsOfSample(slice.rate, sample)),
        window.start,
      ));
    const stretches: Stretch[] = [];
    for (const key of keysOfSlice(slice)) {
      const chunk = store.get(key);
      const grid = gridRange(slice.rate, key.sequence);
      const end = chunk === undefined ? grid.start : chunk.firstSample + chunk.sampleCount;
      if (chunk !== undefined) {
        verifiedChunkCount++;
        addToStretches(stretches, chunk);
      }
      const isDamaged = store.state(key, page.revision) === "damaged";
      if (isDamaged) damagedChunkCount++;
      if (end < Math.min(grid.end, slice.samples.end)) {
        blanks.push({
          start: toPage(end),
          end: toPage(grid.end),
          rows: slice.channels.map(({ row }) => row),
          kind: isDamaged ? "damaged" : "absent",
        });
      }
    }
    slice.channels.forEach((channel, index) => {
      const runs = stretches.flatMap((stretch) => runsOf(stretch, slice, channel, index, toPage));
      rows.set(channel.row, [...rows.get(channel.row) ?? [], ...runs]);
    });
  }
  return {
    start: page.start,
    seconds: page.seconds,
    rows: [...rows].map(([row, runs]): PageRow => ({ row, runs })).sort((a, b) => a.row - b.row),
    blanks: joinBlanks(blanks),
    verifiedChunkCount,
    damagedChunkCount,
  };
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

function runsOf(
  stretch: Stretch,
  slice: StreamSlice,
  channel: ChannelModel,
  index: number,
  toPage: (sample: number) => number,
): Run[] {
  const start = Math.max(stretch.firstSample, slice.samples.start);
  const end = Math.min(stretch.endSample, slice.samples.end);
  if (start >= end) return [];
  const values = new Float32Array(end - start);
  for (const chunk of stretch.chunks) {
    const from = Math.max(start, chunk.firstSample);
    const to = Math.min(end, chunk.firstSample + chunk.sampleCount);
    if (from >= to) continue;
    const row = index * chunk.sampleCount - chunk.firstSample;
    values.set(physical(chunk.samples.subarray(row + from, row + to), channel), from - start);
  }
  const secondsPerSample = toNumber(exactSeconds(slice.rate.seconds, slice.rate.samples));
  return finiteParts(values).map(({ from, to }) => ({
    startSeconds: toPage(start + from),
    secondsPerSample,
    values: from === 0 && to === values.length ? values : values.slice(from, to),
  }));
}

/** Physical values; digital ones where the calibration gives none, as the row's scale then says. */
function physical(samples: StoredChunk["samples"], channel: ChannelModel): ArrayLike<number> {
  const { calibration } = channel;
  return calibration === null || gainAndOffset(calibration) === undefined
    ? samples
    : toPhysical(samples, calibration);
}

function finiteParts(values: Float32Array): { from: number; to: number }[] {
  const parts: { from: number; to: number }[] = [];
  for (let i = 0; i < values.length;) {
    if (!Number.isFinite(values[i])) {
      i++;
      continue;
    }
    const from = i;
    while (i < values.length && Number.isFinite(values[i])) i++;
    parts.push({ from, to: i });
  }
  return parts;
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
