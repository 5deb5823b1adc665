/**
 * Trends towards researchers: the numbers, and the names of derivations that the field has for them.
 *
 * A stored trend is of the channels as their device named them, so it is planned on those; paths and reasons name
 * them, and are left out.
 *
 * @module
 */

import type { Hole } from "@wavekeep/core/recording";
import type { TrendsAnswer, TrendSideText } from "@wavekeep/core/trend";
import { deidentifiedHoles, type ResearchRecording } from "./deidentify.ts";

/** @param answer Of the recording as it is stored. */
export function deidentifiedTrends(
  answer: TrendsAnswer,
  { stored, view }: ResearchRecording,
): TrendsAnswer {
  const plain = new Map(
    stored.segments.map(({ segmentId }, index) => [segmentId, view.segments[index]!.segmentId]),
  );
  const side = ({ derivations, aeeg }: TrendSideText): TrendSideText => ({
    derivations: derivations.map(({ name }) => ({ name, path: "" })),
    aeeg: aeeg && { name: aeeg.name, path: "" },
  });
  return {
    ...answer,
    streams: answer.streams.map((stream) => ({
      ...stream,
      "segment_id": plain.get(stream.segment_id)!,
      sides: { left: side(stream.sides.left), right: side(stream.sides.right) },
      "left_out": [],
    })),
    unavailable: answer.unavailable.map(({ segment_id: segmentId, stream }) => ({
      "segment_id": plain.get(segmentId)!,
      stream,
      reason: "",
    })),
    gaps: deidentifiedHoles(answer.gaps as readonly Hole[]).map((hole) => ({
      ...hole,
      "segment_id": hole.segment_id && plain.get(hole.segment_id)!,
    })),
    "as_of": "",
  };
}
