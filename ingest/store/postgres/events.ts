/**
 * The event row: ingestion log, audit trail and outbox in one, in the transaction of what it tells of.
 *
 * Hazard: `detail` never holds patient identity, labels, annotation text or sample values.
 *
 * @module
 */

import type pg from "pg";
import type { NewChunk, Sender } from "../ingest_store.ts";

/** What happened, beside who and when. */
export interface EventFacts {
  readonly kind: string;
  readonly recordingId?: string;
  readonly segmentNumber?: number;
  readonly stream?: number;
  readonly sequence?: number;
  readonly chunkDigest?: Uint8Array;
  readonly storedDigest?: Uint8Array;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Columns that `insertChunkEvents` fills per row. */
const CHUNK_EVENT_COLUMNS = 8;

export async function insertEvent(
  client: pg.PoolClient,
  sender: Sender,
  event: EventFacts,
): Promise<void> {
  await client.query(
    `insert into wavekeep.event
       (site_id, kind, actor, request_id, recording_id, segment_no, stream_no, sequence,
        chunk_digest, stored_digest, detail)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      sender.siteId,
      event.kind,
      sender.actor,
      sender.requestId,
      event.recordingId ?? null,
      event.segmentNumber ?? null,
      event.stream ?? null,
      event.sequence ?? null,
      event.chunkDigest ?? null,
      event.storedDigest ?? null,
      event.detail === undefined ? null : JSON.stringify(event.detail),
    ],
  );
}

/** One event per stored chunk, in one statement. */
export async function insertChunkEvents(
  client: pg.PoolClient,
  sender: Sender,
  chunks: readonly NewChunk[],
): Promise<void> {
  if (chunks.length === 0) return;
  const values: unknown[] = [sender.siteId, sender.actor, sender.requestId];
  const rows = chunks.map((chunk) => {
    const first = values.length + 1;
    values.push(
      chunk.recordingId,
      chunk.segmentNumber,
      chunk.stream,
      chunk.sequence,
      chunk.chunkDigest,
      chunk.storedDigest,
      chunk.leafSalt,
      chunk.leafHash,
    );
    const own = Array.from({ length: CHUNK_EVENT_COLUMNS }, (_, index) => `$${first + index}`);
    return `($1, 'chunk.stored', $2, $3, ${own.join(", ")})`;
  });
  await client.query(
    `insert into wavekeep.event
       (site_id, kind, actor, request_id, recording_id, segment_no, stream_no, sequence,
        chunk_digest, stored_digest, leaf_salt, leaf_hash)
     values ${rows.join(", ")}`,
    values,
  );
}
