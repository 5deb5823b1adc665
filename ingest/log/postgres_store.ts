/**
 * The log on PostgreSQL, by the sequencer's role and on one connection.
 *
 * Sole owner of these statements. One connection holds the advisory lock and makes every write, so a lock that
 * was lost takes the writes with it; and the head is written only over the revision that was read, which holds
 * where locks do not (a pooler, a second server that believes itself the first).
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { concatBytes } from "@wavekeep/core/bytes";
import { LOG_ENTRY_BYTES } from "@wavekeep/core/log";
import { CommitOutcomeUnknownError, isStoreUnavailable, prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { TileRow } from "./growing_log.ts";
import {
  type LogBatch,
  type LogCursor,
  type LogHead,
  type LogStore,
  LogTakenError,
} from "./log_store.ts";

/** Any constant will do, as long as every build uses the same. */
const LOCK_KEY = 0x57_4b_4c_47;

/** A log store, and how to let go of its connection. */
export interface ConnectedLogStore extends LogStore {
  release(): void;
}

/** @param pool Connections of role `wavekeep_sequencer`; one is held until `release`. */
export function postgresLogStore(pool: pg.Pool): ConnectedLogStore {
  const held = new HeldConnection(pool);
  return {
    takeLock: () => held.takeLock(),

    head: () =>
      held.use(async (client) => {
        const { rows: [row] } = await prepared<HeadRow>(client, SELECT_HEAD);
        return row === undefined ? undefined : toHead(row);
      }),

    tiles: (logNumber, ids) =>
      held.use(async (client) => {
        const { rows } = await prepared<TileRow>(client, SELECT_TILES, [
          logNumber,
          ids.map(({ level }) => level),
          ids.map(({ index }) => index),
        ]);
        const byName = new Map(rows.map((row) => [`${row.level}/${Number(row.index)}`, row]));
        return ids.map(({ level, index }) => {
          const row = byName.get(`${level}/${index}`);
          return row && { ...row, index, bytes: new Uint8Array(row.bytes) };
        });
      }),

    waiting: (cursor, countMax) =>
      held.use(async (client) => {
        const { rows: [row] } = await prepared<WaitingRow>(client, SELECT_WAITING, [
          cursor.xid,
          cursor.eventId,
          countMax,
        ]);
        return row!.count === 0 ? undefined : toBatch(row!, countMax);
      }),

    between: (after, last) =>
      held.use(async (client) => {
        const { rows: [row] } = await prepared<{ entries: Uint8Array | null }>(
          client,
          SELECT_BETWEEN,
          [after.xid, after.eventId, last.xid, last.eventId],
        );
        return splitEntries(row!.entries ?? new Uint8Array(0));
      }),

    oldestWaitingMs: (cursor) =>
      held.use(async (client) => {
        const values = [cursor.xid, cursor.eventId];
        const { rows: [row] } = await prepared<{ ms: number }>(client, SELECT_OLDEST, values);
        return row?.ms ?? 0;
      }),

    start: ({ logNumber, origin, startSalt, startContent, root, note, tiles }) =>
      held.transaction(async (client) => {
        const { rowCount } = await prepared(client, INSERT_HEAD, [
          logNumber,
          origin,
          startSalt,
          startContent,
          root,
          note,
        ]);
        if (rowCount !== 1) throw taken(`log ${logNumber} or its origin is there already`);
        await putTiles(client, logNumber, tiles);
        await prepared(client, INSERT_START, [logNumber]);
      }),

    append: (head, append) =>
      held.transaction(async (client) => {
        const { logNumber, cursor, size } = head;
        const { rowCount } = await prepared(client, UPDATE_HEAD, [
          ...headValues(head),
          append.size,
          append.root,
          append.note,
          append.cursor.xid,
          append.cursor.eventId,
        ]);
        if (rowCount !== 1) throw taken(`its head is no longer of ${size} leaves`);
        await putTiles(client, logNumber, append.tiles);
        const { rows: [added] } = await prepared<{ count: string | null }>(client, INSERT_INDEX, [
          logNumber,
          size,
          cursor.xid,
          cursor.eventId,
          append.cursor.xid,
          append.cursor.eventId,
        ]);
        const count = Number(added!.count ?? 0);
        if (count !== append.size - size) {
          throw new Error(
            `Cannot append ${append.size - size} leaves: ${count} events are between the cursors`,
          );
        }
      }),

    publish: (head, { size, checkpoint, witnessCount }) =>
      held.transaction(async (client) => {
        assert(size === head.size, "what is published is of the head's size");
        const { rowCount } = await prepared(client, PUBLISH, [
          ...headValues(head),
          checkpoint,
          witnessCount,
        ]);
        if (rowCount !== 1) throw taken(`its head is no longer of ${size} leaves`);
      }),

    release: () => held.release(),
  };
}

