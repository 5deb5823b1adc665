/**
 * Where samples are missing, and why: pending, lost, erased, not recorded.
 *
 * Sole owner of naming holes. Computed on sample indexes, never on sequence numbers, and never bridged.
 * A sample is *pending* when something after it is stored, or the device stated a later end; *lost* when
 * the device said so and it did not arrive all the same; *not recorded* when its second was cut off, or
 * when it lies between segments. Beyond the last sample nothing is missing: nothing was promised.
 *
 * @module
 */

import { LOSS_REASONS } from "@wavekeep/core/chunk";
import type { Hole } from "@wavekeep/core/recording";
import {
  compareSeconds,
  cutRanges,
  type ExactSeconds,
  firstSampleAtOrAfter,
  formatSeconds,
  intersectRanges,
  parseSeconds,
  type SampleRange,
  subtractSeconds,
  uncoveredRanges,
  ZERO_SECONDS,
} from "@wavekeep/core/time";
import { horizon, secondsAt, type StreamTimeline } from "./timeline.ts";

/** A stretch of the recording axis, half-open. */
export interface TimeRange {
  readonly start: ExactSeconds;
  readonly end: ExactSeconds;
}

/** Where one segment lies on the recording axis. */
export interface SegmentSpan extends TimeRange {
  readonly startUncertainty: ExactSeconds;
}

/** Text of a loss reason; codes of later versions keep their number. */
export function lossReason(code: number): string {
  return LOSS_REASONS[code] ?? `reason-${code}`;
}

/**
 * Samples of a stream that a window selects: ⌈(a − t0)·r⌉ ≤ i < ⌈(b − t0)·r⌉, from sample 0 on.
 *
 * @throws {InvalidSelectionError} The window lies beyond 2^53 samples.
 */
export function windowSamples(timeline: StreamTimeline, window: TimeRange): SampleRange {
  const at = (t: ExactSeconds) =>
    Math.max(0, firstSampleAtOrAfter(timeline.rate, subtractSeconds(t, timeline.origin)));
  return { start: at(window.start), end: at(window.end) };
}

/**
 * The holes of one stream inside a range of its samples, in order.
 *
 * @param options.erased The patient's key is gone: what is stored cannot be read any more.
 */
export function streamHoles(
  timeline: StreamTimeline,
  samples: SampleRange,
  options: { erased?: boolean } = {},
): Hole[] {
  const promised = intersectRanges(samples, { start: 0, end: horizon(timeline) });
  const pieces: { range: SampleRange; kind: Hole["kind"]; reason: string | null }[] = [];
  if (options.erased) {
    for (const range of timeline.stored) {
      pieces.push({ range: intersectRanges(range, promised), kind: "erased", reason: null });
    }
  }
  const missing = uncoveredRanges(promised, timeline.stored);
  const cutOff = cutRanges(missing, timeline.cutOffs);
  for (const { range } of cutOff.pieces) {
    pieces.push({ range, kind: "not-recorded", reason: "second-cut-off" });
  }
  const lost = cutRanges(cutOff.rest, timeline.losses.map(({ samples }) => samples));
  for (const { range, of } of lost.pieces) {
    pieces.push({ range, kind: "lost", reason: lossReason(timeline.losses[of]!.reason) });
  }
  for (const range of lost.rest) pieces.push({ range, kind: "pending", reason: null });
  return pieces
    .filter(({ range }) => range.start < range.end)
    .sort((a, b) => a.range.start - b.range.start)
    .map(({ range, kind, reason }) => ({
      kind,
      start: formatSeconds(secondsAt(timeline, range.start)),
      end: formatSeconds(secondsAt(timeline, range.end)),
      uncertainty: "0",
      segment_id: timeline.segmentId,
      stream: timeline.stream,
      reason,
    }));
}

/**
 * The stretches between segments: nothing was recorded there.
 *
 * A stretch is known as well as the worse known of its two ends.
 *
 * @param spans In any order; segments of two devices may overlap.
 * @param window Only what lies inside it; everything when absent.
 */
export function segmentGaps(spans: readonly SegmentSpan[], window?: TimeRange): Hole[] {
  const sorted = [...spans].sort((a, b) => compareSeconds(a.start, b.start));
  const gaps: Hole[] = [];
  let before: SegmentSpan | undefined;
  for (const span of sorted) {
    if (before !== undefined) {
      const start = window === undefined ? before.end : later(before.end, window.start);
      const end = window === undefined ? span.start : earlier(span.start, window.end);
      if (compareSeconds(start, end) < 0) {
        gaps.push({
          kind: "not-recorded",
          start: formatSeconds(start),
          end: formatSeconds(end),
          uncertainty: formatSeconds(later(before.startUncertainty, span.startUncertainty)),
          segment_id: null,
          stream: null,
          reason: null,
        });
      }
    }
    if (before === undefined || compareSeconds(before.end, span.end) < 0) before = span;
  }
  return gaps;
}

/** By start; at one start, holes between segments first. For `Array.sort`. */
export function byHoleStart(a: Hole, b: Hole): number {
  return compareSeconds(parseSeconds(a.start), parseSeconds(b.start)) ||
    (a.segment_id ?? "").localeCompare(b.segment_id ?? "") || (a.stream ?? -1) - (b.stream ?? -1);
}

/** Where a segment of these streams lies; empty at its start when nothing has arrived. */
export function segmentSpan(
  timelines: readonly StreamTimeline[],
  start: ExactSeconds,
  startUncertainty: ExactSeconds = ZERO_SECONDS,
): SegmentSpan {
  const ends = timelines.map((timeline) => secondsAt(timeline, horizon(timeline)));
  return { start, end: ends.reduce(later, start), startUncertainty };
}

export function later(a: ExactSeconds, b: ExactSeconds): ExactSeconds {
  return compareSeconds(a, b) < 0 ? b : a;
}

export function earlier(a: ExactSeconds, b: ExactSeconds): ExactSeconds {
  return compareSeconds(a, b) < 0 ? a : b;
}
