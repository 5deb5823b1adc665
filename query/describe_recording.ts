/**
 * What there is of a recording, without a sample: durations, channels, rates, segments, holes.
 *
 * Sole owner of the shape of recordings in answers. Reads the key's index and the nouns; bodies stay
 * where they are.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { sequenceOfSample } from "@wavekeep/core/chunk";
import type { Hole } from "@wavekeep/core/recording";
import {
  type ExactSeconds,
  formatSeconds,
  type SampleRate,
  ZERO_SECONDS,
} from "@wavekeep/core/time";
import type { RecordingDetail, RecordingListEntry, SegmentSummary } from "@wavekeep/core/wire";
import { nameChannels } from "./window/channel_names.ts";
import {
  byHoleStart,
  later,
  segmentGaps,
  type SegmentSpan,
  segmentSpan,
  streamHoles,
} from "./window/gaps.ts";
import { horizon, secondsAt, type StreamTimeline } from "./window/timeline.ts";
import { type OpenRecording, type OpenStream, segmentOf } from "./open_recording.ts";
import { endOf, type PlacedAnnotation } from "./read_annotations.ts";

/** Everything a description is made of. */
export interface RecordingFacts {
  readonly recording: OpenRecording;
  /** One for each stream, in the streams' order. */
  readonly timelines: readonly StreamTimeline[];
  readonly annotations: readonly PlacedAnnotation[];
  /** Something of it does not verify: it is not opened, or marks are missing. */
  readonly isDamaged?: boolean;
}

/** A recording in a list. */
export function describeListed(facts: RecordingFacts): RecordingListEntry {
  const { recording, timelines } = facts;
  const { stored } = recording;
  const spans = segmentSpans(recording, timelines);
  const isDamaged = facts.isDamaged === true;
  const isErased = recording.key === undefined && !isDamaged;
  const firstNumber = recording.segments[0]?.segmentNumber;
  const firstStreams = recording.streams.filter((s) => s.segmentNumber === firstNumber);
  const active = facts.annotations.filter(({ json }) => json.status === "active");
  const holes = holesOf(timelines, spans, isErased);
  return {
    "patient_id": stored.patientCode,
    "recording_id": stored.recordingCode,
    status: stored.isClosed ? "closed" : "open",
    "started_at": recording.startedAt,
    "duration_seconds": formatSeconds(durationOf(spans, facts.annotations)),
    complete: timelines.length > 0 && timelines.every(isComplete) &&
      !holes.some(({ kind }) => kind === "pending"),
    "channel_count": firstStreams.reduce((sum, { channelCount }) => sum + channelCount, 0),
    channels: nameChannels(firstStreams).map(({ name }) => name),
    rates: distinctRates(recording.streams),
    "segment_count": recording.segments.length,
    holes,
    "annotation_count": active.length,
    "seizure_count": active.filter(({ json }) => json.kind === "seizure").length,
    "last_received_at": lastReceived(recording.streams),
    ...(isDamaged ? { damaged: true as const } : {}),
  };
}

/** A recording with its segments. */
export function describeDetail(facts: RecordingFacts, asOf: string): RecordingDetail {
  return {
    ...describeListed(facts),
    segments: facts.recording.segments.map((segment) => describeSegment(facts, segment)),
    "as_of": asOf,
  };
}

/** Where every segment lies, in the order of their numbers. */
export function segmentSpans(
  recording: OpenRecording,
  timelines: readonly StreamTimeline[],
): SegmentSpan[] {
  return recording.segments.map((segment) =>
    segmentSpan(
      timelines.filter(({ segmentNumber }) => segmentNumber === segment.segmentNumber),
      segment.start,
      segment.startUncertainty,
    )
  );
}

/** Every hole of a recording, by start. */
function holesOf(
  timelines: readonly StreamTimeline[],
  spans: readonly SegmentSpan[],
  erased: boolean,
): Hole[] {
  return [
    ...segmentGaps(spans),
    ...timelines.flatMap((timeline) =>
      streamHoles(timeline, { start: 0, end: horizon(timeline) }, { erased })
    ),
  ].sort(byHoleStart);
}

function isComplete({ storedEnd, statedEnd }: StreamTimeline): boolean {
  return statedEnd !== null && storedEnd >= statedEnd;
}

/** Samples end a recording, even where a mark outlasts them; marks do where there are no streams. */
function durationOf(
  spans: readonly SegmentSpan[],
  annotations: readonly PlacedAnnotation[],
): ExactSeconds {
  const ends = spans.length > 0
    ? spans.map(({ end }) => end)
    : annotations.filter(({ json }) => json.status === "active").map(endOf);
  return ends.reduce<ExactSeconds>((a, b) => b === undefined ? a : later(a, b), ZERO_SECONDS);
}

function describeSegment(
  { recording, timelines }: RecordingFacts,
  segment: OpenRecording["segments"][number],
): SegmentSummary {
  const own = timelines.filter((t) => t.segmentNumber === segment.segmentNumber);
  const ends = own.map((timeline) => secondsAt(timeline, timeline.storedEnd));
  return {
    "segment_id": segment.segmentId,
    "segment_number": segment.segmentNumber,
    "segment_digest": formatHex(segment.segmentDigest),
    "start_seconds": formatSeconds(segment.start),
    "start_uncertainty_seconds": formatSeconds(segment.startUncertainty),
    "end_seconds": formatSeconds(ends.reduce(later, segment.start)),
    clock: segment.clock,
    implicit: segment.implicit,
    streams: recording.streams.flatMap((stream, index) =>
      segmentOf(recording, stream) === segment ? [describeStream(stream, timelines[index]!)] : []
    ),
  };
}

function describeStream(
  stream: OpenStream,
  timeline: StreamTimeline,
): SegmentSummary["streams"][number] {
  return {
    stream: stream.stream,
    rate: rateText(stream.rate),
    kind: stream.kind,
    "descriptor_digest": formatHex(stream.descriptorDigest),
    channels: [...stream.channels],
    "chunk_count": chunkCount(timeline),
    "end_sample": timeline.storedEnd,
    "end_sequence": stream.last === null ? 0 : stream.last.sequence + 1,
  };
}

/** Chunks that hold the stored samples: no two ranges share one. */
function chunkCount({ rate, stored }: StreamTimeline): number {
  return stored.reduce(
    (sum, { start, end }) =>
      sum + sequenceOfSample(rate, end - 1) - sequenceOfSample(rate, start) + 1,
    0,
  );
}

function distinctRates(streams: readonly OpenStream[]): RecordingListEntry["rates"] {
  const texts = streams.map(({ rate }) => rateText(rate));
  return [...new Map(texts.map((text) => [`${text.samples}/${text.seconds}`, text])).values()];
}

function lastReceived(streams: readonly OpenStream[]): string | null {
  const moments = streams.flatMap(({ last }) => last === null ? [] : [last.receivedAt]);
  return moments.sort().at(-1) ?? null;
}

/** A rate as it crosses the wire. */
export function rateText(rate: SampleRate): { samples: string; seconds: string } {
  return { samples: rate.samples.toString(), seconds: rate.seconds.toString() };
}
