/**
 * What a bundle is about: a recording as it stood at one moment, every version of every mark included.
 *
 * @module
 */

import { recordingReference } from "@wavekeep/core/chunk";
import {
  annotationPlace,
  kindOfMark,
  nodeSha256,
  reviewPlace,
  unseal,
} from "@wavekeep/core/crypto";
import { parseHex } from "@wavekeep/core/bytes";
import { annotationStatement, reviewStatement, type StatedAnchor } from "@wavekeep/core/log";
import type { SealedAnnotation, SealedReview } from "@wavekeep/core/crypto";
import type { Hole } from "@wavekeep/core/recording";
import type { QueryDeps } from "../deps.ts";
import type { ExportStream } from "../export/plan_export.ts";
import { IntegrityError } from "../integrity_error.ts";
import { type OpenRecording, segmentOf } from "../open_recording.ts";
import { openAnnotations, type PlacedAnnotation } from "../read_annotations.ts";
import { open } from "../routes/_request.ts";
import type {
  StoredAnnotation,
  StoredLink,
  StoredRecording,
  StoredReview,
} from "../store/query_store.ts";
import { segmentGaps, segmentSpan, streamHoles } from "../window/gaps.ts";
import { readTimelines } from "../window/read_timelines.ts";
import { horizon } from "../window/timeline.ts";
import { nounName } from "./collect_leaves.ts";

/** A recording at a moment. */
export interface BundleSnapshot {
  readonly recording: OpenRecording;
  readonly streams: readonly ExportStream[];
  /** Marks as they stand, for the files of samples. */
  readonly marks: readonly PlacedAnnotation[];
  /** Texts that leaves commit to, of every version. */
  readonly annotations: readonly string[];
  readonly reviews: readonly string[];
  /** Every version of whose it is, the first one first. */
  readonly links: readonly StoredLink[];
  /** Stretches without samples, as every answer of query lists them. */
  readonly holes: readonly Hole[];
  /** Names of segments, descriptors, marks and reviews, each of which must have a leaf. */
  readonly nouns: ReadonlySet<string>;
  readonly asOf: string;
}

/** Reads it, in one transaction. */
export async function takeSnapshot(
  deps: QueryDeps,
  siteId: number,
  stored: StoredRecording,
): Promise<BundleSnapshot> {
  return await deps.store.read(siteId, async (view) => {
    const recording = await open(view, deps, stored);
    const timelines = await readTimelines(view, recording, recording.streams, {
      known: deps.known,
    });
    const { annotations, reviews } = await view.marks(stored.recordingId);
    const links = await view.links(stored.recordingId);
    const versions: StoredAnnotation[] = [];
    for (const { annotationId } of annotations) {
      versions.push(...(await view.markVersions(stored.recordingId, annotationId)).annotations);
    }
    const texts = recording.key === undefined
      ? { annotations: [], reviews: [] }
      : statementsOf(recording, recording.key, { versions, reviews });
    const holes = recording.streams.flatMap((stream, index) => {
      const timeline = timelines[index]!;
      const range = { start: 0, end: horizon(timeline) };
      return streamHoles(timeline, range, { erased: recording.key === undefined && !!stream });
    });
    const spans = recording.segments.map((segment) => {
      const own = timelines.filter(({ segmentNumber }) => segmentNumber === segment.segmentNumber);
      return segmentSpan(own, segment.start, segment.startUncertainty);
    });
    return {
      recording,
      streams: recording.streams.map((stream, i) => ({ stream, timeline: timelines[i]! })),
      marks: openAnnotations(recording, annotations, reviews),
      ...texts,
      holes: [...holes, ...segmentGaps(spans)],
      links,
      nouns: namesOf(recording, { versions, reviews, links }),
      asOf: view.asOf,
    };
  });
}

function namesOf(
  recording: OpenRecording,
  { versions, reviews, links }: {
    readonly versions: readonly StoredAnnotation[];
    readonly reviews: readonly StoredReview[];
    readonly links: readonly StoredLink[];
  },
): Set<string> {
  const names = new Set<string>();
  const [opening, ...later] = links;
  for (const { version } of later) {
    const { patientCode, recordingCode } = opening!;
    const id = recordingReference(patientCode, recordingCode, nodeSha256);
    names.add(nounName({ type: "recording-link", id, number: version }));
  }
  for (const { segmentId } of recording.segments) {
    names.add(nounName({ type: "segment", id: parseHex(segmentId), number: 0 }));
  }
  for (const stream of recording.streams) {
    const id = parseHex(segmentOf(recording, stream).segmentId);
    names.add(nounName({ type: "descriptor", id, number: stream.stream }));
  }
  for (const { annotationId, version } of versions) {
    const id = parseHex(annotationId);
    names.add(nounName({ type: "annotation-version", id, number: version }));
  }
  for (const { reviewId, annotationVersion } of reviews) {
    const id = parseHex(reviewId);
    names.add(nounName({ type: "annotation-review", id, number: annotationVersion }));
  }
  return names;
}

/** Opens the bodies once more, for the text that was hashed: nothing of it may be made up on the way. */
function statementsOf(
  recording: OpenRecording,
  key: Uint8Array,
  of: { versions: readonly StoredAnnotation[]; reviews: readonly StoredReview[] },
): { annotations: string[]; reviews: string[] } {
  const { siteId, recordingId } = recording.stored;
  const annotations = of.versions.map((row) => {
    const place = annotationPlace(siteId, recordingId, row);
    const { annotationId } = row;
    const body = opened<SealedAnnotation>(key, { place, sealed: row.bodySealed }, {
      thing: "annotation",
      recordingId,
      annotationId,
    });
    return annotationStatement({
      annotation_id: annotationId,
      version: row.version,
      ...kindOfMark(body, row),
      status: row.status,
      anchor: body.anchor as StatedAnchor,
      duration: body.duration,
      text: body.text,
      channels: body.channels,
      term: body.term ?? null,
      detection: (body.detection ?? null) as null,
      author: body.author,
      author_role: row.authorRole,
    });
  });
  const reviews = of.reviews.map((row) => {
    const place = reviewPlace(siteId, recordingId, row.reviewId);
    const { annotationId } = row;
    const body = opened<SealedReview>(key, { place, sealed: row.bodySealed }, {
      thing: "annotation review",
      recordingId,
      annotationId,
    });
    return reviewStatement({
      review_id: row.reviewId,
      annotation_id: annotationId,
      annotation_version: row.annotationVersion,
      verdict: body.verdict,
      author: body.author,
      author_role: row.authorRole,
    });
  });
  return { annotations, reviews };
}

function opened<T>(
  key: Uint8Array,
  { place, sealed }: { place: string; sealed: Uint8Array },
  what: ConstructorParameters<typeof IntegrityError>[1],
): T {
  try {
    return JSON.parse(new TextDecoder().decode(unseal(key, place, sealed)));
  } catch (cause) {
    throw new IntegrityError("seal", what, cause);
  }
}
