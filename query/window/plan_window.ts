/**
 * From a window to the chunks that hold its samples, and to what is missing.
 *
 * Sole owner of the selection rule: a window [a, b) takes sample *i* of a stream with first sample at t0
 * and rate r when ⌈(a − t0)·r⌉ ≤ i < ⌈(b − t0)·r⌉. Pure arithmetic on half-open ranges and exact ratios; it
 * reads nothing and rounds nothing. Hazard: every length here is samples per channel unless the name
 * says `sampleCount` of a plan, which is over all channels.
 *
 * @module
 */

import { cover, gridRange } from "@wavekeep/core/chunk";
import type { Hole } from "@wavekeep/core/recording";
import {
  compareSeconds,
  firstSampleAtOrAfter,
  intersectRanges,
  rangeLength,
  type SampleRange,
  type SampleRate,
  subtractSeconds,
} from "@wavekeep/core/time";
import {
  byHoleStart,
  segmentGaps,
  type SegmentSpan,
  streamHoles,
  type TimeRange,
  windowSamples,
} from "./gaps.ts";
import { secondsAt, type StreamTimeline } from "./timeline.ts";

/** A stream as the planner sees it, with how many of its channels are wanted. */
export interface PlannedStream {
  readonly timeline: StreamTimeline;
  readonly channelCount: number;
}

/** An uninterrupted stretch of stored samples of one stream; the unit of every answer. */
export interface PlannedRun {
  readonly timeline: StreamTimeline;
  readonly channelCount: number;
  readonly samples: SampleRange;
}

/** The part of one chunk that a run takes. */
export interface ChunkSlice {
  readonly sequence: number;
  /** Samples to leave out at the start of the chunk. */
  readonly skip: number;
  /** Samples to take. */
  readonly take: number;
  /** Where they go, counted from the start of the run. */
  readonly at: number;
}

/** What a window comes down to. */
export interface WindowPlan {
  readonly window: TimeRange;
  /** By time of the first sample, then segment, then stream. */
  readonly runs: readonly PlannedRun[];
  readonly gaps: readonly Hole[];
  /** Stored samples selected, over all wanted channels. */
  readonly sampleCount: number;
}

/**
 * Plans one window.
 *
 * @param streams Streams with wanted channels, in segment order.
 * @param spans Every segment of the recording; between them nothing was recorded.
 * @param window Half-open, in seconds from recording start; `start < end` is the caller's to check.
 * @param options.erased What is stored cannot be read any more: no runs, and holes that say so.
 *
 * @throws {InvalidSelectionError} The window lies beyond 2^53 samples of a stream.
 */
export function planWindow(
  streams: readonly PlannedStream[],
  spans: readonly SegmentSpan[],
  window: TimeRange,
  options: { erased?: boolean } = {},
): WindowPlan {
  const runs: PlannedRun[] = [];
  const gaps: Hole[] = segmentGaps(spans, window);
  for (const { timeline, channelCount } of streams) {
    const wanted = windowSamples(timeline, window);
    gaps.push(...streamHoles(timeline, wanted, options));
    if (options.erased) continue;
    for (const stored of timeline.stored) {
      const samples = intersectRanges(stored, wanted);
      if (rangeLength(samples) > 0) runs.push({ timeline, channelCount, samples });
    }
  }
  return {
    window,
    runs: runs.sort(byTime),
    gaps: gaps.sort(byHoleStart),
    sampleCount: runs.reduce((sum, run) => sum + run.channelCount * rangeLength(run.samples), 0),
  };
}

/**
 * How many samples per channel a window asks for at a rate, stored or not: what a limit is held against,
 * so that ten million samples are refused of a recording of a minute, too.
 */
export function samplesAsked(rate: SampleRate, window: TimeRange): number {
  return firstSampleAtOrAfter(rate, subtractSeconds(window.end, window.start));
}

/**
 * The chunks of a run, in order, lazily: a day of one stream is 86,400 of them.
 *
 * Slices cover the run exactly, without overlap: the `take`s add up to its length.
 */
export function* chunkSlices(run: PlannedRun): Iterable<ChunkSlice> {
  const { firstSequence, endSequence } = cover(run.timeline.rate, run.samples);
  for (let sequence = firstSequence; sequence < endSequence; sequence++) {
    yield sliceOf(run, sequence);
  }
}

/** The part of chunk `sequence` that a run takes; the run must touch the chunk. */
export function sliceOf(run: PlannedRun, sequence: number): ChunkSlice {
  const grid = gridRange(run.timeline.rate, sequence);
  const wanted = intersectRanges(grid, run.samples);
  return {
    sequence,
    skip: wanted.start - grid.start,
    take: rangeLength(wanted),
    at: wanted.start - run.samples.start,
  };
}

function byTime(a: PlannedRun, b: PlannedRun): number {
  return compareSeconds(
    secondsAt(a.timeline, a.samples.start),
    secondsAt(b.timeline, b.samples.start),
  ) || a.timeline.segmentNumber - b.timeline.segmentNumber ||
    a.timeline.stream - b.timeline.stream;
}
