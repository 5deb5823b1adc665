// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Recording what readers made of marks: accepted, rejected, or taken back. Append-only.
 *
 * A review is a statement of its own and alters nothing of the mark, so two readers never conflict.
 * Verdict and reader are sealed (decision 0021).
 *
 * @module
 */

import { keyedDigest, reviewPlace, seal, type SealedReview } from "@wavekeep/core/crypto";
import { ProblemError, toProblem } from "@wavekeep/core/problem";
import type { ReviewInput } from "@wavekeep/core/recording";
import type { ReviewsResponse } from "@wavekeep/core/wire";
import type { IngestDeps } from "./deps.ts";
import { findRecording, type RecordingCodes } from "./find_recording.ts";
import { type LeafScope, reviewLeaf } from "./leaf.ts";
import { recordingSecrets } from "./recording_key.ts";
import type { NewReview, ReviewOutcome, Sender, StoredRecording } from "./store/ingest_store.ts";

type ReviewResult = ReviewsResponse["results"][number];

/** `POST …/reviews`: one answer per review, in order. */
export async function recordReviews(
  deps: IngestDeps,
  sender: Sender,
  codes: RecordingCodes,
  reviews: readonly ReviewInput[],
): Promise<ReviewsResponse> {
  const recording = await findRecording(deps, sender, codes);
  const scope = {
    siteId: sender.siteId,
    recordingId: recording.recordingId,
    secrets: await recordingSecrets(deps.keyStore, recording),
    atMicros: deps.clock.nowMicros(),
  };
  const rows = reviews.map((review) => sealReview(sender, recording, scope, review));
  const outcomes = await deps.store.putReviews(sender, recording.recordingId, rows);
  if (outcomes.includes("stored")) deps.announcer.announce(recording.notifyNumber);
  return { results: reviews.map((review, index) => answer(review, outcomes[index]!, sender)) };
}

function sealReview(
  sender: Sender,
  { siteId, recordingId }: StoredRecording,
  scope: LeafScope,
  { review_id, annotation_id, annotation_version, verdict }: ReviewInput,
): NewReview {
  const { key } = scope.secrets;
  const body: SealedReview = { verdict, author: sender.actor };
  const row = {
    reviewId: review_id,
    annotationId: annotation_id,
    annotationVersion: annotation_version,
    bodySealed: seal(key, reviewPlace(siteId, recordingId, review_id), jsonBytes(body)),
    // With the author: a statement is its reader's, and nobody else's repeat.
    contentDigest: keyedDigest(
      key,
      jsonBytes([annotation_id, annotation_version, verdict, sender.actor]),
    ),
  };
  return {
    ...row,
    atMicros: scope.atMicros,
    leaf: reviewLeaf(
      scope,
      {
        review_id,
        annotation_id,
        annotation_version,
        verdict,
        author: sender.actor,
        author_role: sender.role,
      },
      row.bodySealed,
    ),
  };
}

function answer(
  { review_id, annotation_id, annotation_version }: ReviewInput,
  outcome: ReviewOutcome,
  sender: Sender,
): ReviewResult {
  switch (outcome) {
    case "stored":
      return { review_id, status: 201 };
    case "repeated":
      return { review_id, status: 200 };
    case "conflict":
      return refused(
        review_id,
        new ProblemError("idempotency-conflict", { detail: "The id is that of another review" }),
        sender,
      );
    case "unknown": {
      const detail = `Version ${annotation_version} of mark ${annotation_id} is not stored`;
      return refused(review_id, new ProblemError("annotation-unknown", { detail }), sender);
    }
  }
}

function refused(review_id: string, error: ProblemError, sender: Sender): ReviewResult {
  const problem = toProblem(error.slug, error.details, sender.requestId);
  return { review_id, status: error.status, problem };
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
