/**
 * What the verifier of a live system reads: the log's own tables, and the rows that its leaves are about.
 *
 * Reads as somebody who sees all sites (the owner of the database, a superuser, or a role that bypasses
 * row-level security), in one transaction that writes nothing. Hazard: every row is what a superuser may
 * have made of it; nothing here is believed before it has been compared with an entry under the signed root.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import type pg from "pg";

/** One log of the database. */
export interface HeadRow {
  readonly logNumber: number;
  readonly origin: string;
  readonly checkpoint: Uint8Array | null;
  /** Signed, and of all leaves that the index may speak of; published a moment later. */
  readonly note: Uint8Array | null;
  readonly startSalt: Uint8Array;
  readonly startContent: Uint8Array;
  /** The event that the sequencer goes on behind, as its row says; nothing is excused by it. */
  readonly cursor: OutboxPlace;
}

/** A place in the outbox: transaction and event, decimal text. */
export interface OutboxPlace {
  readonly xid: string;
  readonly eventId: string;
}

/** What a leaf is about, as the index says. */
export interface IndexedRow {
  readonly leafIndex: number;
  readonly recordingId: string | null;
  readonly segmentNumber: number | null;
  readonly stream: number | null;
  readonly sequence: number | null;
  /** Of a chunk: whether its row is there, and what it says. */
  readonly chunk: ChunkRowOfLeaf | null;
  /** Of everything else. */
  readonly event: EventRow | null;
}

export interface ChunkRowOfLeaf {
  readonly siteId: number;
  readonly firstSample: number;
  readonly chunkDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly receivedAtMicros: bigint;
  readonly leafSalt: Uint8Array | null;
}

export interface EventRow {
  readonly siteId: number;
  readonly entry: Uint8Array | null;
  readonly content: Uint8Array | null;
  readonly salt: Uint8Array | null;
}

