/**
 * Marks: the newest version of each.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { StoredAnnotation } from "../query_store.ts";
import { bytes, instant } from "./rows.ts";

export async function selectAnnotations(
  client: pg.PoolClient,
  recordingIds: readonly string[],
): Promise<Map<string, StoredAnnotation[]>> {
  interface Columns extends Omit<StoredAnnotation, "annotationId"> {
    readonly recordingId: string;
    readonly annotationId: Uint8Array;
  }
  const { rows } = await prepared<Columns>(
    client,
    `select distinct on (recording_id, annotation_id) recording_id as "recordingId",
        annotation_id as "annotationId", version, kind, author_role as "authorRole", source, status,
        body_sealed as "bodySealed", ${instant("received_at")} as "receivedAt"
      from wavekeep.annotation where recording_id = any($1)
      order by recording_id, annotation_id, version desc`,
    [recordingIds],
  );
  const byRecording = new Map<string, StoredAnnotation[]>(recordingIds.map((id) => [id, []]));
  for (const { recordingId, ...row } of rows) {
    byRecording.get(recordingId)!.push({
      ...row,
      annotationId: formatHex(row.annotationId),
      bodySealed: bytes(row.bodySealed),
    });
  }
  return byRecording;
}
