/**
 * What a reader can do to a mark, as values: a patch and its inverse, a verdict and its inverse.
 *
 * Pure. An edit never says "set the mark to this" but "these members become those", so that it can be put
 * on top of what another reader did meanwhile. Sole owner of how a mark of the screen becomes a version
 * for the wire.
 *
 * @module
 */

import type { AnnotationInput, ReviewInput, Verdict } from "@wavekeep/core/recording";
import type { MarkModel, MarkReview } from "../signal/recording_model.ts";

/** Members of a version that an edit may change. */
export type MarkPatch =
  & Partial<
    Pick<
      MarkModel,
      | "kind"
      | "source"
      | "term"
      | "text"
      | "method"
      | "onset"
      | "anchor"
      | "duration"
      | "durationText"
      | "rows"
      | "channels"
    >
  >
  & { readonly status?: "active" | "withdrawn" };

/** A mark with the status of its newest version. */
export interface MarkState {
  readonly mark: MarkModel;
  readonly status: "active" | "withdrawn";
}

/** The mark with a patch applied. */
export function patched({ mark, status }: MarkState, patch: MarkPatch): MarkState {
  const { status: newStatus = status, ...members } = patch;
  return { mark: { ...mark, ...members }, status: newStatus };
}

/** The patch that puts every member of `patch` back to what it is now. */
export function inverseOf({ mark, status }: MarkState, patch: MarkPatch): MarkPatch {
  return Object.fromEntries(
    Object.keys(patch).map((name) => [
      name,
      name === "status" ? status : mark[name as keyof MarkModel],
    ]),
  );
}

/** Whether a patch would leave the version as it is. */
export function isIdle(state: MarkState, patch: MarkPatch): boolean {
  const now = inverseOf(state, patch);
  return Object.entries(patch).every(([name, value]) =>
    JSON.stringify(value) === JSON.stringify(now[name as keyof MarkPatch])
  );
}

/** A version for the wire. */
export function versionOf({ mark, status }: MarkState, version: number): AnnotationInput {
  return {
    "annotation_id": mark.id,
    version,
    kind: mark.kind,
    source: mark.source,
    anchor: mark.anchor,
    duration: mark.durationText,
    text: mark.text,
    channels: [...mark.channels],
    status,
    term: mark.term,
    detection: mark.method &&
      { method: mark.method.name, version: mark.method.version, score: mark.method.score },
  };
}

/** A review for the wire, of the version that the reader sees. */
export function reviewOf(
  mark: Pick<MarkModel, "id" | "version">,
  verdict: Verdict | null,
  reviewId: string,
): ReviewInput {
  return {
    "review_id": reviewId,
    "annotation_id": mark.id,
    "annotation_version": mark.version,
    verdict,
  };
}

/**
 * What a mark's review is after a reader's statement. What other readers stated is known only as far as
 * the newest verdict tells; the server's answer corrects it.
 */
export function reviewAfter(
  before: MarkReview | null,
  { verdict, by, at }: { verdict: Verdict | null; by: string; at: string },
): MarkReview | null {
  const others = before === null || before.by === by ? null : before;
  if (verdict === null) return others;
  return { verdict, by, at, disputed: others !== null && others.verdict !== verdict };
}

/** Seconds as decimal text, to the microsecond: finer than any pixel, coarser than binary noise. */
export function decimalText(seconds: number): string {
  return seconds.toFixed(6).replace(/\.?0+$/, "");
}
