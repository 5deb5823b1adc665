/**
 * Chunks: the one write that everything else exists for.
 *
 * @module
 */

import { formatInstant } from "../../instant.ts";
import type pg from "pg";
import type {
  ChunkKey,
  NewChunk,
  NewParameterSet,
  PutChunkResult,
  Sender,
  StoredChunk,
} from "../ingest_store.ts";
import { StorageViolationError } from "../store_errors.ts";
import { insertParameterSets } from "./parameter_sets.ts";
import { bytes, microsOf } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

/** A statement takes 65,535 parameters; a chunk has 12. */
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
  sets: readonly NewParameterSet[] = [],
): Promise<PutChunkResult[]> {
  return await inTransaction(pool, sender.siteId, async (client) => {
    // Before the chunks and in the order of their key, in every transaction: no two wait for each other.
    await insertParameterSets(client, sender, sets);
    const stored = new Map<string, StoredChunk>();
    for (let start = 0; start < chunks.length; start += ROWS_PER_STATEMENT_MAX) {
      const rows = chunks.slice(start, start + ROWS_PER_STATEMENT_MAX);
      for (const row of await insertChunks(client, sender, rows)) stored.set(keyText(row), row);
    }
    const rest = chunks.filter((chunk) => !stored.has(keyText(chunk)));
    if (rest.length === 0) {
      return chunks.map((chunk) => ({ outcome: "stored", chunk: stored.get(keyText(chunk))! }));
    }
    // A new statement sees what the winner committed, because the transaction is READ COMMITTED.
    const found = await selectChunks(client, rest);
    const ends = await selectEnds(client, rest.filter((chunk) => !found.has(keyText(chunk))));
    return chunks.map((chunk): PutChunkResult => {
      const isNew = stored.get(keyText(chunk));
      if (isNew !== undefined) return { outcome: "stored", chunk: isNew };
      const before = found.get(keyText(chunk));
      if (before !== undefined) return { outcome: "found", chunk: before };
      const endSequence = ends.get(streamText(chunk)) ?? Infinity;
      if (chunk.sequence >= endSequence) return { outcome: "beyond-end", endSequence };
      throw new StorageViolationError(
        `Cannot store chunk ${chunk.sequence}: no row was inserted and none is there`,
      );
    });
  });
}

/** Columns of `input` below, and the type of each. */
const INPUT_COLUMNS = [
  ["recording_id", "uuid"],
  ["segment_no", "int"],
  ["stream_no", "int"],
  ["sequence", "int"],
  ["first_sample", "bigint"],
  ["sample_count", "int"],
  ["chunk_digest", "bytea"],
  ["stored_digest", "bytea"],
  ["received_at", "timestamptz"],
  ["leaf_salt", "bytea"],
  ["leaf_hash", "bytea"],
  ["body", "bytea"],
] as const;

const INPUT_NAMES = INPUT_COLUMNS.map(([name]) => name).join(", ");

/**
 * Inserts chunks whose position is free and before the stated end of their stream, and the event row of
 * each, in one statement and so in one round trip.
 *
 * The unique key decides who is first: of two writers of one position, the second waits here until the
 * first has committed or rolled back. Rows go in by the order of the key, which keeps two batches from
 * waiting for each other. `on conflict` names no target: chunk has exactly one unique constraint.
 */
async function insertChunks(
  client: pg.PoolClient,
  sender: Sender,
  chunks: readonly NewChunk[],
): Promise<StoredChunk[]> {
  const values: unknown[] = [sender.siteId, sender.actor, sender.requestId];
  const rows = chunks.map((chunk, index) => {
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
    // The types of the first row are those of all.
    const places = own.map((_, column) =>
      `$${values.length + 1 + column}${index === 0 ? `::${INPUT_COLUMNS[column]![1]}` : ""}`
    );
    values.push(...own);
    return `(${places.join(", ")})`;
  });
  const { rows: inserted } = await client.query<ReceiptRow>(
    `with input (${INPUT_NAMES}) as (values ${rows.join(", ")}),
    ends as (
      select recording_id, segment_no, stream_no, min(first_sequence) as end_sequence
        from wavekeep.segment_statement
        where kind = 'end' and (recording_id, segment_no, stream_no) in
          (select distinct recording_id, segment_no, stream_no from input)
        group by recording_id, segment_no, stream_no
    ),
    stored as (
      insert into wavekeep.chunk (site_id, incarnation, ${INPUT_NAMES})
        select $1::int, (select max(incarnation) from wavekeep.incarnation),
            ${INPUT_COLUMNS.map(([name]) => `input.${name}`).join(", ")}
          from input left join ends using (recording_id, segment_no, stream_no)
          where ends.end_sequence is null or input.sequence < ends.end_sequence
          order by input.recording_id, input.segment_no, input.stream_no, input.sequence
        on conflict do nothing
        returning recording_id, segment_no, stream_no, sequence, chunk_digest, stored_digest,
          received_at, incarnation, leaf_hash
    ),
    logged as (
      insert into wavekeep.event
        (site_id, kind, actor, request_id, recording_id, segment_no, stream_no, sequence,
         chunk_digest, stored_digest, leaf_salt, leaf_hash)
        select $1::int, 'chunk.stored', $2::text, $3::text, recording_id, segment_no, stream_no,
            sequence, input.chunk_digest, input.stored_digest, input.leaf_salt, input.leaf_hash
          from stored join input using (recording_id, segment_no, stream_no, sequence)
    )
    select ${RECEIPT_COLUMNS} from stored`,
    values,
  );
  return inserted.map(toStoredChunk);
}

/** Where streams were stated to end, by stream. */
async function selectEnds(
  client: pg.PoolClient,
  chunks: readonly ChunkKey[],
): Promise<Map<string, number>> {
  if (chunks.length === 0) return new Map();
  const { rows } = await client.query<ChunkKey>(
    `select recording_id as "recordingId", segment_no as "segmentNumber", stream_no as "stream",
        min(first_sequence) as "sequence"
      from wavekeep.segment_statement
      where kind = 'end' and (recording_id, segment_no, stream_no) in
        (select * from unnest($1::uuid[], $2::int[], $3::int[]))
      group by 1, 2, 3`,
    [
      chunks.map(({ recordingId }) => recordingId),
      chunks.map(({ segmentNumber }) => segmentNumber),
      chunks.map(({ stream }) => stream),
    ],
  );
  return new Map(rows.map((row) => [streamText(row), row.sequence]));
}

async function selectChunks(
  client: pg.PoolClient,
  keys: readonly ChunkKey[],
): Promise<Map<string, StoredChunk>> {
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
