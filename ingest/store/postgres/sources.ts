/**
 * What files held beside their samples.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import type { NewSource, Repeatable, Sender } from "../ingest_store.ts";
import { insertEvent } from "./events.ts";
import { bytes } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

export async function putSource(
  pool: pg.Pool,
  sender: Sender,
  recordingId: string,
  source: NewSource,
): Promise<Repeatable> {
  const { fileKey, fileSha256, bodySealed, contentDigest, atMicros, leaf } = source;
  return await inTransaction(pool, sender.siteId, async (client): Promise<Repeatable> => {
    // Rows from before have the SHA-256 itself; it is compared here and not there, where it would be logged.
    const { rows } = await client.query<{ fileKey: string; contentDigest: Uint8Array }>(
      `select encode(file_key, 'hex') as "fileKey", content_digest as "contentDigest"
        from wavekeep.source_artifact
        where recording_id = $1 and (byte_length is not null or file_key = decode($2, 'hex'))`,
      [recordingId, fileKey],
    );
    const before = rows.find((row) => row.fileKey === fileKey || row.fileKey === fileSha256);
    const judged = (digest: Uint8Array) =>
      equalBytes(bytes(digest), contentDigest) ? "repeated" : "conflict";
    if (before !== undefined) return judged(before.contentDigest);
    const { rowCount } = await client.query(
      `insert into wavekeep.source_artifact
         (recording_id, file_key, site_id, body_sealed, content_digest, received_at)
       values ($1, decode($2, 'hex'), $3, $4, $5, $6)
       on conflict (recording_id, file_key) do nothing`,
      [recordingId, fileKey, sender.siteId, bodySealed, contentDigest, formatInstant(atMicros)],
    );
    if (rowCount === 1) {
      await insertEvent(client, sender, { kind: "source.stored", recordingId, leaf });
      return "stored";
    }
    // Another request was faster.
    const { rows: [row] } = await client.query<{ contentDigest: Uint8Array }>(
      `select content_digest as "contentDigest" from wavekeep.source_artifact
        where recording_id = $1 and file_key = decode($2, 'hex')`,
      [recordingId, fileKey],
    );
    return row === undefined ? "conflict" : judged(row.contentDigest);
  });
}
