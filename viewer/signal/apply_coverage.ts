/**
 * What a live event changes in the model: how far each stream reaches.
 *
 * @module
 */

import {
  addSeconds,
  parseSeconds,
  sampleRate,
  secondsOfSample,
  toNumber,
} from "@wavekeep/core/time";
import type { RecordingModel } from "./recording_model.ts";

/** Where each stream ends now, as query tells it. */
export interface Coverage {
  readonly endSeconds: number;
  readonly streams: readonly {
    readonly segmentId: string;
    readonly stream: number;
    readonly endSample: number;
  }[];
}

/** The model after an event. */
export interface CoveredModel {
  readonly model: RecordingModel;
  /** True when the event names a segment or stream the model has not: ask for a fresh one. */
  readonly isOutdated: boolean;
}

/** Applies an event. A model is never made shorter. */
export function applyCoverage(model: RecordingModel, coverage: Coverage): CoveredModel {
  const ends = new Map(
    coverage.streams.map((s) => [`${s.segmentId}/${s.stream}`, s.endSample]),
  );
  let known = 0;
  const segments = model.segments.map((segment) => {
    let end = segment.end;
    const streams = segment.streams.map((stream) => {
      const endSample = ends.get(`${segment.id}/${stream.stream}`);
      if (endSample === undefined) return stream;
      known++;
      if (endSample <= stream.endSample) return stream;
      const rate = sampleRate(BigInt(stream.rate.samples), BigInt(stream.rate.seconds));
      const reached = addSeconds(parseSeconds(segment.start), secondsOfSample(rate, endSample));
      end = Math.max(end, toNumber(reached));
      return { ...stream, endSample };
    });
    return { ...segment, end, streams };
  });
  const endSeconds = Math.max(model.endSeconds, coverage.endSeconds);
  return {
    model: {
      ...model,
      segments,
      endSeconds,
      durationSeconds: Math.max(model.durationSeconds, endSeconds),
    },
    isOutdated: known < coverage.streams.length,
  };
}
