/**
 * The proof store on PostgreSQL, by the reader role.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { formatTilePath, HASH_BYTES, type TileId } from "@wavekeep/core/log";
import { prepared, withSite } from "@wavekeep/core/service";
import type pg from "pg";
import { bytes, safeInteger } from "../store/postgres/rows.ts";
import type {
  ChunkLeafRow,
  LogHead,
  NounLeafRow,
  ProofStore,
  SegmentProofRow,
  SourceRow,
  StatementProofRow,
} from "./proof_store.ts";
import { findChunk } from "./find_chunk.ts";
import { microsOf, runOfChunk } from "./log_columns.ts";
import { selectRecordingFacts } from "./recording_facts.ts";

/** Reads through a pool of `wavekeep_reader` connections; a replica's will do. */
export function postgresProofStore(pool: pg.Pool): ProofStore {
  return {
    head: () => selectHead(pool),
    tiles: (logNumber, tiles) => selectTiles(pool, logNumber, tiles),
    chunk: (siteId, position) => findChunk(pool, siteId, position),
    chunkLeaves: (siteId, scope, limit) =>
      withSite(pool, siteId, (client) => selectChunkLeaves(client, scope, limit)),
    nounLeaves: (siteId, recordingId, logNumber) =>
      withSite(pool, siteId, (client) =>
        selectNouns(
          client,
          "i.log_no = $1 and i.recording_id = $2::uuid and i.first_sequence is null",
          [logNumber, recordingId],
        )),
    keyLeaves: (siteId, logNumber) =>
      withSite(pool, siteId, (client) =>
        selectNouns(
          client,
          "i.log_no = $1 and i.recording_id is null and e.kind in ('key.enrolled', 'key.revoked')",
          [logNumber],
        )),
    segments: (siteId, recordingId) =>
      withSite(pool, siteId, (client) => selectSegments(client, recordingId)),
    statements: (siteId, recordingId) =>
      withSite(pool, siteId, (client) => selectStatements(client, recordingId)),
    recordingFacts: (siteId, of) =>
      withSite(pool, siteId, (client) => selectRecordingFacts(client, of)),
    sources: (siteId, recordingId) =>
      withSite(pool, siteId, (client) => selectSources(client, recordingId)),
    publicKeys: (siteId, keyIds) =>
      keyIds.length === 0
        ? Promise.resolve(new Map())
        : withSite(pool, siteId, (client) => selectPublicKeys(client, keyIds)),
  };
}

async function selectHead(pool: pg.Pool): Promise<LogHead | undefined> {
  const { rows: [row] } = await prepared<LogHead>(
    pool,
    `select log_no as "logNumber", origin, checkpoint,
        witnessed_checkpoint as "witnessedCheckpoint"
      from wavekeep.log_head where checkpoint is not null order by log_no desc limit 1`,
  );
  return row && {
    ...row,
    checkpoint: bytes(row.checkpoint),
    witnessedCheckpoint: row.witnessedCheckpoint && bytes(row.witnessedCheckpoint),
  };
}

async function selectTiles(
  pool: pg.Pool,
  logNumber: number,
  tiles: readonly TileId[],
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  if (tiles.length === 0) return found;
  const levelOf = ({ level }: TileId) => level === "entries" ? -1 : level;
  const { rows } = await prepared<TileColumns>(
    pool,
    `select t.level, t.tile_index as "index", t.width, t.bytes
      from unnest($2::int[], $3::bigint[]) as wanted (level, tile_index)
        join wavekeep.log_tile t
          on t.log_no = $1 and t.level = wanted.level and t.tile_index = wanted.tile_index`,
    [logNumber, tiles.map(levelOf), tiles.map(({ index }) => index)],
  );
  const byPlace = new Map(rows.map((row) => [`${row.level}/${row.index}`, row]));
  for (const tile of tiles) {
    const stored = byPlace.get(`${levelOf(tile)}/${tile.index}`);
    if (stored === undefined || stored.width < tile.width) continue;
    // The newest width begins with every earlier one.
    const end = tile.level === "entries"
      ? bundleEnd(stored.bytes, tile.width)
      : tile.width * HASH_BYTES;
    found.set(formatTilePath(tile), bytes(stored.bytes.subarray(0, end)));
  }
  return found;
}

interface TileColumns {
  readonly level: number;
  readonly index: string;
  readonly width: number;
  readonly bytes: Uint8Array;
}

/** Where the first entries of a bundle end: each lies behind its length as a big-endian u16. */
function bundleEnd(bundle: Uint8Array, count: number): number {
  let end = 0;
  for (let i = 0; i < count; i++) end += 2 + bundle[end]! * 256 + bundle[end + 1]!;
  return end;
}

