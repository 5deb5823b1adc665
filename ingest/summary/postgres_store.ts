/**
 * Summaries on PostgreSQL, by the deriver role.
 *
 * Sole owner of these statements. Nobody holds a lock while summaries are merged: a row is written over
 * only in the revision it was read in, and rows are written in the order of their key, so that two writers
 * never wait for each other in a circle.
 *
 * @module
 */

import { prepared, withSite } from "@wavekeep/core/service";
import { BLOCK_BUCKETS, SUMMARY_ALGORITHM } from "@wavekeep/core/summary";
import { Buffer } from "node:buffer";
import type pg from "pg";
import type {
  BlockKey,
  LackingBlock,
  NewBlock,
  SealedChunk,
  StoredBlock,
  StreamPlace,
  SummaryStore,
} from "./summary_store.ts";

/** Somebody else was faster: the transaction is rolled back. */
class RacedError extends Error {
  override readonly name = "RacedError";
}

/** @param pool Connections of role `wavekeep_deriver`, from `openPool`. */
export function postgresSummaryStore(pool: pg.Pool): SummaryStore {
  return {
    async update(siteId, keys, merge) {
      try {
        await withSite(pool, siteId, async (client) => {
          // What a crash of the server takes away here is derived, and made again. So nothing waits for
          // the disk, and the log is flushed by those that must.
          const [, found] = await Promise.all([
            client.query("set local synchronous_commit = off"),
            selectBlocks(client, keys),
          ]);
          await writeBlocks(client, siteId, await merge(found));
        });
        return true;
      } catch (error) {
        if (error instanceof RacedError) return false;
        throw error;
      }
    },
    lacking: (siteId, stream, sequences) =>
      withSite(pool, siteId, (client) => selectLacking(client, stream, sequences)),
    chunks: (siteId, stream, sequences) =>
      withSite(pool, siteId, (client) => selectChunks(client, stream, sequences)),
    discard: (siteId, stream) => withSite(pool, siteId, (client) => discardBlocks(client, stream)),
  };
}

async function selectBlocks(
  client: pg.PoolClient,
  keys: readonly BlockKey[],
): Promise<StoredBlock[]> {
  const { rows } = await prepared<StoredBlock>(
    client,
    `select recording_id as "recordingId", segment_no as "segmentNumber", stream_no as "stream",
        level, block_no as "block", revision, case when algorithm = $6 then body end as "body"
      from wavekeep.envelope where (recording_id, segment_no, stream_no, level, block_no) in
        (select * from unnest($1::uuid[], $2::int[], $3::int[], $4::smallint[], $5::int[]))`,
    [
      keys.map(({ recordingId }) => recordingId),
      keys.map(({ segmentNumber }) => segmentNumber),
      keys.map(({ stream }) => stream),
      keys.map(({ level }) => level),
      keys.map(({ block }) => block),
      SUMMARY_ALGORITHM,
    ],
  );
  return rows.map((row) => ({ ...row, body: row.body && new Uint8Array(row.body) }));
}

async function writeBlocks(
  client: pg.PoolClient,
  siteId: number,
  blocks: readonly NewBlock[],
): Promise<void> {
  if (blocks.length === 0) return;
  const rows = [...blocks].sort(compareKeys);
  let end = 0;
  const starts = rows.map(({ body }) => (end += body.byteLength) - body.byteLength + 1);
  const { rowCount } = await prepared(
    client,
    `insert into wavekeep.envelope as stored (site_id, algorithm, recording_id, segment_no, stream_no,
        level, block_no, chunk_count, revision, body)
      select $1::int, $2::smallint, recording_id, segment_no, stream_no, level, block_no, chunk_count,
          revision, substring($12::bytea from body_start for body_length)
        from unnest($3::uuid[], $4::int[], $5::int[], $6::smallint[], $7::int[], $8::int[], $9::int[],
          $10::int[], $11::int[]) with ordinality as input (recording_id, segment_no, stream_no, level,
            block_no, chunk_count, revision, body_start, body_length, place)
        order by place
      on conflict (recording_id, segment_no, stream_no, level, block_no) do update
        set algorithm = excluded.algorithm, chunk_count = excluded.chunk_count,
          revision = excluded.revision, body = excluded.body
        where stored.revision = excluded.revision - 1`,
    [
      siteId,
      SUMMARY_ALGORITHM,
      rows.map(({ recordingId }) => recordingId),
      rows.map(({ segmentNumber }) => segmentNumber),
      rows.map(({ stream }) => stream),
      rows.map(({ level }) => level),
      rows.map(({ block }) => block),
      rows.map(({ chunkCount }) => chunkCount),
      rows.map(({ revision }) => revision),
      starts,
      rows.map(({ body }) => body.byteLength),
      Buffer.concat(rows.map(({ body }) => body)),
    ],
  );
  if (rowCount !== rows.length) throw new RacedError("another writer changed a block");
}

async function selectLacking(
  client: pg.PoolClient,
  stream: StreamPlace,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<LackingBlock[]> {
  const { rows } = await prepared<LackingBlock>(
    client,
    `select block, n as "storedCount", coalesce(chunk_count, 0) as "summarisedCount"
      from (select sequence / ${BLOCK_BUCKETS} as block, count(*)::int as n from wavekeep.chunk
        where recording_id = $1 and segment_no = $2 and stream_no = $3
          and sequence >= $4 and sequence < $5 group by 1) stored
      left join wavekeep.envelope on recording_id = $1 and segment_no = $2 and stream_no = $3
        and level = 0 and algorithm = $6 and block_no = block
      where coalesce(chunk_count, 0) < n order by block`,
    [...streamValues(stream), start, end, SUMMARY_ALGORITHM],
  );
  return rows;
}

async function selectChunks(
  client: pg.PoolClient,
  stream: StreamPlace,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<SealedChunk[]> {
  const { rows } = await prepared<SealedChunk>(
    client,
    `select sequence, body from wavekeep.chunk
      where recording_id = $1 and segment_no = $2 and stream_no = $3
        and sequence >= $4 and sequence < $5 order by sequence`,
    [...streamValues(stream), start, end],
  );
  return rows.map(({ sequence, body }) => ({ sequence, body: new Uint8Array(body) }));
}

async function discardBlocks(client: pg.PoolClient, stream: StreamPlace): Promise<void> {
  await prepared(
    client,
    `update wavekeep.envelope set algorithm = 0, chunk_count = 0, revision = revision + 1
      where recording_id = $1 and segment_no = $2 and stream_no = $3 and algorithm <> 0`,
    streamValues(stream),
  );
}

function streamValues({ recordingId, segmentNumber, stream }: StreamPlace): unknown[] {
  return [recordingId, segmentNumber, stream];
}

function compareKeys(a: BlockKey, b: BlockKey): number {
  if (a.recordingId !== b.recordingId) return a.recordingId < b.recordingId ? -1 : 1;
  return a.segmentNumber - b.segmentNumber || a.stream - b.stream || a.level - b.level ||
    a.block - b.block;
}
