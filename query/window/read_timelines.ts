/**
 * From the key's index to timelines: which samples of each stream are stored.
 *
 * Sole owner of how little is read for that. A window looks at the sequences that it touches; a whole
 * recording is counted once, and what is known to be whole is never counted again, because nothing that
 * is stored ever goes away. Hazard: a restore from backup is the exception, so knowledge is kept for one
 * incarnation only.
 *
 * @module
 */

import { cover, gridRange } from "@wavekeep/core/chunk";
import { intersectRanges, rangeLength, type SampleRange } from "@wavekeep/core/time";
import { type OpenRecording, type OpenStream, segmentOf } from "../open_recording.ts";
import type { SequenceScope, SiteView } from "../store/query_store.ts";
import { type TimeRange, windowSamples } from "./gaps.ts";
import {
  isWhole,
  type SequenceRun,
  type StoredLength,
  storedSamples,
  type StreamTimeline,
} from "./timeline.ts";

/** Streams remembered at most; then everything is counted anew. */
const STREAMS_MAX = 20_000;

/** Remembers how far each stream is whole from its first chunk on. Counts only: nothing of a patient. */
export class WholePrefixes {
  readonly #prefixes = new Map<string, SequenceRun>();

  get(scope: SequenceScope, incarnation: number): SequenceRun | undefined {
    return this.#prefixes.get(keyOf(scope, incarnation));
  }

  set(scope: SequenceScope, incarnation: number, prefix: SequenceRun): void {
    if (this.#prefixes.size >= STREAMS_MAX) this.#prefixes.clear();
    this.#prefixes.set(keyOf(scope, incarnation), prefix);
  }
}

/**
 * The timelines of some streams.
 *
 * @param options.window Only what the window touches is read; without it, everything.
 * @param options.prefixes What is known of whole recordings.
 * @returns In the order of `streams`.
 */
export async function readTimelines(
  view: SiteView,
  recording: OpenRecording,
  streams: readonly OpenStream[],
  options: { window?: TimeRange; prefixes?: WholePrefixes } = {},
): Promise<StreamTimeline[]> {
  const bare = streams.map((stream) => bareTimeline(recording, stream));
  const scopes = bare.map((timeline) => scopeOf(recording, timeline, options.window));
  const known = scopes.map((scope) =>
    options.window === undefined ? options.prefixes?.get(scope, view.incarnation) : undefined
  );
  const found = await view.runs(
    scopes.map((scope, index) => ({ ...scope, start: known[index]?.end ?? scope.start })),
  );
  return await Promise.all(bare.map(async (timeline, index) => {
    const runs = join(known[index], found[index]!);
    const [first] = runs;
    if (options.window === undefined && first?.start === 0 && isWhole(timeline.rate, first)) {
      options.prefixes?.set(scopes[index]!, view.incarnation, first);
    }
    const shortRuns = new Map<number, StoredLength[]>();
    for (const run of runs) {
      if (isWhole(timeline.rate, run)) continue;
      shortRuns.set(run.start, await view.lengths({ ...scopes[index]!, ...run }));
    }
    return { ...timeline, ...storedSamples(timeline.rate, runs, shortRuns) };
  }));
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

function join(prefix: SequenceRun | undefined, runs: readonly SequenceRun[]): SequenceRun[] {
  const [first, ...rest] = runs;
  if (prefix === undefined) return [...runs];
  if (first === undefined || first.start !== prefix.end) return [prefix, ...runs];
  const sampleCount = prefix.sampleCount + first.sampleCount;
  return [{ start: prefix.start, end: first.end, sampleCount }, ...rest];
}

function keyOf(scope: SequenceScope, incarnation: number): string {
  return `${incarnation} ${scope.recordingId} ${scope.segmentNumber} ${scope.stream}`;
}
