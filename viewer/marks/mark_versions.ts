/**
 * All that was ever said of a mark, as the screen shows it.
 *
 * @module
 */

import type { AnnotationVersions } from "@wavekeep/core/wire";
import type { MarkModel } from "../signal/recording_model.ts";

/** One version of a mark. */
export interface MarkVersion extends Pick<MarkModel, "kind" | "source" | "term" | "text"> {
  readonly version: number;
  /** RFC 3339. */
  readonly recordedAt: string;
  readonly author: string;
  readonly authorRole: string;
  readonly status: "active" | "withdrawn";
  /** Seconds from recording start; null when its place is not known. */
  readonly onset: number | null;
  readonly duration: number | null;
  /** What readers stated of this version, the first one first; null takes back. */
  readonly reviews: readonly {
    readonly verdict: "accepted" | "rejected" | null;
    readonly by: string;
    readonly at: string;
  }[];
  /** What the statements come to. */
  readonly verdict: "accepted" | "rejected" | null;
}

/** Versions from the first to the newest. */
export function markVersions({ versions, reviews }: AnnotationVersions): MarkVersion[] {
  return versions.map((each) => ({
    version: each.version,
    recordedAt: each.received_at,
    author: each.author,
    authorRole: each.author_role,
    status: each.status,
    kind: each.kind,
    source: each.source,
    term: each.term,
    text: each.text,
    onset: each.onset_seconds === null ? null : Number(each.onset_seconds),
    duration: each.duration_seconds === null ? null : Number(each.duration_seconds),
    reviews: reviews.filter((review) => review.annotation_version === each.version)
      .map(({ verdict, author, received_at: at }) => ({ verdict, by: author, at })),
    verdict: each.review?.verdict ?? null,
  }));
}
