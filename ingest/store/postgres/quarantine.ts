/**
 * A second, different chunk for a taken position: kept aside within bounds, never in the way.
 *
 * @module
 */

import type pg from "pg";
import { QUARANTINE_BODIES_PER_KEY, QUARANTINE_BYTES_PER_SENDER } from "../limits.ts";
import type { QuarantinedChunk, Sender } from "../ingest_store.ts";
import { insertEvent } from "./events.ts";
import { safeInteger } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

export async function quarantineChunk(
  pool: pg.Pool,
  sender: Sender,
  chunk: QuarantinedChunk,
): Promise<void> {
  await inTransaction(pool, sender.siteId, async (client) => {
    const key = [chunk.recordingId, chunk.segmentNumber, chunk.stream, chunk.sequence];
    const { rows: [kept] } = await client.query<{ isKnown: boolean; bodyCount: string }>(
      `select coalesce(bool_or(stored_digest = $5), false) as "isKnown",
          count(*) filter (where body_kept) as "bodyCount"
        from wavekeep.quarantine
        where recording_id = $1 and segment_no = $2 and stream_no = $3 and sequence = $4`,
      [...key, chunk.storedDigest],
    );
    if (kept?.isKnown !== true) {
      const { rows: [sent] } = await client.query<{ byteLength: string }>(
        `select coalesce(sum(byte_length), 0) as "byteLength" from wavekeep.quarantine
          where site_id = $1 and actor = $2 and body_kept`,
        [sender.siteId, sender.actor],
      );
      const keepsBody = safeInteger(kept?.bodyCount ?? 0) < QUARANTINE_BODIES_PER_KEY &&
        safeInteger(sent?.byteLength ?? 0) + chunk.byteLength <= QUARANTINE_BYTES_PER_SENDER;
      await client.query(
        `insert into wavekeep.quarantine
           (quarantine_id, site_id, recording_id, segment_no, stream_no, sequence, actor,
            chunk_digest, stored_digest, byte_length, body_sealed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        [
          chunk.quarantineId,
          sender.siteId,
          ...key,
          sender.actor,
          chunk.chunkDigest,
          chunk.storedDigest,
          chunk.byteLength,
          keepsBody ? chunk.body : null,
        ],
      );
    }
    await insertEvent(client, sender, { kind: "chunk.conflict", ...chunk });
  });
}
