/**
 * What readers made of marks.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import type { NewReview, ReviewOutcome, Sender } from "../ingest_store.ts";
import { inTransaction } from "./transaction.ts";

export async function putReviews(
  pool: pg.Pool,
  sender: Sender,
  recordingId: string,
  reviews: readonly NewReview[],
): Promise<ReviewOutcome[]> {
  if (reviews.length === 0) return [];
  // A repeat inside one request is judged against the first of its kind, like any later repeat.
  const firsts = new Map<string, { readonly row: NewReview; readonly index: number }>();
  for (const [index, row] of reviews.entries()) {
    if (!firsts.has(row.reviewId)) firsts.set(row.reviewId, { row, index });
  }
  // In the order of the request, which is the order in which the reader spoke.
  const rows = [...firsts.values()].map(({ row }) => row);
  return await inTransaction(pool, sender.siteId, async (client) => {
    await lockReviews(client, recordingId);
    const stored = await insertReviews(client, sender, recordingId, rows);
    const rest = rows.filter(({ reviewId }) => !stored.has(reviewId));
    const before = await selectDigests(client, recordingId, rest);
    return reviews.map((review, index) => {
      const first = firsts.get(review.reviewId)!;
      if (first.index === index && stored.has(review.reviewId)) return "stored";
      const digest = stored.has(review.reviewId)
        ? first.row.contentDigest
        : before.get(review.reviewId);
      // Nothing was inserted and nothing is there: the only reason is that the mark is not.
      if (digest === undefined) return "unknown";
      return equalBytes(digest, review.contentDigest) ? "repeated" : "conflict";
    });
  });
}

/**
 * One writer of a recording's reviews after the other. Two that send the same ids in opposite orders would
 * wait for each other for ever; sorting them by id, as marks are, would lose the order in which the reader
 * spoke, which their numbers keep. Readers send a handful a second.
 */
async function lockReviews(client: pg.PoolClient, recordingId: string): Promise<void> {
  await prepared(
    client,
    "select pg_advisory_xact_lock(hashtextextended('wavekeep.annotation_review/' || $1, 0))",
    [recordingId],
  );
}

/**
 * Inserts statements about marks that are there, and an event row for each, in one round trip.
 *
 * @returns Ids of what was inserted.
 */
async function insertReviews(
  client: pg.PoolClient,
  sender: Sender,
  recordingId: string,
  rows: readonly NewReview[],
): Promise<ReadonlySet<string>> {
  const { rows: inserted } = await prepared<{ reviewId: string }>(
    client,
    `with input as materialized (
       select decode(id, 'hex') as review_id, decode(mark, 'hex') as annotation_id, version,
           decode(body, 'hex') as body, decode(digest, 'hex') as content_digest, at,
           decode(entry, 'hex') as leaf_entry, decode(content, 'hex') as leaf_content, place
         from unnest($6::text[], $7::text[], $8::int[], $9::text[], $10::text[],
           $11::timestamptz[], $12::text[], $13::text[]) with ordinality
         as input (id, mark, version, body, digest, at, entry, content, place)
     ),
     stored as (
       insert into wavekeep.annotation_review
         (recording_id, review_id, site_id, annotation_id, annotation_version, author_role,
          body_sealed, content_digest, received_at)
         select $1::uuid, review_id, $2::int, annotation_id, input.version, $3::text, body,
             input.content_digest, at
           from input
           where exists (
             select from wavekeep.annotation mark where mark.recording_id = $1::uuid
               and mark.annotation_id = input.annotation_id and mark.version = input.version
           )
           order by place
         on conflict (recording_id, review_id) do nothing
         returning review_id
     ),
     logged as (
       insert into wavekeep.event 
         (site_id, kind, actor, request_id, recording_id, detail, leaf_entry, leaf_content)
         select $2::int, 'annotation.reviewed', $4::text, $5::text, $1::uuid,
             jsonb_build_object('review_id', encode(review_id, 'hex'),
               'annotation_id', encode(annotation_id, 'hex'), 'version', version),
             leaf_entry, leaf_content
           from input where (review_id in (select review_id from stored)) is true
           order by place
     )
     select encode(review_id, 'hex') as "reviewId" from stored`,
    [
      recordingId,
      sender.siteId,
      sender.role,
      sender.actor,
      sender.requestId,
      rows.map(({ reviewId }) => reviewId),
      rows.map(({ annotationId }) => annotationId),
      rows.map(({ annotationVersion }) => annotationVersion),
      rows.map(({ bodySealed }) => formatHex(bodySealed)),
      rows.map(({ contentDigest }) => formatHex(contentDigest)),
      rows.map(({ atMicros }) => formatInstant(atMicros)),
      rows.map(({ leaf }) => formatHex(leaf.entry)),
      rows.map(({ leaf }) => formatHex(leaf.content)),
    ],
  );
  return new Set(inserted.map(({ reviewId }) => reviewId));
}

/** Content digests of statements that were there before, by id. */
async function selectDigests(
  client: pg.PoolClient,
  recordingId: string,
  rows: readonly NewReview[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (rows.length === 0) return new Map();
  const { rows: found } = await prepared<{ reviewId: string; contentDigest: string }>(
    client,
    `select encode(review_id, 'hex') as "reviewId", encode(content_digest, 'hex') as "contentDigest"
       from wavekeep.annotation_review
       where recording_id = $1::uuid
         and review_id in (select decode(id, 'hex') from unnest($2::text[]) as wanted (id))`,
    [recordingId, rows.map(({ reviewId }) => reviewId)],
  );
  return new Map(
    found.map(({ reviewId, contentDigest }) => [reviewId, Uint8Array.fromHex(contentDigest)]),
  );
}
