/**
 * The stretch of a recording that a chunk which failed its check would have been.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import { FAILED_STEPS, type FailedChunk, type FailedStep, gridRange } from "@wavekeep/core/chunk";
import { formatSeconds } from "@wavekeep/core/time";
import { IntegrityError, type IntegrityStep } from "./integrity_error.ts";
import { secondsAt, type StreamTimeline } from "./window/timeline.ts";

/** Samples that are stored and not to be trusted. */
export interface FailedStretch {
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly segmentNumber: number;
  readonly stream: number;
  readonly sequence: number;
  readonly firstSample: number;
  /** What the grid gives: a damaged chunk's own word is not taken. */
  readonly sampleCount: number;
  /** Decimal text, from recording start. */
  readonly startSeconds: string;
  readonly endSeconds: string;
  readonly step: IntegrityStep;
}

/** What is needed of a stream to say where one of its chunks lies. */
export type StreamPlace = Pick<
  StreamTimeline,
  "segmentId" | "segmentNumber" | "stream" | "rate" | "origin"
>;

/** The stretch of one chunk. */
export function failedStretch(
  timeline: StreamPlace,
  { sequence, step }: { readonly sequence: number; readonly step: IntegrityStep },
): FailedStretch {
  const { segmentId, segmentNumber, stream } = timeline;
  const { start, end } = gridRange(timeline.rate, sequence);
  return {
    segmentId,
    segmentNumber,
    stream,
    sequence,
    firstSample: start,
    sampleCount: end - start,
    startSeconds: formatSeconds(secondsAt(timeline, start)),
    endSeconds: formatSeconds(secondsAt(timeline, end)),
    step,
  };
}

/** An error of several chunks as one: the first tells what happened, all stretches are named. */
export function failureOfStretches(
  first: IntegrityError,
  stretches: readonly FailedStretch[],
): IntegrityError {
  return new IntegrityError(first.step, first.key, first.cause, stretches);
}

/** For an answer of stored chunks, in the place of the chunk. */
export function failedChunkOf(stretch: FailedStretch): FailedChunk {
  const { stream, sequence, firstSample, sampleCount, step } = stretch;
  return {
    step: Object.hasOwn(FAILED_STEPS, step) ? step as FailedStep : undefined,
    segmentId: parseHex(stretch.segmentId),
    stream,
    sequence,
    firstSample,
    sampleCount,
  };
}
