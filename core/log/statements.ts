// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Layer 2. What people say, as the text that their leaves commit to.
 *
 * Sole owner of the spelling: a JSON array in a fixed order, without spaces, as `JSON.stringify` writes it.
 * The content digest of a leaf is H of its UTF-8, so that whoever may read a mark can check it with bytes
 * alone; the leaf is salted, so nobody else can guess it.
 *
 * @see core/log/FORMAT.md, "Content"
 * @module
 */

/** Where a mark is: the members of the wire's anchors. */
export type StatedAnchor =
  | { readonly coordinate: "recording"; readonly onset: string }
  | {
    readonly coordinate: "sample";
    readonly segment_id: string;
    readonly stream: number;
    /** Decimal text. */
    readonly sample: string;
  }
  | { readonly coordinate: "clock"; readonly civil: string };

/** One version of a mark, and who made it. */
export interface StatedAnnotation {
  /** Hexadecimal. */
  readonly annotation_id: string;
  readonly version: number;
  readonly kind: string;
  readonly source: string;
  readonly status: string;
  readonly anchor: StatedAnchor;
  readonly duration: string | null;
  readonly text: string;
  readonly channels: readonly number[];
  readonly term: string | null;
  readonly detection:
    | { readonly method: string; readonly version: string; readonly score: unknown }
    | null;
  readonly author: string;
  readonly author_role: string;
}

/** What a reader made of a version of a mark. */
export interface StatedReview {
  readonly review_id: string;
  readonly annotation_id: string;
  readonly annotation_version: number;
  readonly verdict: string | null;
  readonly author: string;
  readonly author_role: string;
}

/**
 * The text of a version of a mark.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { annotationStatement } from "@wavekeep/core/log";
 *
 * const text = annotationStatement({
 *   annotation_id: "00ff",
 *   version: 1,
 *   kind: "seizure",
 *   source: "human",
 *   status: "active",
 *   anchor: { coordinate: "recording", onset: "2996" },
 *   duration: "40",
 *   text: "",
 *   channels: [],
 *   term: null,
 *   detection: null,
 *   author: "reader-1",
 *   author_role: "clinician",
 * });
 * strictEqual(
 *   text,
 *   '["00ff",1,"seizure","human","active",["recording","2996"],"40","",[],null,null,"reader-1","clinician"]',
 * );
 * ```
 */
export function annotationStatement(mark: StatedAnnotation): string {
  const { detection } = mark;
  return JSON.stringify([
    mark.annotation_id,
    mark.version,
    mark.kind,
    mark.source,
    mark.status,
    anchorList(mark.anchor),
    mark.duration,
    mark.text,
    mark.channels,
    mark.term,
    detection && [detection.method, detection.version, detection.score],
    mark.author,
    mark.author_role,
  ]);
}

/** The text of a review. */
export function reviewStatement(review: StatedReview): string {
  return JSON.stringify([
    review.review_id,
    review.annotation_id,
    review.annotation_version,
    review.verdict,
    review.author,
    review.author_role,
  ]);
}

/** Whose recording it is from a moment on, when it was opened as another's. */
export interface StatedLink {
  readonly patient_id: string;
  readonly recording_id: string;
  /** The site's own code of why. */
  readonly reason: string;
  /** Who said so. */
  readonly actor: string;
}

/**
 * The text of a version of a recording's link, from the second on. The first one, of the opening, has a digest
 * of its own (`core/log/FORMAT.md`).
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { linkStatement } from "@wavekeep/core/log";
 *
 * const link = { patient_id: "P-2", recording_id: "R-1", reason: "INC-17", actor: "registry" };
 * strictEqual(linkStatement(link), '["P-2","R-1","INC-17","registry"]');
 * ```
 */
export function linkStatement(link: StatedLink): string {
  return JSON.stringify([link.patient_id, link.recording_id, link.reason, link.actor]);
}

/** When a recording began, as its device says. */
export interface StatedStart {
  readonly civil: string;
  readonly zone: string | null;
}

/** The text of a recording's civil start; `null` where nobody knows it. */
export function startStatement(start: StatedStart | null): string {
  return JSON.stringify(start && [start.civil, start.zone]);
}

/** What closes a recording. */
export interface StatedClose {
  /** Hexadecimal; null in rows that no client made. */
  readonly idempotency_key: string | null;
  readonly author: string | null;
}

/** The text of a closing. */
export function closeStatement({ idempotency_key, author }: StatedClose): string {
  return JSON.stringify([idempotency_key, author]);
}

/** What a clock said beside what another said. Times are decimal text. */
export interface StatedClock {
  /** Hexadecimal. */
  readonly observation_id: string;
  /** Of its recording; null when it is about no segment. */
  readonly segment_number: number | null;
  readonly device_time_micros: string;
  readonly monotonic_ns: string;
  readonly reference_time_micros: string;
  /** Name of the other clock. */
  readonly source: string;
  readonly uncertainty_micros: string | null;
  readonly author: string | null;
}

/**
 * The text of a clock observation.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { clockStatement } from "@wavekeep/core/log";
 *
 * const text = clockStatement({
 *   observation_id: "00ff",
 *   segment_number: 0,
 *   device_time_micros: "1000000",
 *   monotonic_ns: "0",
 *   reference_time_micros: "1000250",
 *   source: "ntp",
 *   uncertainty_micros: null,
 *   author: "device-1",
 * });
 * strictEqual(text, '["00ff",0,"1000000","0","1000250","ntp",null,"device-1"]');
 * ```
 */
export function clockStatement(clock: StatedClock): string {
  return JSON.stringify([
    clock.observation_id,
    clock.segment_number,
    clock.device_time_micros,
    clock.monotonic_ns,
    clock.reference_time_micros,
    clock.source,
    clock.uncertainty_micros,
    clock.author,
  ]);
}

/** The anchor's members in a fixed order, whatever order they were written in. */
export function anchorList(anchor: StatedAnchor): unknown[] {
  switch (anchor.coordinate) {
    case "recording":
      return ["recording", anchor.onset];
    case "sample":
      return ["sample", anchor.segment_id, anchor.stream, anchor.sample];
    case "clock":
      return ["clock", anchor.civil];
  }
}
