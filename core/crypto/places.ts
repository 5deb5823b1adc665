/**
 * Layer 6. Where a sealed value stands: the associated data of every sealed column, and its plaintext.
 *
 * Sole owner of these texts; ingest seals with them and query opens with them, so that neither spells a
 * place on its own. A place is `table/site/row key`: a value moved to another row or site does not open.
 * Byte ids are lower-case hexadecimal, numbers decimal, UUIDs as PostgreSQL prints them.
 *
 * | Column | Key | Plaintext |
 * |---|---|---|
 * | recording.wrapped_key | patient | 32 bytes, the recording's data key |
 * | recording.started_at_sealed | recording | JSON of `CivilStart` |
 * | segment.record | recording | the segment record of FORMAT.md |
 * | stream.descriptor_sealed | recording | the descriptor of FORMAT.md |
 * | chunk.body | recording | the whole chunk as it was sent |
 * | annotation.body_sealed | recording | JSON of `SealedAnnotation` |
 * | annotation_review.body_sealed | recording | JSON of `SealedReview` |
 * | source_artifact.body_sealed | recording | JSON of `SourceRequest` |
 * | quarantine.body_sealed | recording | the whole chunk as it was sent |
 * | envelope.body | recording | a summary block of core/summary/FORMAT.md |
 * | trend.body | recording | a trend block of core/trend/FORMAT.md |
 * | break_glass.reason_sealed | patient | text: why somebody had to see a restricted patient |
 * | patient_consent.reason_sealed | patient | why it was said, in UTF-8 |
 *
 * @module
 */
import { CorruptInputError } from "../error.ts";

/** Permanent key of a chunk inside the server. */
export interface ChunkPlace {
  readonly siteId: number;
  readonly recordingId: string;
  readonly segmentNumber: number;
  readonly stream: number;
  readonly sequence: number;
}

export function recordingKeyPlace(siteId: number, recordingId: string): string {
  return `recording.wrapped_key/${siteId}/${recordingId}`;
}

export function startedAtPlace(siteId: number, recordingId: string): string {
  return `recording.started_at/${siteId}/${recordingId}`;
}

export function segmentRecordPlace(
  siteId: number,
  recordingId: string,
  segmentNumber: number,
): string {
  return `segment/${siteId}/${recordingId}/${segmentNumber}`;
}

export function descriptorPlace(
  place: Omit<ChunkPlace, "sequence">,
): string {
  return `stream/${place.siteId}/${place.recordingId}/${place.segmentNumber}/${place.stream}`;
}

/**
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { chunkPlace } from "@wavekeep/core/crypto";
 *
 * const recordingId = "019a0000-0000-7000-8000-000000000000";
 * strictEqual(
 *   chunkPlace({ siteId: 1, recordingId, segmentNumber: 0, stream: 2, sequence: 41 }),
 *   `chunk/1/${recordingId}/0/2/41`,
 * );
 * ```
 */
export function chunkPlace(place: ChunkPlace): string {
  return `chunk/${place.siteId}/${place.recordingId}/${place.segmentNumber}/${place.stream}/${place.sequence}`;
}

export function annotationPlace(
  siteId: number,
  recordingId: string,
  annotation: { readonly annotationId: string; readonly version: number },
): string {
  return `annotation/${siteId}/${recordingId}/${annotation.annotationId}/${annotation.version}`;
}

export function reviewPlace(siteId: number, recordingId: string, reviewId: string): string {
  return `annotation_review/${siteId}/${recordingId}/${reviewId}`;
}

/** @param fileKey As the row has it, hexadecimal: `sourceFileKey`, or the file's SHA-256 in rows from before. */
export function sourcePlace(siteId: number, recordingId: string, fileKey: string): string {
  return `source_artifact/${siteId}/${recordingId}/${fileKey}`;
}

/**
 * Of `parameter_set.body` and of `parameter_set.copy`: the same place, a nonce each. What is sealed is the
 * set itself, without the frame of its record.
 *
 * @param digest The set's digest, hexadecimal.
 */
export function parameterSetPlace(siteId: number, recordingId: string, digest: string): string {
  return `parameter_set/${siteId}/${recordingId}/${digest}`;
}

/** Of `patient_consent.reason_sealed`. */
export function consentPlace(siteId: number, patientUuid: string, version: number): string {
  return `patient_consent/${siteId}/${patientUuid}/${version}`;
}

export function quarantinePlace(siteId: number, quarantineId: string): string {
  return `quarantine/${siteId}/${quarantineId}`;
}

/** Of a block of summaries, `envelope.body`. */
export function envelopePlace(
  place: Omit<ChunkPlace, "sequence"> & { readonly level: number; readonly block: number },
): string {
  return `envelope/${place.siteId}/${place.recordingId}/${place.segmentNumber}/${place.stream}/${place.level}/${place.block}`;
}

/** Of a block of trends, `trend.body`. */
export function trendPlace(
  place: Omit<ChunkPlace, "sequence"> & {
    readonly algorithm: number;
    readonly level: number;
    readonly block: number;
  },
): string {
  return `trend/${place.siteId}/${place.recordingId}/${place.segmentNumber}/${place.stream}/${place.algorithm}/${place.level}/${place.block}`;
}

/** Of `break_glass.reason_sealed`. */
export function breakGlassPlace(siteId: number, breakGlassId: string): string {
  return `break_glass/${siteId}/${breakGlassId}`;
}

/** Plaintext of `annotation.body_sealed`; status and times are in the clear, for as long as the row is there. */
export interface SealedAnnotation {
  /** Absent in rows from before they were sealed, whose columns have them. */
  readonly kind?: string;
  readonly source?: string;
  /** `AnnotationAnchor` of core/recording. */
  readonly anchor: unknown;
  /** Decimal seconds, or null. */
  readonly duration: string | null;
  readonly text: string;
  /** Channel positions; empty for all. */
  readonly channels: readonly number[];
  /** Subject of the credential that sent it. */
  readonly author: string;
  /** Id of a term; absent in marks of before there were any. */
  readonly term?: string | null;
  /** `Detection` of core/recording; absent like `term`. */
  readonly detection?: unknown;
}

/** Kind and source of a mark, wherever its row has them. @throws {CorruptInputError} Nowhere. */
export function kindOfMark(
  body: SealedAnnotation,
  row: { readonly kind: string | null; readonly source: string | null },
): { kind: string; source: string } {
  const kind = body.kind ?? row.kind;
  const source = body.source ?? row.source;
  if (kind === null || source === null) {
    throw new CorruptInputError("Mark has no kind or no source");
  }
  return { kind, source };
}

/** Plaintext of `annotation_review.body_sealed`. */
export interface SealedReview {
  /** `Verdict` of core/recording; null takes back. */
  readonly verdict: string | null;
  /** Subject of the credential that sent it. */
  readonly author: string;
}
