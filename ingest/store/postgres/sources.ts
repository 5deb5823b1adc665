/**
 * What files held beside their samples.
 *
 * @module
 */

import { equalBytes, parseHex } from "@wavekeep/core/bytes";
import type pg from "pg";
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
  const fileSha256 = parseHex(source.fileSha256, 32);
  return await inTransaction(pool, sender.siteId, async (client): Promise<Repeatable> => {
    const { rowCount } = await client.query(
      `insert into wavekeep.source_artifact
         (recording_id, file_sha256, site_id, byte_length, body_sealed, content_digest)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (recording_id, file_sha256) do nothing`,
      [
        recordingId,
        fileSha256,
        sender.siteId,
        source.byteLength,
        source.bodySealed,
        source.contentDigest,
      ],
    );
    if (rowCount === 1) {
      await insertEvent(client, sender, { kind: "source.stored", recordingId });
      return "stored";
    }
    const { rows: [row] } = await client.query<{ contentDigest: Uint8Array }>(
      `select content_digest as "contentDigest" from wavekeep.source_artifact
        where recording_id = $1 and file_sha256 = $2`,
      [recordingId, fileSha256],
    );
    return row !== undefined && equalBytes(bytes(row.contentDigest), source.contentDigest)
      ? "repeated"
      : "conflict";
  });
}
