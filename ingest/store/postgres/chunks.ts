/**
 * Chunks: the one write that everything else exists for.
 *
 * @module
 */

import { formatInstant } from "../../instant.ts";
import type pg from "pg";
import type { ChunkKey, NewChunk, PutChunkResult, Sender, StoredChunk } from "../ingest_store.ts";
import { StorageViolationError } from "../store_errors.ts";
import { insertChunkEvents } from "./events.ts";
import { bytes, microsOf } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

/** A statement takes 65,535 parameters; a chunk has 13. */
const ROWS_PER_STATEMENT_MAX = 1_000;

const RECEIPT_COLUMNS = `recording_id as "recordingId", segment_no as "segmentNumber",
  stream_no as "stream", sequence, chunk_digest as "chunkDigest", stored_digest as "storedDigest",
  ${microsOf("received_at")} as "receivedAtMicros", incarnation, leaf_hash as "leafHash"`;

interface ReceiptRow extends Omit<StoredChunk, "receivedAtMicros"> {
  readonly receivedAtMicros: string;
}

export async function putChunks(
  pool: pg.Pool,
  sender: Sender,
  chunks: readonly NewChunk[],
): Promise<PutChunkResult[]> {
  return await inTransaction(pool, sender.siteId, async (client) => {
    const ends = await selectEnds(client, chunks);
    const endOf = (chunk: ChunkKey) => ends.get(streamText(chunk)) ?? Infinity;
    const due = chunks.filter((chunk) => chunk.sequence < endOf(chunk));

    // The unique key decides who is first: of two writers of one position, the second waits here until
    // the first has committed or rolled back.
    const stored = new Map<string, StoredChunk>();
    for (let start = 0; start < due.length; start += ROWS_PER_STATEMENT_MAX) {
      const rows = await insertChunks(
        client,
        sender.siteId,
        due.slice(start, start + ROWS_PER_STATEMENT_MAX),
      );
      for (const row of rows) stored.set(keyText(row), row);
    }
    await insertChunkEvents(client, sender, due.filter((chunk) => stored.has(keyText(chunk))));

    // A new statement sees what the winner committed, because the transaction is READ COMMITTED.
    // Chunks beyond a stated end are looked for too: what is stored is always a repeat.
    const taken = chunks.filter((chunk) => !stored.has(keyText(chunk)));
    const found = await selectChunks(client, taken);
    return chunks.map((chunk): PutChunkResult => {
      const key = keyText(chunk);
      const isNew = stored.get(key);
      if (isNew !== undefined) return { outcome: "stored", chunk: isNew };
      const before = found.get(key);
      if (before !== undefined) return { outcome: "found", chunk: before };
      if (chunk.sequence >= endOf(chunk)) {
        return { outcome: "beyond-end", endSequence: endOf(chunk) };
      }
      throw new StorageViolationError(
        `Cannot store chunk ${chunk.sequence}: no row was inserted and none is there`,
      );
    });
  });
}

/** Where streams were stated to end, by stream; asked in the transaction that depends on it. */
async function selectEnds(
  client: pg.PoolClient,
  chunks: readonly ChunkKey[],
): Promise<Map<string, number>> {
  const streams = [...new Map(chunks.map((chunk) => [streamText(chunk), chunk])).values()];
  const { rows } = await client.query<ChunkKey>(
    `select recording_id as "recordingId", segment_no as "segmentNumber", stream_no as "stream",
        min(first_sequence) as "sequence"
      from wavekeep.segment_statement
      where kind = 'end' and (recording_id, segment_no, stream_no) in
        (select * from unnest($1::uuid[], $2::int[], $3::int[]))
      group by 1, 2, 3`,
    [
      streams.map(({ recordingId }) => recordingId),
      streams.map(({ segmentNumber }) => segmentNumber),
      streams.map(({ stream }) => stream),
    ],
  );
  return new Map(rows.map((row) => [streamText(row), row.sequence]));
}

async function insertChunks(
  client: pg.PoolClient,
  siteId: number,
  chunks: readonly NewChunk[],
): Promise<StoredChunk[]> {
  if (chunks.length === 0) return [];
  const values: unknown[] = [siteId];
  const rows = chunks.map((chunk) => {
    const own = [
      chunk.recordingId,
      chunk.segmentNumber,
      chunk.stream,
      chunk.sequence,
      chunk.firstSample,
      chunk.sampleCount,
      chunk.chunkDigest,
      chunk.storedDigest,
      formatInstant(chunk.receivedAtMicros),
      chunk.leafSalt,
      chunk.leafHash,
      chunk.body,
    ];
    const places = own.map((_, index) => `$${values.length + 1 + index}`);
    values.push(...own);
    return `($1, (select max(incarnation) from wavekeep.incarnation), ${places.join(", ")})`;
  });
  // No conflict target: chunk has exactly one unique constraint, and naming it would change nothing.
  const { rows: inserted } = await client.query<ReceiptRow>(
    `insert into wavekeep.chunk
       (site_id, incarnation, recording_id, segment_no, stream_no, sequence, first_sample,
        sample_count, chunk_digest, stored_digest, received_at, leaf_salt, leaf_hash, body)
     values ${rows.join(", ")}
     on conflict do nothing
     returning ${RECEIPT_COLUMNS}`,
    values,
  );
  return inserted.map(toStoredChunk);
}

async function selectChunks(
  client: pg.PoolClient,
  keys: readonly ChunkKey[],
): Promise<Map<string, StoredChunk>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<ReceiptRow>(
    `select ${RECEIPT_COLUMNS} from wavekeep.chunk
      where (recording_id, segment_no, stream_no, sequence) in
        (select * from unnest($1::uuid[], $2::int[], $3::int[], $4::int[]))`,
    [
      keys.map(({ recordingId }) => recordingId),
      keys.map(({ segmentNumber }) => segmentNumber),
      keys.map(({ stream }) => stream),
      keys.map(({ sequence }) => sequence),
    ],
  );
  return new Map(rows.map((row) => [keyText(row), toStoredChunk(row)]));
}

function toStoredChunk(row: ReceiptRow): StoredChunk {
  return {
    ...row,
    chunkDigest: bytes(row.chunkDigest),
    storedDigest: bytes(row.storedDigest),
    leafHash: bytes(row.leafHash),
    receivedAtMicros: BigInt(row.receivedAtMicros),
  };
}

function keyText({ recordingId, segmentNumber, stream, sequence }: ChunkKey): string {
  return `${recordingId}/${segmentNumber}/${stream}/${sequence}`;
}

function streamText({ recordingId, segmentNumber, stream }: Omit<ChunkKey, "sequence">): string {
  return `${recordingId}/${segmentNumber}/${stream}`;
}
