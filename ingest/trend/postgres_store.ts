/**
 * Trends on PostgreSQL, by the deriver role.
 *
 * Sole owner of these statements. A row is written over only in the revision it was read in, so two derivers
 * may run; and nothing waits for the disk, because what a crash takes here is made again.
 *
 * @module
 */

import { prepared, withSite } from "@wavekeep/core/service";
import { TREND_ALGORITHM } from "@wavekeep/core/trend";
import type pg from "pg";
import type { SealedChunk, StreamPlace } from "../summary/summary_store.ts";
import type { FollowedStream, TrendRow, TrendStore } from "./trend_store.ts";

/** Somebody else was faster: the transaction is rolled back. */
class RacedError extends Error {
  override readonly name = "RacedError";
}

/** @param pool Connections of role `wavekeep_deriver`, from `openPool`. */
export function postgresTrendStore(pool: pg.Pool): TrendStore {
  const at = <T extends pg.QueryResultRow>(siteId: number, text: string, values: unknown[]) =>
    withSite(pool, siteId, async (client) => (await prepared<T>(client, text, values)).rows);
  return {
    async sites() {
      const { rows } = await pool.query<{ site: number }>(
        `select site as "site" from wavekeep.site_numbers() as site`,
      );
      return rows.map(({ site }) => site);
    },

    async streams(siteId, only = {}) {
      const rows = await at<StreamRow>(siteId, STREAMS, [
        only.patientCode ?? null,
        only.recordingCode ?? null,
      ]);
      return rows.map(toStream);
    },

    async descriptor(siteId, stream) {
      const [row] = await at<{ sealed: Uint8Array }>(
        siteId,
        `select descriptor_sealed as "sealed" from wavekeep.stream
          where recording_id = $1 and segment_no = $2 and stream_no = $3`,
        placeValues(stream),
      );
      return new Uint8Array(row!.sealed);
    },

    rows: (siteId, stream) =>
      at<TrendRow>(
        siteId,
        `select level, block_no as "block", chunk_count as "chunkCount", revision
          from wavekeep.trend where recording_id = $1 and segment_no = $2 and stream_no = $3
            and algorithm = $4`,
        [...placeValues(stream), TREND_ALGORITHM],
      ),

    async bodies(siteId, stream, { level, blocks }) {
      const rows = await at<{ block: number; revision: number; body: Uint8Array }>(
        siteId,
        `select block_no as "block", revision, body from wavekeep.trend
          where recording_id = $1 and segment_no = $2 and stream_no = $3 and algorithm = $4
            and level = $5 and block_no = any($6::int[]) and chunk_count > 0`,
        [...placeValues(stream), TREND_ALGORITHM, level, blocks],
      );
      return rows.map((row) => ({ ...row, body: new Uint8Array(row.body) }));
    },

    async counts(siteId, stream, { starts, size }) {
      // By the key's index alone. In bigint, because the end of the last range is no int.
      const rows = await at<{ n: number }>(
        siteId,
        `select (select count(*)::int from wavekeep.chunk
            where recording_id = $1 and segment_no = $2 and stream_no = $3
              and sequence >= first and sequence < first + $5::bigint) as "n"
          from unnest($4::bigint[]) with ordinality as range (first, place) order by place`,
        [...placeValues(stream), starts, size],
      );
      return rows.map(({ n }) => n);
    },

    async blockCounts(siteId, stream, { size, except }) {
      const rows = await at<{ block: number; n: number }>(siteId, BLOCK_COUNTS, [
        ...placeValues(stream),
        size,
        except,
      ]);
      return new Map(rows.map(({ block, n }) => [block, n]));
    },

    async chunks(siteId, stream, { start, end }) {
      const rows = await at<SealedChunk>(
        siteId,
        `select sequence, body from wavekeep.chunk
          where recording_id = $1 and segment_no = $2 and stream_no = $3
            and sequence >= $4::bigint and sequence < $5::bigint order by sequence`,
        [...placeValues(stream), start, end],
      );
      return rows.map(({ sequence, body }) => ({ sequence, body: new Uint8Array(body) }));
    },

    async write(siteId, stream, blocks) {
      try {
        await withSite(pool, siteId, async (client) => {
          await client.query("set local synchronous_commit = off");
          const inOrder = [...blocks].sort((a, b) => a.level - b.level || a.block - b.block);
          for (const { level, block, chunkCount, revision, body } of inOrder) {
            const { rowCount } = await prepared(client, WRITE, [
              ...placeValues(stream),
              TREND_ALGORITHM,
              siteId,
              level,
              block,
              chunkCount,
              revision,
              body,
            ]);
            if (rowCount !== 1) throw new RacedError("another writer changed a block");
          }
        });
        return true;
      } catch (error) {
        if (error instanceof RacedError) return false;
        throw error;
      }
    },

    async discard(siteId, stream) {
      await at(
        siteId,
        `update wavekeep.trend set chunk_count = 0, revision = revision + 1
          where recording_id = $1 and segment_no = $2 and stream_no = $3 and algorithm = $4
            and chunk_count > 0`,
        [...placeValues(stream), TREND_ALGORITHM],
      );
    },
  };
}

