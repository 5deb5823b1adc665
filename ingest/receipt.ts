/**
 * The server's word that a chunk is committed, from the stored row alone.
 *
 * The first answer and every repeat are made from the same row, so they are equal.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import type { ChunkOutcome, Receipt } from "@wavekeep/core/wire";
import { formatInstant } from "./instant.ts";
import type { StoredChunk, StoredSegment } from "./store/ingest_store.ts";

export function toReceipt(
  { segmentId, signing }: Pick<StoredSegment, "segmentId" | "signing">,
  chunk: StoredChunk,
): Receipt {
  return {
    segment_id: formatHex(segmentId),
    stream: chunk.stream,
    sequence: chunk.sequence,
    chunk_digest: formatHex(chunk.chunkDigest),
    stored_digest: formatHex(chunk.storedDigest),
    received_at: formatInstant(chunk.receivedAtMicros),
    incarnation: chunk.incarnation,
    leaf_hash: formatHex(chunk.leafHash),
    key_id: signing && formatHex(signing.keyId),
    signature: null,
  };
}

/** 201 for a chunk that is new, 200 for one that was there. */
export function acceptedOutcome(status: 200 | 201, receipt: Receipt): ChunkOutcome {
  return { status, receipt };
}
