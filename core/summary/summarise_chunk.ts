/**
 * Layer 4. What one chunk comes down to: least, greatest and what is not assessable, for each channel.
 *
 * Sole owner of what "not assessable" means. A sample is *not finite* when it is NaN or infinite: it is
 * never an extreme. It is *railed* when it lies in a long run of one value that is the least or the greatest
 * of its channel in this chunk: a converter at its limit, an electrode that came off, a flat line. Both are
 * decided by the chunk alone, so that whoever summarises it finds the same. Hazard: samples beyond the
 * header's digital range are real, so the rail is the one observed; and for what is no voltage (a
 * saturation of 97 % for an hour) a run means nothing, which only the reader of the channel table knows.
 *
 * @see core/summary/FORMAT.md, "What is counted"
 * @module
 */

import { assert } from "../assert.ts";
import type { Samples, ScannedRow } from "../codec/mod.ts";

/** Version of the rules in this file. Summaries of another version are as good as none. */
export const SUMMARY_ALGORITHM = 1;

/** Chunks with fewer samples a channel are too slow, or too short, to tell a rail from a steady value. */
const RAIL_CHUNK_SAMPLES_MIN = 64;

/**
 * Samples of a run at least: 31 ms at 256 Hz. In the recordings that this was measured on, EEG that is not
 * at a rail keeps an extreme for fewer than four samples, and what is at one for 32 or more.
 */
const RAIL_RUN_MIN = 8;

/** Above 256 Hz a run has to last as long. */
const RAIL_RUN_SHARE = 1 / 32;

/** Numbers of one channel in a summary. */
export const SUMMARY_ROWS = 4;

/** A chunk's summary. */
export interface ChunkSummary {
  readonly channelCount: number;
  /**
   * Four rows of `channelCount` numbers: least, greatest (NaN where no sample is finite), railed samples,
   * samples that are not finite.
   */
  readonly values: Float64Array;
}

/** Samples of one channel, `start <= i && i < end`, that are railed. */
export interface RailedRun {
  readonly start: number;
  readonly end: number;
}

/** Everything about one channel of a chunk. */
export interface ChannelSummary {
  /** NaN where no sample is finite; never −0. */
  readonly least: number;
  readonly greatest: number;
  readonly notFinite: number;
  /** In order. */
  readonly railed: readonly RailedRun[];
}

/**
 * Summarises the samples of one chunk.
 *
 * @param samples Shape (channelCount, sampleCount), as a chunk decodes.
 * @param scan A faster way to find extremes, such as `scanLent` of core/codec; it may decline.
 * @param into Room for the summary's `values`. Default: fresh.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { summariseChunk } from "@wavekeep/core/summary";
 *
 * const { values } = summariseChunk(Int32Array.of(3, 900, -7, 1, 1, 2), 2);
 * deepStrictEqual(values, Float64Array.of(-7, 1, 900, 2, 0, 0, 0, 0));
 * ```
 */
export function summariseChunk(
  samples: Samples,
  channelCount: number,
  scan: (samples: Int32Array, rowCount: number) => readonly ScannedRow[] | undefined = () =>
    undefined,
  into?: Float64Array,
): ChunkSummary {
  const sampleCount = samples.length / channelCount;
  assert(Number.isInteger(sampleCount), `${samples.length} samples of ${channelCount} channels`);
  const values = into ?? new Float64Array(channelCount * SUMMARY_ROWS);
  const scanned = samples instanceof Int32Array ? scan(samples, channelCount) : undefined;
  for (let channel = 0; channel < channelCount; channel++) {
    const own = () => samples.subarray(channel * sampleCount, (channel + 1) * sampleCount);
    const { least, greatest, notFinite, railed } = scanned === undefined
      ? summariseChannel(own())
      : summariseScanned(scanned[channel]!, own);
    values[channel] = least;
    values[channelCount + channel] = greatest;
    let railedCount = 0;
    for (const { start, end } of railed) railedCount += end - start;
    values[2 * channelCount + channel] = railedCount;
    values[3 * channelCount + channel] = notFinite;
  }
  return { channelCount, values };
}

