/**
 * Chunks: the one write that everything else exists for.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { LOG_ENTRY_BYTES } from "@wavekeep/core/log";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type {
  ChunkKey,
  ChunkRequest,
  NewChunk,
  PutChunkResult,
  StoredChunk,
} from "../ingest_store.ts";
import { requireWholeRuns } from "../require_whole_runs.ts";
import { StorageViolationError } from "../store_errors.ts";
import { chunkColumns, DIGESTS_BYTES, type GroupedChunk } from "./chunk_columns.ts";
import { insertParameterSets } from "./parameter_sets.ts";
import { bytes, microsOf } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

/** Keeps what one statement holds in memory, here and in the server, to some megabytes. */
const ROWS_PER_STATEMENT_MAX = 1_000;

const RECEIPT_COLUMNS = `recording_id as "recordingId", segment_no as "segmentNumber",
  stream_no as "stream", sequence, chunk_digest as "chunkDigest", stored_digest as "storedDigest",
  ${microsOf("received_at")} as "receivedAtMicros", incarnation, leaf_hash as "leafHash"`;

interface ReceiptRow extends Omit<StoredChunk, "receivedAtMicros"> {
  readonly receivedAtMicros: string;
}

export async function putChunkGroup(
  pool: pg.Pool,
  requests: readonly ChunkRequest[],
): Promise<PutChunkResult[][]> {
  const { siteId } = requests[0]!.sender;
  assert(requests.every(({ sender }) => sender.siteId === siteId), "a group is of one site");
  const group = requests.flatMap(({ chunks }, senderIndex) =>
    chunks.map((chunk): GroupedChunk => ({ chunk, senderIndex }))
  );
  // By the order of the key, which keeps two groups from waiting for each other.
  const order = [...group].sort((a, b) => compareKeys(a.chunk, b.chunk));
  const results = await inTransaction(pool, siteId, async (client) => {
    // Before the chunks and in the order of their key, in every transaction: no two wait for each other.
    await insertParameterSets(client, requests);
    const results = new Map<NewChunk, PutChunkResult>();
    for (let start = 0; start < order.length; start += ROWS_PER_STATEMENT_MAX) {
      const rows = order.slice(start, start + ROWS_PER_STATEMENT_MAX);
      for (const chunk of await insertChunks(client, requests, rows)) {
        results.set(chunk.row, { outcome: "stored", chunk: chunk.stored });
      }
    }
    const rest = order.map(({ chunk }) => chunk).filter((chunk) => !results.has(chunk));
    if (rest.length > 0) await explainRest(client, rest, results);
    for (const { chunks } of requests) {
      requireWholeRuns(chunks, chunks.map((chunk) => results.get(chunk)!));
    }
    return results;
  });
  return requests.map(({ chunks }) => chunks.map((chunk) => results.get(chunk)!));
}

/** Why chunks were not stored: their position is taken, or lies beyond the end of their stream. */
async function explainRest(
  client: pg.PoolClient,
  rest: readonly NewChunk[],
  results: Map<NewChunk, PutChunkResult>,
): Promise<void> {
  // A new statement sees what the winner committed, because the transaction is READ COMMITTED.
  const found = await selectChunks(client, rest);
  const ends = await selectEnds(client, rest.filter((chunk) => !found.has(keyText(chunk))));
  for (const chunk of rest) {
    const before = found.get(keyText(chunk));
    const endSequence = ends.get(streamText(chunk)) ?? Infinity;
    if (before !== undefined) results.set(chunk, { outcome: "found", chunk: before });
    else if (chunk.sequence >= endSequence) {
      results.set(chunk, { outcome: "beyond-end", endSequence });
    } else {
      throw new StorageViolationError(
        `Cannot store chunk ${chunk.sequence}: no row was inserted and none is there`,
      );
    }
  }
}

/**
 * Inserts chunks whose position is free and before the stated end of their stream, and the event row of
 * each. The event repeats no digest of the row it names by its key: its log entry commits to them
 * (decisions 0015 and 0027). One text for any number of rows, so a connection plans it once; `chunk_columns.ts` says how the
 * rows travel.
 *
 * The unique key decides who is first: of two writers of one position, the second waits here until the
 * first has committed or rolled back. `on conflict` names no target: chunk has exactly one unique
 * constraint. Hazard: a plan for any number of rows must not compare every row with every other, so what
 * was stored is looked up by `in (…) is true`, which stays a hashed subplan and never becomes a join.
 */
