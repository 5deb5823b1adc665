/**
 * Marks: opened, and placed on the recording axis.
 *
 * Sole owner of where a mark lies. A mark of a file counts from the recording's start (the header's, not
 * the first sample's); a mark on the waveform counts from its segment's first sample; a mark by the wall
 * clock can be placed only when the recording's civil start is known, and says so otherwise.
 *
 * @module
 */

import { annotationPlace, kindOfMark, type SealedAnnotation, unseal } from "@wavekeep/core/crypto";
import { AnnotationAnchor, Detection } from "@wavekeep/core/recording";
import {
  addSeconds,
  compareSeconds,
  differenceSeconds,
  type ExactSeconds,
  formatSeconds,
  parseCivil,
  parseSeconds,
  secondsOfPosition,
  ZERO_SECONDS,
} from "@wavekeep/core/time";
import type { AnnotationJson } from "@wavekeep/core/wire";
import { IntegrityError } from "./integrity_error.ts";
import type { OpenRecording } from "./open_recording.ts";
import { openReviews, summariseReviews } from "./read_reviews.ts";
import type { StoredAnnotation, StoredReview } from "./store/query_store.ts";
import type { TimeRange } from "./window/gaps.ts";

/** A mark with exact times beside its wire form. */
export interface PlacedAnnotation {
  readonly json: AnnotationJson;
  /** Seconds from recording start; undefined when it cannot be placed. */
  readonly onset: ExactSeconds | undefined;
  /** Undefined when the mark has none, which differs from zero. */
  readonly duration: ExactSeconds | undefined;
}

/** Made once: a schema costs more than what it parses. */
const SomeDetection = Detection.nullable();

/**
 * Opens versions of marks of a recording.
 *
 * @param reviews Of these marks, in the order in which they were stored; each counts for its version.
 * @returns By onset, then id; marks that cannot be placed come last. Nothing when the patient was erased.
 * @throws {IntegrityError} A sealed body does not open.
 */
export function openAnnotations(
  recording: OpenRecording,
  stored: readonly StoredAnnotation[],
  reviews: readonly StoredReview[] = [],
): PlacedAnnotation[] {
  const { key } = recording;
  if (key === undefined) return [];
  const opened = openReviews(recording, key, reviews);
  return stored.map((row) => {
    const own = opened.get(row.annotationId)
      ?.filter((review) => review.annotation_version === row.version) ?? [];
    return openAnnotation(recording, key, { row, review: summariseReviews(own) });
  }).sort(byOnset);
}

/** Whether a mark touches a window: a point inside it, or a stretch that overlaps it. */
export function touches(annotation: PlacedAnnotation, window: Partial<TimeRange>): boolean {
  const { onset, duration } = annotation;
  if (onset === undefined) return true;
  const end = addSeconds(onset, duration ?? ZERO_SECONDS);
  const beginsBefore = window.end === undefined || compareSeconds(onset, window.end) < 0;
  const endsAfter = window.start === undefined || compareSeconds(onset, window.start) >= 0 ||
    compareSeconds(end, window.start) > 0;
  return beginsBefore && endsAfter;
}

/** When a mark ends, in seconds from recording start. */
export function endOf(annotation: PlacedAnnotation): ExactSeconds | undefined {
  return annotation.onset && addSeconds(annotation.onset, annotation.duration ?? ZERO_SECONDS);
}

function openAnnotation(
  recording: OpenRecording,
  key: Uint8Array,
  { row, review }: { row: StoredAnnotation; review: AnnotationJson["review"] },
): PlacedAnnotation {
  const { siteId, recordingId } = recording.stored;
  const { body, of, anchor, detection } = openBody(key, { siteId, recordingId, row });
  const onset = place(recording, anchor);
  return {
    onset,
    duration: body.duration === null ? undefined : parseSeconds(body.duration),
    json: {
      "annotation_id": row.annotationId,
      version: row.version,
      kind: of.kind as AnnotationJson["kind"],
      source: of.source as AnnotationJson["source"],
      author: body.author,
      "author_role": row.authorRole,
      anchor,
      "onset_seconds": onset === undefined ? null : formatSeconds(onset),
      "duration_seconds": body.duration,
      text: body.text,
      channels: [...body.channels],
      status: row.status as AnnotationJson["status"],
      term: body.term ?? null,
      detection,
      review,
      "received_at": row.receivedAt,
    },
  };
}

function openBody(
  key: Uint8Array,
  { siteId, recordingId, row }: { siteId: number; recordingId: string; row: StoredAnnotation },
): {
  body: SealedAnnotation;
  of: ReturnType<typeof kindOfMark>;
  anchor: AnnotationAnchor;
  detection: Detection | null;
} {
  try {
    const bytes = unseal(key, annotationPlace(siteId, recordingId, row), row.bodySealed);
    const body: SealedAnnotation = JSON.parse(new TextDecoder().decode(bytes));
    return {
      body,
      of: kindOfMark(body, row),
      anchor: AnnotationAnchor.parse(body.anchor),
      detection: SomeDetection.parse(body.detection ?? null),
    };
  } catch (cause) {
    const { annotationId } = row;
    throw new IntegrityError("seal", { thing: "annotation", recordingId, annotationId }, cause);
  }
}

function place(recording: OpenRecording, anchor: AnnotationAnchor): ExactSeconds | undefined {
  switch (anchor.coordinate) {
    case "recording":
      return parseSeconds(anchor.onset);
    case "clock":
      return recording.startedAt === null ? undefined : differenceSeconds(
        parseCivil(anchor.civil),
        parseCivil(recording.startedAt.civil),
      );
    case "sample": {
      const segment = recording.segments.find(({ segmentId }) => segmentId === anchor.segment_id);
      const stream = recording.streams.find((stream) =>
        stream.segmentNumber === segment?.segmentNumber && stream.stream === anchor.stream
      );
      if (segment === undefined || stream === undefined) return undefined;
      return addSeconds(segment.start, secondsOfPosition(stream.rate, parseSeconds(anchor.sample)));
    }
  }
}

function byOnset(a: PlacedAnnotation, b: PlacedAnnotation): number {
  if (a.onset !== undefined && b.onset !== undefined) {
    return compareSeconds(a.onset, b.onset) ||
      a.json.annotation_id.localeCompare(b.json.annotation_id);
  }
  return (a.onset === undefined ? 1 : 0) - (b.onset === undefined ? 1 : 0) ||
    a.json.annotation_id.localeCompare(b.json.annotation_id);
}
