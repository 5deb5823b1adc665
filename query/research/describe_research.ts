/**
 * A recording towards researchers, member by member: what is not named here is not told.
 *
 * @module
 */

import type { ResearchDetail, ResearchListEntry } from "@wavekeep/core/wire";
import { describeDetail, describeListed, type RecordingFacts } from "../describe_recording.ts";
import { deidentifiedHoles } from "./deidentify.ts";

/** @param facts Of a view. */
export function describeResearch(facts: RecordingFacts): ResearchListEntry {
  const all = describeListed(facts);
  return {
    "patient_id": all.patient_id,
    "recording_id": all.recording_id,
    "started_at": all.started_at,
    "duration_seconds": all.duration_seconds,
    complete: all.complete,
    "channel_count": all.channel_count,
    channels: all.channels,
    rates: all.rates,
    "segment_count": all.segment_count,
    "annotation_count": all.annotation_count,
    "seizure_count": all.seizure_count,
  };
}

/** @param facts Of a view. */
export function describeResearchDetail(facts: RecordingFacts): ResearchDetail {
  const { holes, segments } = describeDetail(facts, "");
  return {
    ...describeResearch(facts),
    holes: deidentifiedHoles(holes),
    segments: segments.map((segment) => ({
      "segment_id": segment.segment_id,
      "segment_number": segment.segment_number,
      "start_seconds": segment.start_seconds,
      "start_uncertainty_seconds": segment.start_uncertainty_seconds,
      "end_seconds": segment.end_seconds,
      streams: segment.streams.map(({ stream, rate, kind, channels, end_sample: end }) => ({
        stream,
        rate,
        kind,
        channels,
        "end_sample": end,
      })),
    })),
  };
}
