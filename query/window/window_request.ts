/**
 * From the query string of `GET /eeg` to an exact window.
 *
 * Sole owner of the three coordinates: seconds from recording start, civil time at the patient, and
 * samples of one stream. Every complaint names the parameter it is about.
 *
 * @module
 */

import { isCoreError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import {
  addSeconds,
  compareSeconds,
  differenceSeconds,
  type ExactSeconds,
  parseCivil,
  parseSeconds,
  secondsOfSample,
} from "@wavekeep/core/time";
import type { WindowQuery } from "@wavekeep/core/wire";
import { type OpenRecording, type OpenStream, segmentOf } from "../open_recording.ts";
import type { TimeRange } from "./gaps.ts";

/** A window, and the only stream it is about when it was given in samples. */
export interface WindowRequest {
  readonly window: TimeRange;
  readonly only: OpenStream | undefined;
}

/**
 * Reads a window.
 *
 * @throws {ProblemError} `window-invalid`: not readable, empty, or in a coordinate that the recording does
 * not have; `segment-not-found`.
 */
export function parseWindow(
  query: Pick<WindowQuery, "start" | "end" | "coordinate" | "segment_id" | "stream">,
  recording: OpenRecording,
): WindowRequest {
  const only = query.coordinate === "sample" ? findStream(query, recording) : undefined;
  const at = (name: "start" | "end") =>
    attempt(name, () => toSeconds(query[name], query.coordinate, recording, only));
  return { window: notEmpty({ start: at("start"), end: at("end") }), only };
}

/**
 * Checks that a window ends after it starts.
 *
 * @throws {ProblemError} `window-invalid`, pointing at the end.
 */
export function notEmpty(window: TimeRange): TimeRange {
  if (compareSeconds(window.start, window.end) < 0) return window;
  throw invalid("end", "Cannot select a window: it ends at or before its start");
}

function toSeconds(
  text: string,
  coordinate: WindowQuery["coordinate"],
  recording: OpenRecording,
  only: OpenStream | undefined,
): ExactSeconds {
  switch (coordinate) {
    case "seconds":
      return parseSeconds(text);
    case "clock": {
      if (recording.startedAt === null) {
        throw invalid("coordinate", "Cannot use clock times: the recording's start is not known");
      }
      return differenceSeconds(parseCivil(text), parseCivil(recording.startedAt.civil));
    }
    case "sample": {
      if (!/^\d{1,15}$/.test(text)) {
        throw new ProblemError("window-invalid", { detail: "not a sample index" });
      }
      const { start } = segmentOf(recording, only!);
      return addSeconds(start, secondsOfSample(only!.rate, Number(text)));
    }
  }
}

function findStream(
  query: Pick<WindowQuery, "segment_id" | "stream">,
  recording: OpenRecording,
): OpenStream {
  if (query.segment_id === undefined) {
    throw invalid("segment_id", "Cannot use sample indexes: they count within a segment");
  }
  const segment = recording.segments.find(({ segmentId }) => segmentId === query.segment_id);
  const stream = recording.streams.find((stream) =>
    stream.segmentNumber === segment?.segmentNumber && stream.stream === (query.stream ?? 0)
  );
  if (stream === undefined) {
    throw new ProblemError("segment-not-found", {
      detail: "The recording has no such segment and stream",
    });
  }
  return stream;
}

function attempt(name: "start" | "end", read: () => ExactSeconds): ExactSeconds {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProblemError && error.details.errors !== undefined) throw error;
    if (error instanceof ProblemError || isCoreError(error)) throw invalid(name, error.message);
    throw error;
  }
}

function invalid(name: string, detail: string): ProblemError {
  return new ProblemError("window-invalid", {
    detail,
    errors: [{ detail, pointer: `/query/${name}` }],
  });
}