const WRITE = `insert into wavekeep.trend as stored (recording_id, segment_no, stream_no, algorithm,
    site_id, level, block_no, chunk_count, revision, body)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  on conflict (recording_id, segment_no, stream_no, algorithm, level, block_no) do update
    set chunk_count = excluded.chunk_count, revision = excluded.revision, body = excluded.body
    where stored.revision = excluded.revision - 1`;

/** From one block that holds a chunk to the next: a hole costs one look, however long it is. */
const BLOCK_COUNTS = `with recursive stored (block) as (
    (select sequence / $4::int from wavekeep.chunk
      where recording_id = $1 and segment_no = $2 and stream_no = $3 order by sequence limit 1)
    union all
    select (select sequence / $4::int from wavekeep.chunk
        where recording_id = $1 and segment_no = $2 and stream_no = $3
          and sequence >= (stored.block + 1) * $4::bigint order by sequence limit 1)
      from stored where stored.block is not null
  )
  select block, (select count(*)::int from wavekeep.chunk
      where recording_id = $1 and segment_no = $2 and stream_no = $3
        and sequence >= block * $4::bigint and sequence < (block + 1) * $4::bigint) as "n"
    from stored where block is not null and block <> all($5::int[]) order by block`;

const STREAMS = `select r.recording_id as "recordingId", r.site_id as "siteId",
    l.key_uuid as "patientUuid", r.notify_number as "notifyNumber", r.reference,
    l.wrapped_key as "wrappedKey", p.patient_code as "patientCode",
    l.recording_code as "recordingCode", s.segment_no as "segmentNumber",
    g.segment_digest as "segmentDigest", s.stream_no as "stream",
    s.rate_samples::text as "rateSamples", s.rate_seconds::text as "rateSeconds", s.kind,
    s.descriptor_digest as "descriptorDigest",
    coalesce(last.sequence + 1::float8, 0) as "endSequence",
    coalesce(extract(epoch from clock_timestamp() - last.received_at), 0)::float8 as "idleSeconds"
  from wavekeep.stream s
    join wavekeep.segment g using (recording_id, segment_no)
    join wavekeep.recording r on r.recording_id = s.recording_id
    join wavekeep.current_link l on l.recording_id = r.recording_id
    join wavekeep.patient p on p.patient_uuid = l.patient_uuid
    left join lateral (select c.sequence, c.received_at from wavekeep.chunk c
      where c.recording_id = s.recording_id and c.segment_no = s.segment_no
        and c.stream_no = s.stream_no order by c.sequence desc limit 1) last on true
  where ($1::text is null or p.patient_code = $1)
    and ($2::text is null or l.recording_code = $2)
  order by r.recording_id, s.segment_no, s.stream_no`;

interface StreamRow extends Omit<FollowedStream, "recording"> {
  readonly recordingId: string;
  readonly siteId: number;
  readonly patientUuid: string;
  readonly notifyNumber: string;
  readonly reference: Uint8Array;
  readonly wrappedKey: Uint8Array;
}

function toStream(row: StreamRow): FollowedStream {
  const { recordingId, siteId, patientUuid, notifyNumber, reference, wrappedKey, ...stream } = row;
  return {
    ...stream,
    segmentDigest: new Uint8Array(row.segmentDigest),
    descriptorDigest: new Uint8Array(row.descriptorDigest),
    recording: {
      siteId,
      recordingId,
      patientUuid,
      notifyNumber,
      reference: new Uint8Array(reference),
      wrappedKey: new Uint8Array(wrappedKey),
      // Nothing of these is needed, or may be read, to derive.
      startedAtSealed: null,
      contentDigest: null,
      isClosed: false,
      openedBy: null,
    },
  };
}

function placeValues({ recordingId, segmentNumber, stream }: StreamPlace): unknown[] {
  return [recordingId, segmentNumber, stream];
}
