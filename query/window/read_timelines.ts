/**
 * From the key's index to timelines: which samples of each stream are stored.
 *
 * Sole owner of how little is read for that. A window looks at the sequences that it touches. A whole
 * recording is counted once; after that only its holes and its end are looked at, because nothing that is
 * stored ever goes away. Hazard: a restore from backup is the exception, so knowledge is kept for one
 * incarnation only.
 *
 * @module
 */

import { cover, gridRange, type KnownRuns, unknownSpans } from "@wavekeep/core/chunk";
import {
  intersectRanges,
  rangeLength,
  type SampleRange,
  type SampleRate,
} from "@wavekeep/core/time";
import { type OpenRecording, type OpenStream, segmentOf } from "../open_recording.ts";
import type { SequenceScope, SiteView } from "../store/query_store.ts";
import { type TimeRange, windowSamples } from "./gaps.ts";
import {
  isWhole,
  type SequenceRun,
  type StoredLength,
  storedSamples,
  type StreamTimeline,
  wholeRun,
} from "./timeline.ts";

/**
 * The timelines of some streams.
 *
 * @param options.window Only what the window touches is read; without it, everything.
 * @param options.known What is known of whole recordings; used and added to.
 * @returns In the order of `streams`.
 */
export async function readTimelines(
  view: Pick<SiteView, "incarnation" | "runs" | "lengths">,
  recording: OpenRecording,
  streams: readonly OpenStream[],
  options: { window?: TimeRange; known?: KnownRuns } = {},
): Promise<StreamTimeline[]> {
  const known = options.window === undefined ? options.known : undefined;
  const reads = streams.map((stream) => {
    const timeline = bareTimeline(recording, stream);
    const scope = scopeOf(recording, timeline, options.window);
    const before = (known?.get(nameOf(scope), String(view.incarnation)) ?? [])
      .filter(({ start }) => start < scope.end)
      .map(({ start, end }) => wholeRun(timeline.rate, { start, end: Math.min(end, scope.end) }));
    const unknown = unknownSpans(scope, before).map((span) => ({ ...scope, ...span }));
    return { timeline, scope, before, unknown };
  });
  const found = (await view.runs(reads.flatMap(({ unknown }) => unknown)))[Symbol.iterator]();
  const timelines: StreamTimeline[] = [];
  for (const { timeline, scope, before, unknown } of reads) {
    const runs = unknown.flatMap(() => found.next().value!);
    const shortRuns = new Map<number, StoredLength[]>();
    for (const run of runs) {
      if (isWhole(timeline.rate, run)) continue;
      shortRuns.set(run.start, await view.lengths({ ...scope, ...run }));
    }
    const pieces = [...before, ...runs].sort((a, b) => a.start - b.start);
    known?.set(
      nameOf(scope),
      String(view.incarnation),
      wholePieces(timeline.rate, pieces, shortRuns),
    );
    timelines.push({ ...timeline, ...storedSamples(timeline.rate, pieces, shortRuns) });
  }
  return timelines;
}

/** The whole chunks among pieces: only they may be left out of a later look, which takes them for whole. */
function wholePieces(
  rate: SampleRate,
  pieces: readonly SequenceRun[],
  shortRuns: ReadonlyMap<number, readonly StoredLength[]>,
): SequenceRun[] {
  return pieces.flatMap((piece) => {
    const parts = shortRuns.get(piece.start)?.map(({ sequence, sampleCount }) => ({
      start: sequence,
      end: sequence + 1,
      sampleCount,
    }));
    return parts?.filter((part) => isWhole(rate, part)) ?? [piece];
  });
}

/** A timeline as the nouns tell it, without a look at the chunks: everything but `stored` and `cutOffs`. */
export function bareTimeline(recording: OpenRecording, stream: OpenStream): StreamTimeline {
  const { segmentId, start } = segmentOf(recording, stream);
  const statements = recording.statements.filter((statement) =>
    statement.segmentNumber === stream.segmentNumber && statement.stream === stream.stream
  );
  const ends = statements.filter(({ kind }) => kind === "end");
  return {
    segmentNumber: stream.segmentNumber,
    segmentId,
    stream: stream.stream,
    rate: stream.rate,
    origin: start,
    stored: [],
    cutOffs: [],
    storedEnd: stream.last === null
      ? 0
      : gridRange(stream.rate, stream.last.sequence).start + stream.last.sampleCount,
    losses: statements
      .filter(({ kind }) => kind === "loss")
      .map(({ firstSample, sampleCount, reason }) => ({
        samples: { start: firstSample, end: firstSample + sampleCount },
        reason,
      })),
    statedEnd: ends.length === 0 ? null : Math.max(...ends.map(({ firstSample }) => firstSample)),
  };
}

/** Stored sequences that may matter; none beyond the last one seen, so that one answer is of one moment. */
function scopeOf(
  recording: OpenRecording,
  timeline: StreamTimeline,
  window: TimeRange | undefined,
): SequenceScope {
  const stored: SampleRange = { start: 0, end: timeline.storedEnd };
  const wanted = window === undefined
    ? stored
    : intersectRanges(windowSamples(timeline, window), stored);
  const { firstSequence, endSequence } = rangeLength(wanted) === 0
    ? { firstSequence: 0, endSequence: 0 }
    : cover(timeline.rate, wanted);
  return {
    recordingId: recording.stored.recordingId,
    segmentNumber: timeline.segmentNumber,
    stream: timeline.stream,
    start: firstSequence,
    end: endSequence,
  };
}

function nameOf({ recordingId, segmentNumber, stream }: SequenceScope): string {
  return `${recordingId}/${segmentNumber}/${stream}`;
}
