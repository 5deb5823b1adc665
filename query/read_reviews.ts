/**
 * What readers made of marks: statements opened, and what they come to.
 *
 * Sole owner of the rule that decides. Of each reader the newest statement about a version counts; one
 * without a verdict takes back. The newest verdict that stands is the mark's, and it is disputed while
 * another reader's says otherwise. A statement about another version counts for that version alone.
 *
 * @module
 */

import { reviewPlace, type SealedReview, unseal } from "@wavekeep/core/crypto";
import { Verdict } from "@wavekeep/core/recording";
import type { ReviewJson, ReviewSummary } from "@wavekeep/core/wire";
import { IntegrityError } from "./integrity_error.ts";
import type { OpenRecording } from "./open_recording.ts";
import type { StoredReview } from "./store/query_store.ts";

/** Made once: a schema costs more than what it parses. */
const SomeVerdict = Verdict.nullable();

/**
 * Opens statements.
 *
 * @param stored In the order in which they were stored, which they keep.
 * @returns By the id of the mark.
 * @throws {IntegrityError} A sealed body does not open.
 */
export function openReviews(
  recording: OpenRecording,
  key: Uint8Array,
  stored: readonly StoredReview[],
): Map<string, ReviewJson[]> {
  const byMark = new Map<string, ReviewJson[]>();
  for (const row of stored) {
    const reviews = byMark.get(row.annotationId) ?? [];
    reviews.push(openReview(recording, key, row));
    byMark.set(row.annotationId, reviews);
  }
  return byMark;
}

/** What statements about one version come to; null when no verdict stands. In their stored order. */
export function summariseReviews(reviews: readonly ReviewJson[]): ReviewSummary | null {
  const newestByReader = new Map<string, ReviewJson>();
  for (const review of reviews) {
    // Set anew, so that the map's order is that of the newest statements.
    newestByReader.delete(review.author);
    newestByReader.set(review.author, review);
  }
  const standing = [...newestByReader.values()].filter(({ verdict }) => verdict !== null);
  const last = standing.at(-1);
  if (last === undefined) return null;
  return {
    verdict: last.verdict!,
    disputed: standing.some(({ verdict }) => verdict !== last.verdict),
    author: last.author,
    "author_role": last.author_role,
    "received_at": last.received_at,
  };
}

function openReview(recording: OpenRecording, key: Uint8Array, row: StoredReview): ReviewJson {
  const { siteId, recordingId } = recording.stored;
  try {
    const bytes = unseal(key, reviewPlace(siteId, recordingId, row.reviewId), row.bodySealed);
    const body: SealedReview = JSON.parse(new TextDecoder().decode(bytes));
    return {
      "review_id": row.reviewId,
      "annotation_version": row.annotationVersion,
      verdict: SomeVerdict.parse(body.verdict),
      author: body.author,
      "author_role": row.authorRole,
      "received_at": row.receivedAt,
    };
  } catch (cause) {
    const { annotationId } = row;
    throw new IntegrityError(
      "seal",
      { thing: "annotation review", recordingId, annotationId },
      cause,
    );
  }
}
