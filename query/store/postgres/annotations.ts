/**
 * Marks and what readers made of them.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { MarkChoice, StoredAnnotation, StoredMarks, StoredReview } from "../query_store.ts";
import { bytes, instant } from "./rows.ts";

/** A row as the driver gives it. */
type Raw<T extends { readonly annotationId: string }> = Omit<T, "annotationId"> & {
  readonly annotationId: Uint8Array;
};

const VERSION_COLUMNS = `annotation_id as "annotationId", version, kind,
  author_role as "authorRole", source, status, body_sealed as "bodySealed",
  ${instant("received_at")} as "receivedAt"`;

const REVIEW_COLUMNS = `encode(review_id, 'hex') as "reviewId", annotation_id as "annotationId",
  annotation_version as "annotationVersion", author_role as "authorRole",
  body_sealed as "bodySealed", ${instant("received_at")} as "receivedAt"`;

/** The newest version of every mark of each recording, by recording. */
export async function selectAnnotations(
  client: pg.PoolClient,
  recordingIds: readonly string[],
): Promise<Map<string, StoredAnnotation[]>> {
  const { rows } = await prepared<Raw<StoredAnnotation> & { readonly recordingId: string }>(
    client,
    `select distinct on (recording_id, annotation_id) recording_id as "recordingId",
        ${VERSION_COLUMNS}
      from wavekeep.annotation where recording_id = any($1)
      order by recording_id, annotation_id, version desc`,
    [recordingIds],
  );
  const byRecording = new Map<string, StoredAnnotation[]>(recordingIds.map((id) => [id, []]));
  for (const { recordingId, ...row } of rows) byRecording.get(recordingId)!.push(shaped(row));
  return byRecording;
}

/** The newest version of every mark of a recording, as it stood once or as it changed since. */
export async function selectMarks(
  client: pg.PoolClient,
  recordingId: string,
  { asOf, snapshot: wanted, changedSince }: MarkChoice = {},
): Promise<StoredMarks> {
  const snapshot = wanted ?? await currentSnapshot(client);
  const values = [recordingId, asOf ?? null, changedSince ?? null, snapshot];
  const { rows: versions } = await prepared<Raw<StoredAnnotation>>(
    client,
    `select distinct on (annotation_id) ${VERSION_COLUMNS}
      from wavekeep.annotation
      where recording_id = $1::uuid
        and pg_visible_in_snapshot(xid, $4::pg_snapshot)
        and ($2::timestamptz is null or received_at <= $2)
        and ($3::timestamptz is null or annotation_id in (${CHANGED}))
      order by annotation_id, version desc`,
    values,
  );
  const { rows: reviews } = await prepared<Raw<StoredReview>>(
    client,
    `select ${REVIEW_COLUMNS} from wavekeep.annotation_review
      where recording_id = $1::uuid
        and pg_visible_in_snapshot(xid, $4::pg_snapshot)
        and ($2::timestamptz is null or received_at <= $2)
        and ($3::timestamptz is null or annotation_id in (${CHANGED}))
      order by review_number`,
    values,
  );
  return { annotations: versions.map(shaped), reviews: reviews.map(shaped), snapshot };
}

/** Which transactions have committed by now: a later statement sees them all, and leaves out those behind. */
async function currentSnapshot(client: pg.PoolClient): Promise<string> {
  const { rows: [row] } = await prepared<{ snapshot: string }>(
    client,
    `select pg_current_snapshot()::text as "snapshot"`,
  );
  return row!.snapshot;
}

/** Marks of which something came since a moment. */
const CHANGED = `
  select changed.annotation_id from wavekeep.annotation changed
    where changed.recording_id = $1::uuid and changed.received_at >= $3
  union select changed.annotation_id from wavekeep.annotation_review changed
    where changed.recording_id = $1::uuid and changed.received_at >= $3`;

/** All that was ever said of one mark. */
export async function selectMarkVersions(
  client: pg.PoolClient,
  recordingId: string,
  annotationId: string,
): Promise<Omit<StoredMarks, "snapshot">> {
  const { rows: versions } = await prepared<Raw<StoredAnnotation>>(
    client,
    `select ${VERSION_COLUMNS} from wavekeep.annotation
      where recording_id = $1::uuid and annotation_id = decode($2, 'hex') order by version`,
    [recordingId, annotationId],
  );
  const { rows: reviews } = await prepared<Raw<StoredReview>>(
    client,
    `select ${REVIEW_COLUMNS} from wavekeep.annotation_review
      where recording_id = $1::uuid and annotation_id = decode($2, 'hex') order by review_number`,
    [recordingId, annotationId],
  );
  return { annotations: versions.map(shaped), reviews: reviews.map(shaped) };
}

function shaped<T extends Raw<{ readonly annotationId: string; readonly bodySealed: Uint8Array }>>(
  row: T,
): Omit<T, "annotationId"> & { readonly annotationId: string } {
  return {
    ...row,
    annotationId: formatHex(row.annotationId),
    bodySealed: bytes(row.bodySealed),
  };
}