/** A recording, and its segments and streams by number. */
export interface RecordingRow {
  readonly recordingId: string;
  readonly siteId: number;
  /** 16 bytes. */
  readonly reference: Uint8Array;
  /** Names its patient's key. */
  readonly patientUuid: string;
  readonly patientCode: string;
  readonly recordingCode: string;
  readonly wrappedKey: Uint8Array;
  readonly segments: ReadonlyMap<number, { segmentId: Uint8Array; start: string }>;
  /** Samples and seconds of the rate, by `segment/stream`. */
  readonly rates: ReadonlyMap<string, readonly [bigint, bigint]>;
}

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint::text`;

/** @throws {Error} The role does not see all sites. */
export async function checkSight(client: pg.Client): Promise<void> {
  const { rows: [row] } = await client.query<{ sees: boolean }>(
    "select rolsuper or rolbypassrls as sees from pg_roles where rolname = current_user",
  );
  if (row?.sees === true) return;
  throw new Error("the database's role does not see all sites: a superuser's URL is wanted");
}

export async function selectHeads(client: pg.Client): Promise<HeadRow[]> {
  const { rows } = await client.query<Omit<HeadRow, "cursor"> & OutboxPlace>(
    `select log_no as "logNumber", origin, checkpoint, note, start_salt as "startSalt",
        start_content as "startContent", cursor_xid::text as xid,
        cursor_event_id::text as "eventId"
      from wavekeep.log_head order by log_no`,
  );
  return rows.map(({ xid, eventId, ...head }) => ({ ...head, cursor: { xid, eventId } }));
}

/** A bundle of entries, by its number; undefined when it is not there. */
export async function selectEntries(
  client: pg.Client,
  logNumber: number,
  index: number,
): Promise<Uint8Array | undefined> {
  const { rows: [row] } = await client.query<{ bytes: Uint8Array }>({
    name: "entries",
    text:
      `select bytes from wavekeep.log_tile where log_no = $1 and level = -1 and tile_index = $2`,
    values: [logNumber, index],
  });
  return row?.bytes;
}

/** What the leaves from `start` on are about, `start <= index < end`, by index. */
export async function selectIndexed(
  client: pg.Client,
  logNumber: number,
  { start, end }: { start: number; end: number },
): Promise<IndexedRow[]> {
  interface Columns {
    leafIndex: string;
    recordingId: string | null;
    segmentNumber: number | null;
    stream: number | null;
    sequence: number | null;
    isChunk: boolean;
    siteId: number | null;
    firstSample: string;
    chunkDigest: Uint8Array;
    storedDigest: Uint8Array;
    receivedAt: string;
    leafSalt: Uint8Array | null;
    eventSite: number | null;
    entry: Uint8Array | null;
    content: Uint8Array | null;
    salt: Uint8Array | null;
  }
  const { rows } = await client.query<Columns>({
    name: "indexed",
    text: `select (i.first_index + g.n)::text as "leafIndex", i.recording_id as "recordingId",
        i.segment_no as "segmentNumber", i.stream_no as stream, i.first_sequence + g.n as sequence,
        i.first_sequence is not null as "isChunk",
        c.site_id as "siteId", c.first_sample as "firstSample", c.chunk_digest as "chunkDigest",
        c.stored_digest as "storedDigest", ${micros("c.received_at")} as "receivedAt",
        c.leaf_salt as "leafSalt",
        e.site_id as "eventSite", e.leaf_entry as entry, e.leaf_content as content, e.leaf_salt as salt
      from wavekeep.log_index i
        cross join lateral generate_series(0, i.leaf_count - 1) as g (n)
        left join wavekeep.chunk c on c.recording_id = i.recording_id
          and c.segment_no = i.segment_no and c.stream_no = i.stream_no
          and c.sequence = i.first_sequence + g.n
        left join wavekeep.event e on i.first_sequence is null and e.event_id = i.event_id
      where i.log_no = $1 and i.first_index < $3 and i.first_index + i.leaf_count > $2
        and i.first_index + g.n >= $2 and i.first_index + g.n < $3
      order by i.first_index + g.n`,
    values: [logNumber, start, end],
  });
  return rows.map((row) => ({
    leafIndex: safe(row.leafIndex),
    recordingId: row.recordingId,
    segmentNumber: row.segmentNumber,
    stream: row.stream,
    sequence: row.isChunk ? row.sequence : null,
    chunk: row.siteId === null ? null : {
      siteId: row.siteId,
      firstSample: safe(row.firstSample),
      chunkDigest: row.chunkDigest,
      storedDigest: row.storedDigest,
      receivedAtMicros: BigInt(row.receivedAt),
      leafSalt: row.leafSalt,
    },
    event: row.eventSite === null ? null : {
      siteId: row.eventSite,
      entry: row.entry,
      content: row.content,
      salt: row.salt,
    },
  }));
}

export async function selectRecording(
  client: pg.Client,
  recordingId: string,
): Promise<RecordingRow | undefined> {
  const { rows: [row] } = await client.query<Omit<RecordingRow, "segments" | "rates">>(
    `select r.recording_id as "recordingId", r.site_id as "siteId",
        (select reference from wavekeep.recording where recording_id = $1) as reference,
        r.key_uuid as "patientUuid",
        p.patient_code as "patientCode", r.recording_code as "recordingCode",
        r.wrapped_key as "wrappedKey"
      from wavekeep.current_link r join wavekeep.patient p on p.patient_uuid = r.patient_uuid
      where r.recording_id = $1`,
    [recordingId],
  );
  if (row === undefined) return undefined;
  const segments = await client.query<{ number: number; segmentId: Uint8Array; start: string }>(
    `select segment_no as number, segment_id as "segmentId", start_seconds as start
      from wavekeep.segment where recording_id = $1`,
    [recordingId],
  );
  const rates = await client.query<{ key: string; samples: string; seconds: string }>(
    `select segment_no || '/' || stream_no as key, rate_samples as samples, rate_seconds as seconds
      from wavekeep.stream where recording_id = $1`,
    [recordingId],
  );
  return {
    ...row,
    segments: new Map(segments.rows.map(({ number, ...segment }) => [number, segment])),
    rates: new Map(rates.rows.map(({ key, samples, seconds }) => [
      key,
      [BigInt(samples), BigInt(seconds)] as const,
    ])),
  };
}

export async function selectRecordingIds(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    "select recording_id as id from wavekeep.recording order by recording_id",
  );
  return rows.map(({ id }) => id);
}

/** A chunk's sealed body and the digest that the chunk after it names, to tell what was changed. */
export async function selectBody(
  client: pg.Client,
  key: { recordingId: string; segmentNumber: number; stream: number; sequence: number },
): Promise<{ body: Uint8Array; next: Uint8Array | null } | undefined> {
  const { rows: [row] } = await client.query<{ body: Uint8Array; next: Uint8Array | null }>(
    `select c.body, n.body as next from wavekeep.chunk c
        left join wavekeep.chunk n on n.recording_id = c.recording_id
          and n.segment_no = c.segment_no and n.stream_no = c.stream_no
          and n.sequence = c.sequence + 1
      where c.recording_id = $1 and c.segment_no = $2 and c.stream_no = $3 and c.sequence = $4`,
    [key.recordingId, key.segmentNumber, key.stream, key.sequence],
  );
  return row;
}

/** Where the event of an entry lies in the outbox; looked for from its end. */
export async function selectPlaceOf(
  client: pg.Client,
  entry: Uint8Array,
): Promise<OutboxPlace | undefined> {
  const { rows: [row] } = await client.query<OutboxPlace>(
    `select e.xid::text, e.event_id::text as "eventId" from wavekeep.event e
      where e.leaf_entry is not null and e.leaf_entry = $1
      order by e.xid desc, e.event_id desc limit 1`,
    [entry],
  );
  return row;
}

/** A leaf of the outbox that no signed leaf of the log is. */
export interface UnloggedEvent {
  readonly recordingId: string | null;
  readonly segmentNumber: number | null;
  readonly stream: number | null;
  readonly sequence: number | null;
  /** By the database's clock; negative is still to come. */
  readonly ageMs: number;
  /** Behind all that is logged, of a transaction that has begun: the sequencer will get to it. */
  readonly isInOrder: boolean;
  readonly event: EventRow;
}

/** Most rows that are looked at; a log that misses more is at a standstill. */
export const UNLOGGED_MAX = 10_000;

/**
 * Leaves of the outbox that the index does not know among the signed ones, the oldest first. What the index
 * says was compared with the signed entries; what `log_head` says of where the sequencer stands is not asked.
 *
 * @param of.last Of the newest leaf that is logged.
 */
export async function selectUnloggedEvents(
  client: pg.Client,
  of: { readonly logNumber: number; readonly signedSize: number; readonly last: OutboxPlace },
): Promise<UnloggedEvent[]> {
  interface Columns extends Omit<UnloggedEvent, "event">, EventRow {}
  const { rows } = await client.query<Columns>(
    `with logged as materialized (
        select i.recording_id, i.segment_no, i.stream_no, i.first_sequence + n as sequence, i.event_id
          from wavekeep.log_index i cross join lateral generate_series(0, i.leaf_count - 1) as n
          where i.log_no = $1 and i.first_index + n < $2
      )
      select e.recording_id as "recordingId", e.segment_no as "segmentNumber",
          e.stream_no as stream, e.sequence,
          (extract(epoch from now() - e.at) * 1000)::float8 as "ageMs",
          (e.xid, e.event_id) > ($3::text::xid8, $4::bigint)
            and e.xid < pg_snapshot_xmax(pg_current_snapshot()) as "isInOrder",
          e.site_id as "siteId", e.leaf_entry as entry, e.leaf_content as content,
          e.leaf_salt as salt
        from wavekeep.event e
        where e.leaf_entry is not null
          and not exists (select from logged l where l.event_id = e.event_id)
          and not exists (
            select from logged l where get_byte(e.leaf_entry, 1) = 1
              and l.recording_id = e.recording_id and l.segment_no = e.segment_no
              and l.stream_no = e.stream_no and l.sequence = e.sequence
          )
        order by e.at limit ${UNLOGGED_MAX + 1}`,
    [of.logNumber, of.signedSize, of.last.xid, of.last.eventId],
  );
  return rows.map(({ siteId, entry, content, salt, ...row }) => ({
    ...row,
    event: { siteId, entry, content, salt },
  }));
}

/** A log, how far it is signed, and when it began. */
export interface LogExtent {
  readonly logNumber: number;
  readonly signedSize: number;
  readonly startedAtMicros: bigint;
}

/** Places of chunks that the index knows among the signed leaves: `$1` the log, `$2` the size. */
const LOGGED_CHUNKS = `
  select i.recording_id, i.segment_no, i.stream_no, i.first_sequence + n as sequence
    from wavekeep.log_index i cross join lateral generate_series(0, i.leaf_count - 1) as n
    where i.log_no = $1 and i.first_sequence is not null and i.first_index + n < $2`;

/** Chunks without a leaf, beside {@link LOGGED_CHUNKS} as `logged`. */
const UNLOGGED_CHUNKS = `
  from wavekeep.chunk c where not exists (
    select from logged l where l.recording_id = c.recording_id and l.segment_no = c.segment_no
      and l.stream_no = c.stream_no and l.sequence = c.sequence
  )`;

/** Of a build without a log, and from before it began, as the row says: `$3` its beginning. */
const IS_BEFORE_LOG = `(c.leaf_salt is not null and ${
  micros("c.received_at")
}::bigint < $3::bigint)`;

/** Stored chunks that the index does not know among the signed leaves, but for those from before the log. */
export async function selectUnlogged(
  client: pg.Client,
  { logNumber, signedSize, startedAtMicros }: LogExtent,
): Promise<{ recordingId: string; segmentNumber: number; stream: number; sequence: number }[]> {
  const { rows } = await client.query(
    `with logged as materialized (${LOGGED_CHUNKS})
      select c.recording_id as "recordingId", c.segment_no as "segmentNumber",
          c.stream_no as stream, c.sequence ${UNLOGGED_CHUNKS} and not ${IS_BEFORE_LOG}
        order by 1, 2, 3, 4 limit ${UNLOGGED_MAX + 1}`,
    [logNumber, signedSize, String(startedAtMicros)],
  );
  return rows;
}

/** Chunks that say to be from before the log: nothing but their rows vouches for them. */
export async function countBeforeLog(
  client: pg.Client,
  { logNumber, signedSize, startedAtMicros }: LogExtent,
): Promise<number> {
  const { rows: [row] } = await client.query<{ count: string }>(
    `with logged as materialized (${LOGGED_CHUNKS})
      select count(*) ${UNLOGGED_CHUNKS} and ${IS_BEFORE_LOG}`,
    [logNumber, signedSize, String(startedAtMicros)],
  );
  return safe(row!.count);
}

/** Recordings that say to have been opened before the log began, with their references. */
export async function selectOpenedBefore(
  client: pg.Client,
  startedAtMicros: bigint,
): Promise<{ recordingId: string; reference: Uint8Array }[]> {
  const { rows } = await client.query<{ recordingId: string; reference: Uint8Array }>(
    `select recording_id as "recordingId", reference from wavekeep.recording
      where ${micros("opened_at")}::bigint < $1::bigint`,
    [String(startedAtMicros)],
  );
  return rows;
}

function safe(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), "a stored number fits 2^53");
  return value;
}