async function selectChunkLeaves(
  client: pg.PoolClient,
  { logNumber, recordingId, segmentNumber, stream, start, end }: Parameters<
    ProofStore["chunkLeaves"]
  >[1],
  limit: number,
): Promise<ChunkLeafRow[]> {
  interface Columns extends Omit<ChunkLeafRow, "leafIndex" | "receivedAtMicros"> {
    readonly leafIndex: string | null;
    readonly receivedAtMicros: string;
  }
  const { rows } = await prepared<Columns>(
    client,
    `select c.sequence, c.chunk_digest as "chunkDigest", c.stored_digest as "storedDigest",
        ${microsOf("c.received_at")} as "receivedAtMicros", c.leaf_salt as "leafSalt",
        run.first_index + c.sequence - run.first_sequence as "leafIndex"
      from wavekeep.chunk c ${runOfChunk("$1")}
      where c.recording_id = $2::uuid and c.segment_no = $3 and c.stream_no = $4
        and c.sequence >= $5 and c.sequence < $6
      order by c.sequence limit $7`,
    [logNumber, recordingId, segmentNumber, stream, start, end, limit],
  );
  return rows.map((row) => ({
    sequence: row.sequence,
    leafIndex: row.leafIndex === null ? null : safeInteger(row.leafIndex),
    chunkDigest: bytes(row.chunkDigest),
    storedDigest: bytes(row.storedDigest),
    receivedAtMicros: BigInt(row.receivedAtMicros),
    leafSalt: row.leafSalt && bytes(row.leafSalt),
  }));
}

async function selectNouns(
  client: pg.PoolClient,
  condition: string,
  values: readonly unknown[],
): Promise<NounLeafRow[]> {
  interface Columns extends Omit<NounLeafRow, "leafIndex"> {
    readonly leafIndex: string;
  }
  const { rows } = await prepared<Columns>(
    client,
    `select i.first_index as "leafIndex", e.leaf_entry as entry, e.leaf_content as content,
        e.leaf_salt as salt
      from wavekeep.log_index i join wavekeep.event e on e.event_id = i.event_id
      where ${condition} order by i.first_index`,
    [...values],
  );
  return rows.map((row) => ({
    leafIndex: safeInteger(row.leafIndex),
    entry: bytes(row.entry),
    content: row.content && bytes(row.content),
    salt: row.salt && bytes(row.salt),
  }));
}

async function selectSegments(
  client: pg.PoolClient,
  recordingId: string,
): Promise<SegmentProofRow[]> {
  const { rows } = await prepared<SegmentProofRow>(
    client,
    `select segment_no as "segmentNumber", record, signature
      from wavekeep.segment where recording_id = $1::uuid order by segment_no`,
    [recordingId],
  );
  return rows.map((row) => ({
    ...row,
    record: bytes(row.record),
    signature: row.signature && bytes(row.signature),
  }));
}

async function selectStatements(
  client: pg.PoolClient,
  recordingId: string,
): Promise<StatementProofRow[]> {
  interface Columns extends Omit<StatementProofRow, "firstSample" | "sampleCount"> {
    readonly firstSample: string;
    readonly sampleCount: string;
  }
  const { rows } = await prepared<Columns>(
    client,
    `select segment_no as "segmentNumber", stream_no as stream, kind,
        first_sequence as "firstSequence", sequence_count as "sequenceCount",
        first_sample as "firstSample", sample_count as "sampleCount", reason, signature
      from wavekeep.segment_statement where recording_id = $1::uuid
      order by segment_no, stream_no, first_sequence, statement_id`,
    [recordingId],
  );
  return rows.map((row) => ({
    ...row,
    firstSample: safeInteger(row.firstSample),
    sampleCount: safeInteger(row.sampleCount),
    signature: row.signature && bytes(row.signature),
  }));
}

async function selectSources(client: pg.PoolClient, recordingId: string): Promise<SourceRow[]> {
  interface Columns extends Omit<SourceRow, "byteLength"> {
    readonly byteLength: string | null;
  }
  const { rows } = await prepared<Columns>(
    client,
    `select encode(file_key, 'hex') as "fileKey", byte_length as "byteLength",
        body_sealed as "bodySealed"
      from wavekeep.source_artifact where recording_id = $1::uuid order by file_key`,
    [recordingId],
  );
  return rows.map((row) => ({
    fileKey: row.fileKey,
    byteLength: row.byteLength === null ? null : safeInteger(row.byteLength),
    bodySealed: bytes(row.bodySealed),
  }));
}

async function selectPublicKeys(
  client: pg.PoolClient,
  keyIds: readonly Uint8Array[],
): Promise<Map<string, Uint8Array>> {
  const { rows } = await prepared<{ keyId: Uint8Array; publicKey: Uint8Array }>(
    client,
    `select key_id as "keyId", public_key as "publicKey"
      from wavekeep.device_key where key_id = any($1::bytea[])`,
    [keyIds],
  );
  return new Map(rows.map((row) => [formatHex(row.keyId), bytes(row.publicKey)]));
}
