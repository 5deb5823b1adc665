/**
 * Versions of marks.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import type { NewAnnotation, Repeatable, Sender } from "../ingest_store.ts";
import { StorageViolationError } from "../store_errors.ts";
import { inTransaction } from "./transaction.ts";

export async function putAnnotations(
  pool: pg.Pool,
  sender: Sender,
  recordingId: string,
  annotations: readonly NewAnnotation[],
): Promise<Repeatable[]> {
  if (annotations.length === 0) return [];
  // A repeat inside one request is judged against the first of its kind, like any later repeat.
  const firsts = new Map<string, { readonly row: NewAnnotation; readonly index: number }>();
  for (const [index, row] of annotations.entries()) {
    const key = keyText(row);
    if (!firsts.has(key)) firsts.set(key, { row, index });
  }
  // In the order of the key, as everything that several writers may insert at once.
  const rows = [...firsts.values()].map(({ row }) => row).sort(compareKeys);
  return await inTransaction(pool, sender.siteId, async (client) => {
    const stored = await insertAnnotations(client, sender, recordingId, rows);
    const rest = rows.filter((row) => !stored.has(keyText(row)));
    const before = await selectDigests(client, recordingId, rest);
    return annotations.map((annotation, index) => {
      const key = keyText(annotation);
      const first = firsts.get(key)!;
      if (first.index === index && stored.has(key)) return "stored";
      const digest = stored.has(key) ? first.row.contentDigest : before.get(key);
      if (digest === undefined) {
        throw new StorageViolationError(
          "Cannot store annotation: no row was inserted and none is there",
        );
      }
      return equalBytes(digest, annotation.contentDigest) ? "repeated" : "conflict";
    });
  });
}

/**
 * Inserts what is new, and an event row for each, in one round trip. Ids, digests and sealed bodies are
 * small, so they travel as hexadecimal.
 *
 * @returns Keys of what was inserted.
 */
async function insertAnnotations(
  client: pg.PoolClient,
  sender: Sender,
  recordingId: string,
  rows: readonly NewAnnotation[],
): Promise<ReadonlySet<string>> {
  const { rows: inserted } = await prepared<{ annotationId: string; version: number }>(
    client,
    `with input as materialized (
       select decode(id, 'hex') as annotation_id, version, decode(body, 'hex') as body,
           decode(digest, 'hex') as content_digest, status, at, decode(entry, 'hex') as leaf_entry,
           decode(content, 'hex') as leaf_content, place
         from unnest($6::text[], $7::int[], $8::text[], $9::text[], $10::text[],
           $11::timestamptz[], $12::text[], $13::text[]) with ordinality
         as input (id, version, body, digest, status, at, entry, content, place)
     ),
     stored as (
       insert into wavekeep.annotation
         (recording_id, annotation_id, version, site_id, author_role, body_sealed, content_digest,
          status, received_at)
         select $1::uuid, annotation_id, version, $2::int, $3::text, body, content_digest, status, at
           from input order by place
         on conflict (recording_id, annotation_id, version) do nothing
         returning annotation_id, version
     ),
     logged as (
       insert into wavekeep.event 
         (site_id, kind, actor, request_id, recording_id, detail, leaf_entry, leaf_content)
         select $2::int, 'annotation.stored', $4::text, $5::text, $1::uuid,
             jsonb_build_object('annotation_id', encode(annotation_id, 'hex'), 'version', version),
             leaf_entry, leaf_content
           from input
           where ((annotation_id, version) in (select annotation_id, version from stored)) is true
           order by place
     )
     select encode(annotation_id, 'hex') as "annotationId", version from stored`,
    [
      recordingId,
      sender.siteId,
      sender.role,
      sender.actor,
      sender.requestId,
      rows.map(({ annotationId }) => annotationId),
      rows.map(({ version }) => version),
      rows.map(({ bodySealed }) => formatHex(bodySealed)),
      rows.map(({ contentDigest }) => formatHex(contentDigest)),
      rows.map(({ status }) => status),
      rows.map(({ atMicros }) => formatInstant(atMicros)),
      rows.map(({ leaf }) => formatHex(leaf.entry)),
      rows.map(({ leaf }) => formatHex(leaf.content)),
    ],
  );
  return new Set(inserted.map(keyText));
}

/** Content digests of marks that were there before, by key. */
async function selectDigests(
  client: pg.PoolClient,
  recordingId: string,
  rows: readonly NewAnnotation[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (rows.length === 0) return new Map();
  const { rows: found } = await prepared<
    { annotationId: string; version: number; contentDigest: string }
  >(
    client,
    `select encode(annotation_id, 'hex') as "annotationId", version,
         encode(content_digest, 'hex') as "contentDigest"
       from wavekeep.annotation
       where recording_id = $1::uuid and (annotation_id, version) in
         (select decode(id, 'hex'), version from unnest($2::text[], $3::int[]) as wanted (id, version))`,
    [
      recordingId,
      rows.map(({ annotationId }) => annotationId),
      rows.map(({ version }) => version),
    ],
  );
  return new Map(found.map((row) => [keyText(row), Uint8Array.fromHex(row.contentDigest)]));
}

function keyText(key: Pick<NewAnnotation, "annotationId" | "version">): string {
  return `${key.annotationId}/${key.version}`;
}

function compareKeys(a: NewAnnotation, b: NewAnnotation): number {
  if (a.annotationId !== b.annotationId) return a.annotationId < b.annotationId ? -1 : 1;
  return a.version - b.version;
}
