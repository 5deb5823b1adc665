/**
 * Sequences of a segment's streams as seconds of signal.
 *
 * @module
 */

import { gridRange } from "@wavekeep/core/chunk";
import { secondsOfSample, toNumber } from "@wavekeep/core/time";
import type { SourceChunk, SourceSegment } from "./device_source.ts";

/** Seconds that all streams have before the sequences `from`. */
export function secondsAt(segment: SourceSegment, from: readonly number[]): number {
  const seconds = segment.streams.map(({ rate }, stream) =>
    toNumber(secondsOfSample(rate, sampleAt(rate, from[stream]!)))
  );
  const ends = segment.sampleCounts?.map((count, stream) =>
    toNumber(secondsOfSample(segment.streams[stream]!.rate, count))
  );
  return Math.min(...seconds.map((value, stream) => Math.min(value, ends?.[stream] ?? Infinity)));
}

/** Seconds that any stream has before the sequences `made`; a stream that is not named there has none. */
export function secondsMade(segment: SourceSegment, made: readonly number[]): number {
  return Math.max(
    ...segment.streams.map(({ rate }, stream) =>
      toNumber(secondsOfSample(rate, sampleAt(rate, made[stream] ?? 0)))
    ),
  );
}

/** Where a chunk ends, in seconds from the start of its segment. */
export function chunkEndSeconds(segment: SourceSegment, chunk: SourceChunk): number {
  const { rate } = segment.streams[chunk.stream]!;
  return toNumber(secondsOfSample(rate, chunk.firstSample + chunk.sampleCount));
}

/** The first sample of a sequence. */
export function sampleAt(rate: SourceSegment["streams"][number]["rate"], sequence: number): number {
  return gridRange(rate, sequence).start;
}
