/**
 * What of a stream is stored, as ranges of samples on the recording axis.
 *
 * Sole owner of turning runs of sequence numbers into ranges of samples. The chunk grid (decision 0002)
 * makes this arithmetic: a run of sequences whose samples add up to the grid's is whole, and only a run
 * that does not add up has to be looked at chunk by chunk. Hazard: a hole in sequence numbers is not
 * yet a gap; gaps are reckoned in samples, in `gaps.ts`.
 *
 * @module
 */

import { gridRange, type SequenceSpan } from "@wavekeep/core/chunk";
import type { ExactSeconds, SampleRange, SampleRate } from "@wavekeep/core/time";
import { addSeconds, secondsOfSample } from "@wavekeep/core/time";

/** Consecutive stored sequence numbers of one stream, `start <= sequence < end`. */
export interface SequenceRun extends SequenceSpan {
  /** Samples per channel that these chunks hold together. */
  readonly sampleCount: number;
}

/** One stored chunk, as far as the primary key and its included column tell. */
export interface StoredLength {
  readonly sequence: number;
  readonly sampleCount: number;
}

/** Samples that the device said will never come. */
export interface Loss {
  readonly samples: SampleRange;
  /** Reason code of the loss record. */
  readonly reason: number;
}

/** Everything the planner has to know of one stream. */
export interface StreamTimeline {
  readonly segmentNumber: number;
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly stream: number;
  readonly rate: SampleRate;
  /** Where sample 0 lies, in seconds from recording start. */
  readonly origin: ExactSeconds;
  /** Stored samples, at least those of the window in question: sorted, disjoint, never touching. */
  readonly stored: readonly SampleRange[];
  /** Sample after the last stored one, wherever it lies; 0 when nothing has arrived. */
  readonly storedEnd: number;
  /** Ends of seconds that were cut off: their chunk is stored, and shorter than the grid. */
  readonly cutOffs: readonly SampleRange[];
  readonly losses: readonly Loss[];
  /** Sample after the last, once the device stated the end. */
  readonly statedEnd: number | null;
}

/**
 * The samples that runs of stored chunks hold.
 *
 * @param rate Rate of the stream.
 * @param runs Sorted and disjoint.
 * @param shortRuns Every chunk of each run that does not add up, by the run's first sequence.
 * @returns Sorted ranges that never touch, and the ends of cut-off seconds.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { sampleRate } from "@wavekeep/core/time";
 * import { storedSamples } from "./timeline.ts";
 *
 * const { stored } = storedSamples(sampleRate(64, 5), [{ start: 0, end: 5, sampleCount: 64 }], new Map());
 * deepStrictEqual(stored, [{ start: 0, end: 64 }]);
 * ```
 */
export function storedSamples(
  rate: SampleRate,
  runs: readonly SequenceRun[],
  shortRuns: ReadonlyMap<number, readonly StoredLength[]>,
): { stored: SampleRange[]; cutOffs: SampleRange[] } {
  const stored: SampleRange[] = [];
  const cutOffs: SampleRange[] = [];
  for (const run of runs) {
    if (isWhole(rate, run)) {
      append(stored, gridOfRun(rate, run));
      continue;
    }
    for (const { sequence, sampleCount } of shortRuns.get(run.start) ?? []) {
      const grid = gridRange(rate, sequence);
      const end = grid.start + sampleCount;
      append(stored, { start: grid.start, end });
      if (end < grid.end) cutOffs.push({ start: end, end: grid.end });
    }
  }
  return { stored, cutOffs };
}

/** Whether every chunk of a run holds all samples that the grid gives it. */
export function isWhole(rate: SampleRate, run: SequenceRun): boolean {
  const grid = gridOfRun(rate, run);
  return grid.end - grid.start === run.sampleCount;
}

/** A run of chunks that are all whole. */
export function wholeRun(rate: SampleRate, { start, end }: SequenceSpan): SequenceRun {
  const grid = gridOfRun(rate, { start, end });
  return { start, end, sampleCount: grid.end - grid.start };
}

/** The sample after the last one that is stored or that the device said there would be. */
export function horizon(timeline: StreamTimeline): number {
  return Math.max(timeline.storedEnd, timeline.statedEnd ?? 0);
}

/** When sample `index` of a stream was taken, in seconds from recording start. */
export function secondsAt(
  timeline: Pick<StreamTimeline, "origin" | "rate">,
  index: number,
): ExactSeconds {
  return addSeconds(timeline.origin, secondsOfSample(timeline.rate, index));
}

function gridOfRun(rate: SampleRate, run: SequenceSpan): SampleRange {
  return {
    start: gridRange(rate, run.start).start,
    end: gridRange(rate, run.end - 1).end,
  };
}

/** Adds a range behind the last one, joining the two when they meet. */
function append(ranges: SampleRange[], range: SampleRange): void {
  const last = ranges.at(-1);
  if (last !== undefined && last.end === range.start) {
    ranges[ranges.length - 1] = { start: last.start, end: range.end };
  } else if (range.start < range.end) {
    ranges.push(range);
  }
}
