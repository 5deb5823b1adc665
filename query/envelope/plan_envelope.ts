/**
 * From a window and a number of columns to what each column of each stream covers.
 *
 * Sole owner of the choice of level, and of snapping. Columns are of equal time; a stream takes the
 * coarsest level that has two buckets a column, and a bucket belongs to the column that its start lies in,
 * but for the first, which may have begun before the window. So every sample of the window is in a column,
 * none is in two, and each stream says exactly which samples its columns cover. Where a column is less than
 * a chunk, columns are made of samples, if those are few enough to decode; otherwise there are fewer columns.
 * Pure arithmetic; it reads nothing.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { gridRange, sequenceOfSample } from "@wavekeep/core/chunk";
import { bucketSequences, LEVEL_MAX } from "@wavekeep/core/summary";
import {
  type ExactSeconds,
  intersectRanges,
  rangeLength,
  type SampleRate,
  subtractSeconds,
} from "@wavekeep/core/time";
import { type TimeRange, windowSamples } from "../window/gaps.ts";
import { horizon, type StreamTimeline } from "../window/timeline.ts";

/** Buckets a column at least, so that columns are of nearly the same length. */
const BUCKETS_PER_COLUMN_MIN = 2;

/**
 * Samples that are decoded for columns finer than a chunk, over all channels: nearly three minutes of 23
 * channels at 256 Hz, 30 ms. Ten minutes took 110, where columns of a second take three.
 */
export const COLUMN_SAMPLES_MAX = 1_000_000;

/** A stream to be planned, with all its channels. */
export interface EnvelopeInput {
  readonly timeline: StreamTimeline;
  readonly channelCount: number;
}

/** The columns of one stream. */
export interface PlannedEnvelope {
  readonly timeline: StreamTimeline;
  /** Level of the buckets; null when columns are made of samples. */
  readonly level: number | null;
  /** Which column of the answer the first one is. */
  readonly firstColumn: number;
  /** Where each column begins, and where the last one ends: buckets of the level, or samples. */
  readonly bounds: readonly number[];
  /** The same in samples; none lies beyond the last sample that is stored or promised. */
  readonly sampleBounds: readonly number[];
}

/** What an answer comes down to. */
export interface EnvelopePlan {
  readonly window: TimeRange;
  readonly columnCount: number;
  readonly streams: readonly PlannedEnvelope[];
}

/**
 * Plans an answer. Streams without a sample in the window are left out.
 *
 * @param columnSamplesMax Above this, columns are not made of samples.
 */
export function planEnvelope(
  inputs: readonly EnvelopeInput[],
  window: TimeRange,
  wantedColumns: number,
  columnSamplesMax: number = COLUMN_SAMPLES_MAX,
): EnvelopePlan {
  const length = subtractSeconds(window.end, window.start);
  const wanted = exactColumns(length, wantedColumns);
  const fine = inputs.filter(({ timeline }) => isFiner(wanted, timeline.rate));
  const decoded = fine.reduce((sum, input) => sum + samplesIn(input, window), 0);
  const areSamples = decoded <= columnSamplesMax;
  // A column for every second at most, where seconds are all there is.
  const columnCount = fine.length > 0 && !areSamples
    ? Math.max(1, Math.min(wantedColumns, Number(length.numerator / length.denominator)))
    : wantedColumns;
  const column = exactColumns(length, columnCount);
  const streams = inputs.flatMap(({ timeline }) => {
    const level = areSamples && isFiner(column, timeline.rate)
      ? null
      : levelOf(column, timeline.rate);
    return planStream(timeline, level, window, columnCount) ?? [];
  });
  return { window, columnCount, streams };
}

/** Length of a column. */
function exactColumns(length: ExactSeconds, columnCount: number): ExactSeconds {
  return { numerator: length.numerator, denominator: length.denominator * BigInt(columnCount) };
}

/** Whether a column is less than a chunk. Below 1 Hz a chunk is one sample, and nothing is finer. */
function isFiner({ numerator, denominator }: ExactSeconds, rate: SampleRate): boolean {
  return rate.samples >= rate.seconds && numerator < denominator;
}

