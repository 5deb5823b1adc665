// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Recording marks: button, diary, technologist, device status, seizure. Append-only versions.
 *
 * A correction is a new version under the same id; nothing is overwritten. What a mark says is sealed, its
 * kind and source as well; whether it stands is in the clear, so that marks can be counted without a key.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import { annotationPlace, seal, type SealedAnnotation } from "@wavekeep/core/crypto";
import { ProblemError, toProblem } from "@wavekeep/core/problem";
import type { AnnotationInput } from "@wavekeep/core/recording";
import { parseCivil } from "@wavekeep/core/time";
import type { AnnotationsResponse } from "@wavekeep/core/wire";
import { segmentUnknown } from "./check_chunk.ts";
import type { IngestDeps } from "./deps.ts";
import { findRecording, type RecordingCodes } from "./find_recording.ts";
import { annotationLeaf, type LeafScope } from "./leaf.ts";
import { markDigest } from "./mark_digest.ts";
import { recordingSecrets } from "./recording_key.ts";
import type { NewAnnotation, Repeatable, Sender, StoredRecording } from "./store/ingest_store.ts";

type AnnotationResult = AnnotationsResponse["results"][number];

const STATUS: Readonly<Record<Repeatable, number>> = { stored: 201, repeated: 200, conflict: 409 };

/** `POST …/annotations`: one answer per mark, in order. */
export async function recordAnnotations(
  deps: IngestDeps,
  sender: Sender,
  codes: RecordingCodes,
  annotations: readonly AnnotationInput[],
): Promise<AnnotationsResponse> {
  const recording = await findRecording(deps, sender, codes);
  const scope = {
    siteId: sender.siteId,
    recordingId: recording.recordingId,
    secrets: await recordingSecrets(deps.keyStore, recording),
    atMicros: deps.clock.nowMicros(),
  };
  const results: AnnotationResult[] = [];
  const rows: { index: number; row: NewAnnotation }[] = [];
  for (const [index, annotation] of annotations.entries()) {
    const problem = await anchorProblem(deps, recording, annotation);
    if (problem === undefined) {
      rows.push({ index, row: sealAnnotation(sender, recording, scope, annotation) });
    } else {
      results[index] = refused(annotation, problem, sender);
    }
  }
  const outcomes = rows.length === 0
    ? []
    : await deps.store.putAnnotations(sender, recording.recordingId, rows.map(({ row }) => row));
  for (const [position, { index }] of rows.entries()) {
    results[index] = answer(annotations[index]!, outcomes[position]!, sender);
  }
  if (outcomes.includes("stored")) deps.announcer.announce(recording.notifyNumber);
  return { results };
}

/** Whether a mark's anchor can hold at all. */
async function anchorProblem(
  deps: IngestDeps,
  recording: StoredRecording,
  { anchor }: AnnotationInput,
): Promise<ProblemError | undefined> {
  if (anchor.coordinate === "clock") {
    try {
      parseCivil(anchor.civil);
      return undefined;
    } catch (cause) {
      return new ProblemError("validation", { detail: "Anchor is no day and time", cause });
    }
  }
  if (anchor.coordinate === "recording") return undefined;
  const segmentId = parseHex(anchor.segment_id, 16);
  const known = await deps.segments.find(recording.siteId, segmentId);
  if (known?.recording.recordingId !== recording.recordingId) return segmentUnknown(segmentId);
  if (known.segment.streams.some(({ stream }) => stream === anchor.stream)) return undefined;
  return new ProblemError("validation", { detail: `Segment has no stream ${anchor.stream}` });
}

function sealAnnotation(
  sender: Sender,
  { siteId, recordingId }: StoredRecording,
  scope: LeafScope,
  annotation: AnnotationInput,
): NewAnnotation {
  const { key } = scope.secrets;
  const { kind, source, status, anchor, duration, text, channels, term, detection } = annotation;
  const id = { annotationId: annotation.annotation_id, version: annotation.version };
  const body: SealedAnnotation = {
    kind,
    source,
    anchor,
    duration,
    text,
    channels,
    author: sender.actor,
    term,
    detection,
  };
  const sealed = {
    bodySealed: seal(key, annotationPlace(siteId, recordingId, id), jsonBytes(body)),
    contentDigest: markDigest(key, annotation),
  };
  return {
    ...id,
    status,
    ...sealed,
    atMicros: scope.atMicros,
    leaf: annotationLeaf(
      scope,
      { ...annotation, author: sender.actor, author_role: sender.role },
      sealed.bodySealed,
    ),
  };
}

function answer(
  annotation: AnnotationInput,
  outcome: Repeatable,
  sender: Sender,
): AnnotationResult {
  if (outcome === "conflict") {
    const detail = `Version ${annotation.version} is stored with other content`;
    return refused(annotation, new ProblemError("annotation-conflict", { detail }), sender);
  }
  const { annotation_id, version } = annotation;
  return { annotation_id, version, status: STATUS[outcome] };
}

function refused(
  { annotation_id, version }: AnnotationInput,
  error: ProblemError,
  sender: Sender,
): AnnotationResult {
  const problem = toProblem(error.slug, error.details, sender.requestId);
  return { annotation_id, version, status: error.status, problem };
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