/** Only where a run is possible are the samples themselves looked at. */
function summariseScanned(
  { least, greatest, hasFourAtExtreme }: ScannedRow,
  samples: () => Samples,
): ChannelSummary {
  return hasFourAtExtreme
    ? summariseChannel(samples())
    : { least, greatest, notFinite: 0, railed: NO_RUNS };
}

/**
 * Summarises one channel of one chunk.
 *
 * @param samples All samples of that channel in the chunk, because a rail is one of the whole chunk.
 */
export function summariseChannel(samples: Samples): ChannelSummary {
  const found = samples instanceof Int32Array ? scanIntegers(samples) : scanFloats(samples);
  const { least, greatest, notFinite, runs } = found;
  const railed = runs.length === 0 ? NO_RUNS : runs.filter(({ start }) => {
    const value = samples[start]!;
    return value === least || value === greatest;
  });
  return { least, greatest, notFinite, railed };
}

const NO_RUNS: readonly RailedRun[] = [];

interface Scan {
  readonly least: number;
  readonly greatest: number;
  readonly notFinite: number;
  /** Long runs of one value, whichever it is. */
  readonly runs: readonly RailedRun[];
}

/** A run has to have this many samples to count. */
function runMin(sampleCount: number): number {
  return sampleCount < RAIL_CHUNK_SAMPLES_MIN
    ? Infinity
    : Math.max(RAIL_RUN_MIN, Math.ceil(sampleCount * RAIL_RUN_SHARE));
}

/**
 * A run that is long enough holds four whole samples from an index that four
 * divides, so only where those are equal is a channel looked at sample by sample.
 */
function scanIntegers(samples: Int32Array): Scan {
  const { length } = samples;
  let least = samples[0]!;
  let greatest = least;
  // As unsigned numbers, `value - least` is above the span for whatever lies outside of it.
  let span = 0;
  let mayHaveRuns = false;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const a = samples[i]!, b = samples[i + 1]!, c = samples[i + 2]!, d = samples[i + 3]!;
    if (
      (a - least) >>> 0 > span || (b - least) >>> 0 > span ||
      (c - least) >>> 0 > span || (d - least) >>> 0 > span
    ) {
      least = Math.min(least, a, b, c, d);
      greatest = Math.max(greatest, a, b, c, d);
      span = greatest - least;
    }
    if (a === d && a === b && a === c) mayHaveRuns = true;
  }
  for (; i < length; i++) {
    least = Math.min(least, samples[i]!);
    greatest = Math.max(greatest, samples[i]!);
  }
  const runs = mayHaveRuns ? longRuns(samples) : NO_RUNS;
  return { least, greatest, notFinite: 0, runs };
}

function longRuns(samples: Int32Array): RailedRun[] {
  const long = runMin(samples.length);
  const runs: RailedRun[] = [];
  let start = 0;
  for (let i = 1; i <= samples.length; i++) {
    if (samples[i] === samples[start]) continue;
    if (i - start >= long) runs.push({ start, end: i });
    start = i;
  }
  return runs;
}

function scanFloats(samples: Float32Array | Float64Array): Scan {
  const long = runMin(samples.length);
  let least = Infinity;
  let greatest = -Infinity;
  let notFinite = 0;
  let before = NaN;
  let start = 0;
  let runs: RailedRun[] | undefined;
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    // NaN equals nothing, so every one of them is a run of its own.
    if (value === before) {
      if (value - value !== 0) notFinite++;
      continue;
    }
    if (i - start >= long && before - before === 0) (runs ??= []).push({ start, end: i });
    start = i;
    before = value;
    if (value - value !== 0) {
      notFinite++;
      continue;
    }
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (samples.length - start >= long && before - before === 0) {
    (runs ??= []).push({ start, end: samples.length });
  }
  if (least > greatest) return { least: NaN, greatest: NaN, notFinite, runs: NO_RUNS };
  // A zero without its sign: which of the two came first must not matter.
  return { least: least + 0, greatest: greatest + 0, notFinite, runs: runs ?? NO_RUNS };
}