/** One connection and the lock on it. After an outage it is made anew, and the lock taken again. */
class HeldConnection {
  readonly #pool: pg.Pool;
  #client: pg.PoolClient | undefined;
  #wantsLock = false;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async takeLock(): Promise<boolean> {
    this.#wantsLock = await this.use(lock);
    return this.#wantsLock;
  }

  async use<T>(fn: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connection();
    try {
      return await fn(client);
    } catch (error) {
      // A connection that failed may have lost the lock: no statement goes over it any more.
      if (isStoreUnavailable(error) || error instanceof CommitOutcomeUnknownError) this.release();
      throw error;
    }
  }

  async transaction(fn: (client: pg.PoolClient) => Promise<void>): Promise<void> {
    await this.use((client) => inTransaction(client, fn));
  }

  /** Closes it and does not give it back: what the session holds, it loses with the connection. */
  release(): void {
    this.#client?.release(true);
    this.#client = undefined;
  }

  async #connection(): Promise<pg.PoolClient> {
    if (this.#client !== undefined) return this.#client;
    const client = await this.#pool.connect();
    try {
      if (this.#wantsLock && !await lock(client)) throw taken("its lock went to somebody else");
    } catch (error) {
      client.release(true);
      throw error;
    }
    return this.#client = client;
  }
}

async function lock(client: pg.PoolClient): Promise<boolean> {
  const { rows: [row] } = await prepared<{ taken: boolean }>(
    client,
    `select pg_try_advisory_lock($1) as "taken"`,
    [LOCK_KEY],
  );
  return row!.taken;
}

interface HeadRow {
  readonly logNumber: number;
  readonly origin: string;
  readonly size: string;
  readonly root: Uint8Array;
  readonly note: Uint8Array;
  readonly xid: string;
  readonly eventId: string;
  readonly publishedSize: string;
  readonly witnessedSize: string;
  readonly revision: string;
}

interface WaitingRow {
  readonly count: number;
  readonly entries: Uint8Array;
  readonly oldestMs: number;
  readonly xid: string;
  readonly eventId: string;
}

const SELECT_HEAD = `
  select log_no as "logNumber", origin, size, root, note, cursor_xid::text as "xid",
      cursor_event_id as "eventId", coalesce(checkpoint_size, 0) as "publishedSize",
      coalesce(witnessed_size, 0) as "witnessedSize", revision
    from wavekeep.log_head order by log_no desc limit 1`;

const SELECT_TILES = `
  select level, tile_index as "index", width, bytes from wavekeep.log_tile
    where log_no = $1 and (level, tile_index) in
      (select * from unnest($2::smallint[], $3::bigint[]))`;

/** Behind a cursor: `$1` its xid, `$2` its event. */
const BEHIND = `leaf_entry is not null and xid >= $1::xid8 and (xid > $1::xid8 or event_id > $2)`;

/**
 * Hazard: `order by xid` beside `xid::text` would be in the order of texts, in which 1000 comes before 999.
 *
 * Rows of transactions below the oldest that is open: no row can appear before them any more. All entries
 * come as one value, because a driver that reads thousands of small ones is slow at it.
 */
const SELECT_WAITING = `
  with batch as materialized (
    select xid, event_id, at, leaf_entry from wavekeep.event
      where ${BEHIND} and xid < pg_snapshot_xmin(pg_current_snapshot())
      order by xid, event_id limit $3
  )
  select count(*)::int as "count", string_agg(leaf_entry, ''::bytea order by xid, event_id) as "entries",
      coalesce(extract(epoch from clock_timestamp() - min(at)) * 1000, 0)::float8 as "oldestMs",
      (select b.xid::text from batch b order by b.xid desc, b.event_id desc limit 1) as "xid",
      (select b.event_id from batch b order by b.xid desc, b.event_id desc limit 1) as "eventId"
    from batch`;

/** Up to a cursor: `from` is the number of its first parameter. */
const upTo = (from: number) =>
  `xid <= $${from}::xid8 and (xid < $${from}::xid8 or event_id <= $${from + 1})`;

const SELECT_BETWEEN = `
  select string_agg(leaf_entry, ''::bytea order by xid, event_id) as "entries" from wavekeep.event
    where ${BEHIND} and ${upTo(3)}`;

const SELECT_OLDEST = `
  select (extract(epoch from clock_timestamp() - at) * 1000)::float8 as "ms" from wavekeep.event
    where ${BEHIND} order by xid, event_id limit 1`;

const INSERT_HEAD = `
  insert into wavekeep.log_head
    (log_no, origin, start_salt, start_content, size, root, note, signed_at)
    values ($1, $2, $3, $4, 1, $5, $6, clock_timestamp())
    on conflict do nothing`;

const INSERT_START = `
  insert into wavekeep.log_index (log_no, first_index, leaf_count) values ($1, 0, 1)`;

/** `$1` to `$4`: only over what was read. */
const UNCHANGED = "log_no = $1 and revision = $2 and size = $3 and root = $4";

