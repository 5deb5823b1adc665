/**
 * What there is to see of a recording: stretches with samples, in order, without overlap.
 *
 * @module
 */

import { uncoveredRanges } from "@wavekeep/core/time";
import type { RecordingModel } from "./recording_model.ts";
import type { Stretch } from "./seen_map.ts";

/** Segments without the holes that all of their streams have. */
export function recordedStretches({ segments, holes }: RecordingModel): Stretch[] {
  const whole = holes.filter(({ stream }) => stream === null)
    .toSorted((a, b) => a.start - b.start);
  return segments
    .map(({ start, end }) => ({ start: Number(start), end }))
    .toSorted((a, b) => a.start - b.start)
    .flatMap((segment) => uncoveredRanges(segment, whole));
}