const INSERT_CHUNKS = `
  with input as materialized (
    select * from unnest($4::int[], $5::uuid[], $6::int[], $7::int[], $8::int[], $9::bigint[],
        $10::int[], $11::timestamptz[], $12::int[], $13::int[], $16::int[]) with ordinality
      as input (sender_no, recording_id, segment_no, stream_no, sequence, first_sample, sample_count,
        received_at, body_start, body_length, key_no, place)
  ),
  ends as (
    select recording_id, segment_no, stream_no, min(first_sequence) as end_sequence
      from wavekeep.segment_statement
      where kind = 'end' and (recording_id, segment_no, stream_no) in
        (select recording_id, segment_no, stream_no from input)
      group by recording_id, segment_no, stream_no
  ),
  stored as (
    insert into wavekeep.chunk
      (site_id, incarnation, recording_id, segment_no, stream_no, sequence, first_sample, sample_count,
       received_at, chunk_digest, stored_digest, leaf_hash, key_id, body)
      select $1::int, (select max(incarnation) from wavekeep.incarnation), recording_id, segment_no,
          stream_no, sequence, first_sample, sample_count, received_at, ${digestAt(0)}, ${
  digestAt(1)
},
          ${digestAt(2)},
          case when key_no > 0 then substring($17::bytea from 32 * key_no - 31 for 32) end,
          substring($15::bytea from body_start for body_length)
        from input left join ends using (recording_id, segment_no, stream_no)
        where ends.end_sequence is null or input.sequence < ends.end_sequence
        order by place
      on conflict do nothing
      returning recording_id, segment_no, stream_no, sequence, incarnation
  ),
  new as materialized (
    select * from input where ((recording_id, segment_no, stream_no, sequence) in
      (select recording_id, segment_no, stream_no, sequence from stored)) is true
  ),
  logged as (
    insert into wavekeep.event
      (site_id, kind, actor, request_id, recording_id, segment_no, stream_no, sequence, leaf_entry)
      select $1::int, 'chunk.stored', ($2::text[])[sender_no], ($3::text[])[sender_no], recording_id,
          segment_no, stream_no, sequence, ${digestAt(3, LOG_ENTRY_BYTES)}
        from new order by place
  )
  select (select array_agg(place::int) from new) as "places",
    (select max(incarnation) from stored) as "incarnation"`;

function digestAt(index: number, byteLength = 32): string {
  return `substring($14::bytea from (${DIGESTS_BYTES} * (place - 1) + ${
    32 * index + 1
  })::int for ${byteLength})`;
}

/** Stores what can be stored, and returns it. */
async function insertChunks(
  client: pg.PoolClient,
  requests: readonly ChunkRequest[],
  group: readonly GroupedChunk[],
): Promise<{ row: NewChunk; stored: StoredChunk }[]> {
  const senders = requests.map(({ sender }) => sender);
  const { rows: [inserted] } = await prepared<{ places: number[] | null; incarnation: number }>(
    client,
    INSERT_CHUNKS,
    chunkColumns(senders[0]!.siteId, senders, group),
  );
  const { places, incarnation } = inserted!;
  return (places ?? []).map((place) => {
    const row = group[place - 1]!.chunk;
    // What was written is what was sent: a look-up of the row gives the same to the microsecond.
    const { leafEntry: _entry, body: _body, firstSample: _first, sampleCount: _count, ...rest } =
      row;
    const { keyId: _key, needsNext: _needs, ...receipt } = rest;
    return { row, stored: { ...receipt, incarnation } };
  });
}

/** Where streams were stated to end, by stream. */
async function selectEnds(
  client: pg.PoolClient,
  chunks: readonly ChunkKey[],
): Promise<Map<string, number>> {
  if (chunks.length === 0) return new Map();
  const { rows } = await prepared<ChunkKey>(
    client,
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
  const { rows } = await prepared<ReceiptRow>(
    client,
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

function compareKeys(a: ChunkKey, b: ChunkKey): number {
  if (a.recordingId !== b.recordingId) return a.recordingId < b.recordingId ? -1 : 1;
  return a.segmentNumber - b.segmentNumber || a.stream - b.stream || a.sequence - b.sequence;
}
