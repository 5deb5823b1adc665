/**
 * Versions of marks.
 *
 * @module
 */

import { equalBytes, parseHex } from "@wavekeep/core/bytes";
import type pg from "pg";
import type { NewAnnotation, Repeatable, Sender } from "../ingest_store.ts";
import { insertEvent } from "./events.ts";
import { bytes } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

export async function putAnnotations(
  pool: pg.Pool,
  sender: Sender,
  recordingId: string,
  annotations: readonly NewAnnotation[],
): Promise<Repeatable[]> {
  // In the order of the key, as everything that several writers may insert at once.
  const order = annotations.map((annotation, index) => ({ annotation, index })).sort((a, b) =>
    a.annotation.annotationId < b.annotation.annotationId
      ? -1
      : a.annotation.annotationId > b.annotation.annotationId
      ? 1
      : a.annotation.version - b.annotation.version || a.index - b.index
  );
  return await inTransaction(pool, sender.siteId, async (client) => {
    const outcomes: Repeatable[] = [];
    for (const { annotation, index } of order) {
      outcomes[index] = await putAnnotation(client, sender, recordingId, annotation);
    }
    return outcomes;
  });
}

async function putAnnotation(
  client: pg.PoolClient,
  sender: Sender,
  recordingId: string,
  annotation: NewAnnotation,
): Promise<Repeatable> {
  const annotationId = parseHex(annotation.annotationId, 16);
  const { rowCount } = await client.query(
    `insert into wavekeep.annotation
       (recording_id, annotation_id, version, site_id, kind, author_role, source, body_sealed,
        content_digest, status)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (recording_id, annotation_id, version) do nothing`,
    [
      recordingId,
      annotationId,
      annotation.version,
      sender.siteId,
      annotation.kind,
      sender.role,
      annotation.source,
      annotation.bodySealed,
      annotation.contentDigest,
      annotation.status,
    ],
  );
  if (rowCount === 1) {
    await insertEvent(client, sender, {
      kind: "annotation.stored",
      recordingId,
      detail: {
        "annotation_id": annotation.annotationId,
        "version": annotation.version,
        "kind": annotation.kind,
        "status": annotation.status,
      },
    });
    return "stored";
  }
  const { rows: [row] } = await client.query<{ contentDigest: Uint8Array }>(
    `select content_digest as "contentDigest" from wavekeep.annotation
      where recording_id = $1 and annotation_id = $2 and version = $3`,
    [recordingId, annotationId, annotation.version],
  );
  return row !== undefined && equalBytes(bytes(row.contentDigest), annotation.contentDigest)
    ? "repeated"
    : "conflict";
}
