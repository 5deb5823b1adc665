/**
 * The event row: ingestion log, audit trail and outbox in one, in the transaction of what it tells of.
 *
 * Events of chunks are written by `chunks.ts`, in the statement that writes the chunks.
 * Hazard: `detail` never holds patient identity, labels, annotation text or sample values.
 *
 * @module
 */

import type { NewLeaf } from "@wavekeep/core/crypto";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { Sender } from "../ingest_store.ts";

/** What happened, beside who and when. */
export interface EventFacts {
  readonly kind: string;
  readonly recordingId?: string;
  readonly segmentNumber?: number;
  readonly stream?: number;
  readonly sequence?: number;
  readonly chunkDigest?: Uint8Array;
  readonly storedDigest?: Uint8Array;
  /** What goes into the transparency log of it: the sequencer takes it from this row. */
  readonly leaf?: NewLeaf;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export async function insertEvent(
  client: pg.PoolClient,
  sender: Sender,
  event: EventFacts,
): Promise<void> {
  await prepared(
    client,
    `insert into wavekeep.event
       (site_id, kind, actor, request_id, recording_id, segment_no, stream_no, sequence,
        chunk_digest, stored_digest, detail, leaf_entry, leaf_content, leaf_salt)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
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
      event.leaf?.entry ?? null,
      event.leaf?.content ?? null,
      event.leaf?.salt ?? null,
    ],
  );
}