const UPDATE_HEAD = `
  update wavekeep.log_head
    set size = $5, root = $6, note = $7, cursor_xid = $8::xid8, cursor_event_id = $9,
      signed_at = clock_timestamp(), revision = revision + 1
    where ${UNCHANGED}`;

const PUBLISH = `
  update wavekeep.log_head
    set checkpoint = $5, checkpoint_size = size, witness_count = $6, published_at = clock_timestamp(),
      witnessed_checkpoint = case when $6 > 0 then $5 else witnessed_checkpoint end,
      witnessed_size = case when $6 > 0 then size else witnessed_size end, revision = revision + 1
    where ${UNCHANGED}`;

const PUT_TILES = `
  insert into wavekeep.log_tile (log_no, level, tile_index, width, bytes)
    select $1::int, level, tile_index, width, substring($6::bytea from start for length)
      from unnest($2::smallint[], $3::bigint[], $4::smallint[], $5::int[], $7::int[])
        as tile (level, tile_index, width, start, length)
    on conflict (log_no, level, tile_index) do update
      set width = excluded.width, bytes = excluded.bytes`;

/**
 * Neighbouring chunks of a stream that are neighbours in the log, too, share a row. Hazard: batches of a
 * stream commit in any order, so that two runs with others between them may be equally far from their
 * place in the log: one run is also without a step among the sequences of that distance.
 */
const INSERT_INDEX = `
  with leaf as (
    select recording_id, segment_no, stream_no, event_id,
        case when kind = 'chunk.stored' then sequence end as sequence,
        $2::bigint + row_number() over (order by xid, event_id) - 1 as leaf_index
      from wavekeep.event
      where leaf_entry is not null and xid >= $3::xid8 and (xid > $3::xid8 or event_id > $4)
        and ${upTo(5)}
  ),
  placed as (
    select *, sequence - row_number() over (
        partition by recording_id, segment_no, stream_no, leaf_index - sequence order by sequence
      ) as island
      from leaf
  ),
  added as (
    insert into wavekeep.log_index
      (log_no, first_index, leaf_count, recording_id, segment_no, stream_no, first_sequence, event_id)
      select $1::int, min(leaf_index), count(*), recording_id, segment_no, stream_no, min(sequence),
          case when min(sequence) is null then min(event_id) end
        from placed
        group by recording_id, segment_no, stream_no, leaf_index - sequence, island,
          case when sequence is null then event_id end
        order by min(leaf_index)
      returning leaf_count
  )
  select sum(leaf_count) as "count" from added`;

function headValues({ logNumber, revision, size, root }: LogHead): unknown[] {
  return [logNumber, revision, size, root];
}

async function putTiles(
  client: pg.PoolClient,
  logNumber: number,
  tiles: readonly TileRow[],
): Promise<void> {
  let start = 1;
  const starts = tiles.map(({ bytes }) => {
    start += bytes.byteLength;
    return start - bytes.byteLength;
  });
  await prepared(client, PUT_TILES, [
    logNumber,
    tiles.map(({ level }) => level),
    tiles.map(({ index }) => index),
    tiles.map(({ width }) => width),
    starts,
    concatBytes(...tiles.map(({ bytes }) => bytes)),
    tiles.map(({ bytes }) => bytes.byteLength),
  ]);
}

function toHead(row: HeadRow): LogHead {
  const { logNumber, origin, xid, eventId } = row;
  return {
    logNumber,
    origin,
    size: Number(row.size),
    root: new Uint8Array(row.root),
    note: new Uint8Array(row.note),
    cursor: { xid, eventId },
    publishedSize: Number(row.publishedSize),
    witnessedSize: Number(row.witnessedSize),
    revision: Number(row.revision),
  };
}

function toBatch(row: WaitingRow, countMax: number): LogBatch {
  return {
    entries: splitEntries(row.entries),
    cursor: { xid: row.xid, eventId: row.eventId } satisfies LogCursor,
    oldestMs: row.oldestMs,
    isFull: row.count === countMax,
  };
}

function splitEntries(bytes: Uint8Array): Uint8Array[] {
  const all = new Uint8Array(bytes);
  const count = all.byteLength / LOG_ENTRY_BYTES;
  assert(Number.isInteger(count), `entries have ${LOG_ENTRY_BYTES} bytes each`);
  return Array.from(
    { length: count },
    (_, i) => all.subarray(i * LOG_ENTRY_BYTES, (i + 1) * LOG_ENTRY_BYTES),
  );
}

function taken(why: string): LogTakenError {
  return new LogTakenError(`Cannot write the log: ${why}; another sequencer is at work`);
}

async function inTransaction(
  client: pg.PoolClient,
  fn: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  await client.query("begin");
  try {
    await fn(client);
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
  try {
    const { command } = await client.query("commit");
    if (command !== "COMMIT") throw new Error(`server answered ${command}`);
  } catch (cause) {
    throw new CommitOutcomeUnknownError("Cannot tell whether the log was written", { cause });
  }
}