/** Seconds of one sequence. */
function sequenceSeconds(rate: SampleRate): ExactSeconds {
  return rate.samples >= rate.seconds
    ? { numerator: 1n, denominator: 1n }
    : { numerator: rate.seconds, denominator: rate.samples };
}

function levelOf(column: ExactSeconds, rate: SampleRate): number {
  const own = sequenceSeconds(rate);
  let level = 0;
  while (level < LEVEL_MAX) {
    const next = BigInt(bucketSequences(level + 1) * BUCKETS_PER_COLUMN_MIN);
    if (own.numerator * next * column.denominator > column.numerator * own.denominator) break;
    level++;
  }
  return level;
}

function samplesIn({ timeline, channelCount }: EnvelopeInput, window: TimeRange): number {
  const wanted = windowSamples(timeline, window);
  return channelCount * timeline.stored.reduce(
    (sum, stored) => sum + rangeLength(intersectRanges(stored, wanted)),
    0,
  );
}

function planStream(
  timeline: StreamTimeline,
  level: number | null,
  window: TimeRange,
  columnCount: number,
): PlannedEnvelope | undefined {
  const { rate } = timeline;
  const promised = horizon(timeline);
  if (promised === 0) return undefined;
  // Position of a moment in units of samples or buckets, as `(first + i × step) ÷ scale`.
  const unit = level === null
    ? { numerator: rate.seconds, denominator: rate.samples }
    : multiply(sequenceSeconds(rate), BigInt(bucketSequences(level)));
  const start = subtractSeconds(window.start, timeline.origin);
  const length = subtractSeconds(window.end, window.start);
  const columns = BigInt(columnCount);
  const first = start.numerator * unit.denominator * length.denominator * columns;
  const step = length.numerator * unit.denominator * start.denominator;
  const scale = start.denominator * unit.numerator * length.denominator * columns;
  const endUnit = level === null
    ? promised
    : Math.ceil((sequenceOfSample(rate, promised - 1) + 1) / bucketSequences(level));
  const all = boundsOf({ first, step, scale }, columnCount, {
    // Samples by the rule of windows, ⌈t·r⌉; buckets so that none is cut.
    roundsUp: (index) => level === null || index === columnCount,
    end: endUnit,
  });
  const { firstColumn, bounds } = trim(all);
  if (bounds.length < 2) return undefined;
  const sampleOf = (bound: number) =>
    level === null
      ? bound
      : Math.min(promised, gridRange(rate, bound * bucketSequences(level)).start);
  return { timeline, level, firstColumn, bounds, sampleBounds: bounds.map(sampleOf) };
}

function multiply({ numerator, denominator }: ExactSeconds, factor: bigint): ExactSeconds {
  return { numerator: numerator * factor, denominator };
}

/** `(first + i × step) ÷ scale` for every i from 0 to `count`, rounded and clipped to 0 … end. */
function boundsOf(
  { first, step, scale }: { first: bigint; step: bigint; scale: bigint },
  count: number,
  { roundsUp, end }: { roundsUp: (index: number) => boolean; end: number },
): number[] {
  const bounds: number[] = [];
  let position = first;
  for (let index = 0; index <= count; index++) {
    const raised = roundsUp(index) ? position + scale - 1n : position;
    const bound = raised <= 0n ? 0 : Number(raised / scale);
    bounds.push(Math.min(bound, end));
    position += step;
  }
  assert(bounds[0]! <= bounds.at(-1)!, "columns go forward");
  return bounds;
}

/** Without the empty columns at both ends. */
function trim(bounds: readonly number[]): { firstColumn: number; bounds: readonly number[] } {
  let from = 0;
  while (from + 1 < bounds.length && bounds[from + 1] === bounds[from]) from++;
  let to = bounds.length - 1;
  while (to > from && bounds[to - 1] === bounds[to]) to--;
  return { firstColumn: from, bounds: bounds.slice(from, to + 1) };
}
