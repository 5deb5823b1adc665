/**
 * Bench, storage layout. Fills one layout the way ingest does, and weighs everything.
 *
 * Rows go through the store of ingest, under its role and row-level security; reads through that of
 * query. Processor time is the server's backend's alone: other work on the machine does not count.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { openPool } from "@wavekeep/core/service";
import type { Logger } from "@wavekeep/core/service";
import type pg from "pg";
import type { ChunkRequest, NewChunk } from "../../ingest/store/ingest_store.ts";
import { postgresStore } from "../../ingest/store/postgres/store.ts";
import { postgresQueryStore } from "../../query/store/postgres/store.ts";
import { SAMPLES_PER_CHUNK } from "./chunk_sizes.ts";
import type { LayoutDatabase } from "./server.ts";

/** How it is filled. */
export interface Load {
  readonly recordings: readonly string[];
  /** Chunks of each recording. */
  readonly seconds: number;
  /** Every recording sends one chunk a second, in requests of their own; otherwise one after the other in batches. */
  readonly isLive: boolean;
}

/** Bytes a sample, by where they are. */
export interface LayoutSize {
  readonly total: number;
  readonly chunkHeap: number;
  readonly chunkToast: number;
  readonly chunkIndex: number;
  readonly eventHeap: number;
  readonly eventIndexes: number;
  /** Write-ahead log of the rows, of the vacuum after them, and of the freezing that comes some day. */
  readonly log: number;
  readonly vacuumLog: number;
  readonly freezeLog: number;
  /** Share of chunks whose body went out of line. */
  readonly outOfLine: number;
}

/** What it costs the server, in µs of processor time. */
export interface LayoutCost {
  readonly insertChunk: number;
  readonly readWindow: number;
  /** Counting all sequences of one recording, for each. */
  readonly countSequence: number;
}

const BATCH_CHUNKS = 100;
const PAUSE_CHUNKS = 2_000;
const WINDOW_CHUNKS = 11;
const WINDOWS = 1_000;

/**
 * Fills it, and gives the backend's processor time for each chunk.
 *
 * @param options.onChunks Called after every few thousand chunks.
 */
export async function fill(
  database: LayoutDatabase,
  load: Load,
  options: {
    readonly bodyBytes: readonly number[];
    readonly logger: Logger;
    readonly onChunks?: () => Promise<void>;
  },
): Promise<number> {
  const { bodyBytes, logger } = options;
  const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 1, logger });
  try {
    const store = postgresStore(pool);
    const pid = await backendPid(pool);
    const before = processorMicros(pid);
    let count = 0;
    for (const group of groups(database.siteId, load, bodyBytes)) {
      const results = await store.putChunkGroup(group);
      for (const result of results.flat()) assert(result.outcome === "stored", "a fresh position");
      const before = count;
      count += results.flat().length;
      const isDue = Math.floor(before / PAUSE_CHUNKS) < Math.floor(count / PAUSE_CHUNKS);
      if (isDue) await options.onChunks?.();
    }
    return (processorMicros(pid) - before) / count;
  } finally {
    await pool.end();
  }
}

function* groups(
  siteId: number,
  { recordings, seconds, isLive }: Load,
  bodyBytes: readonly number[],
): Generator<ChunkRequest[]> {
  const bodyAt = (recording: number, second: number) =>
    bodyBytes[(second + 37 * recording) % bodyBytes.length]!;
  const chunkOf = (recording: number, second: number) =>
    newChunk(recordings[recording]!, second, bodyAt(recording, second));
  const requestOf = (recording: number, chunks: NewChunk[]): ChunkRequest => ({
    sender: {
      siteId,
      actor: `device-${String(recording).padStart(4, "0")}`,
      role: "device",
      requestId: crypto.randomUUID(),
    },
    chunks,
    sets: [],
  });
  if (isLive) {
    for (let second = 0; second < seconds; second++) {
      yield recordings.map((_, index) => requestOf(index, [chunkOf(index, second)]));
    }
    return;
  }
  for (const index of recordings.keys()) {
    for (let start = 0; start < seconds; start += BATCH_CHUNKS) {
      const length = Math.min(BATCH_CHUNKS, seconds - start);
      yield [requestOf(index, Array.from({ length }, (_, i) => chunkOf(index, start + i)))];
    }
  }
}

function newChunk(recordingId: string, sequence: number, bodyLength: number): NewChunk {
  const bytes = new Uint8Array(5 * 32 + bodyLength);
  for (let start = 0; start < bytes.length; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, start + 65_536));
  }
  const digest = (index: number) => bytes.subarray(32 * index, 32 * index + 32);
  return {
    recordingId,
    segmentNumber: 0,
    stream: 0,
    sequence,
    firstSample: sequence * 256,
    sampleCount: 256,
    chunkDigest: digest(0),
    storedDigest: digest(1),
    receivedAtMicros: BigInt(Date.now()) * 1000n,
    leafEntry: bytes.subarray(64, 64 + 56),
    leafHash: digest(4),
    body: bytes.subarray(160),
  };
}

/** Vacuums, and gives the bytes of write-ahead log that this took. */
export async function vacuum(
  { owner }: LayoutDatabase,
  option: "analyze" | "freeze",
): Promise<number> {
  const before = await walPosition(owner);
  await owner.query(`vacuum (${option}) wavekeep.chunk, wavekeep.event`);
  return await walPosition(owner) - before;
}

/** Bytes of write-ahead log. */
export interface LogBytes {
  readonly rows: number;
  readonly vacuum: number;
  readonly freezing: number;
}

/** Weighs everything. */
export async function weigh(
  { owner }: LayoutDatabase,
  chunkCount: number,
  log: LogBytes,
): Promise<LayoutSize> {
  const { rows: [row] } = await owner.query<Record<keyof LayoutSize, number>>(`
    with partitions as (
      select inhrelid as id from pg_inherits where inhparent = 'wavekeep.chunk'::regclass
    ), chunk as (
      select sum(pg_relation_size(id)) as heap, sum(pg_indexes_size(id)) as index,
          sum(pg_total_relation_size(id)) as total from partitions
    ), event as (
      select pg_relation_size(id) as heap, pg_indexes_size(id) as index,
          pg_total_relation_size(id) as total from (select 'wavekeep.event'::regclass as id) e
    )
    select (chunk.total + event.total)::float8 as "total", chunk.heap::float8 as "chunkHeap",
        (chunk.total - chunk.heap - chunk.index)::float8 as "chunkToast",
        chunk.index::float8 as "chunkIndex", event.heap::float8 as "eventHeap",
        event.index::float8 as "eventIndexes" from chunk, event`);
  const { rows: [pieces] } = await owner.query<{ bodies: number }>(`
    select count(*)::float8 as "bodies" from wavekeep.chunk
      where pg_column_toast_chunk_id(body) is not null`);
  const perSample = (bytes: number) => bytes / (chunkCount * SAMPLES_PER_CHUNK);
  return {
    total: perSample(row!.total),
    chunkHeap: perSample(row!.chunkHeap),
    chunkToast: perSample(row!.chunkToast),
    chunkIndex: perSample(row!.chunkIndex),
    eventHeap: perSample(row!.eventHeap),
    eventIndexes: perSample(row!.eventIndexes),
    log: perSample(log.rows),
    vacuumLog: perSample(log.vacuum),
    freezeLog: perSample(log.freezing),
    outOfLine: pieces!.bodies / chunkCount,
  };
}

/** Bytes of write-ahead log so far. */
export async function walPosition(owner: pg.Pool): Promise<number> {
  const { rows: [row] } = await owner.query<{ bytes: number }>(
    "select (pg_current_wal_insert_lsn() - '0/0')::float8 as bytes",
  );
  return row!.bytes;
}

/** What reading costs the backend. */
export async function timeReads(
  database: LayoutDatabase,
  { recordings, seconds }: Load,
  logger: Logger,
): Promise<Omit<LayoutCost, "insertChunk">> {
  const pool = openPool(database.readerUrl, {
    role: "wavekeep_reader",
    max: 1,
    logger,
    rawRows: true,
  });
  try {
    const store = postgresQueryStore(pool);
    const pid = await backendPid(pool);
    const window = async (turn: number) => {
      const recordingId = recordings[turn % recordings.length]!;
      const start = (turn * 7919) % (seconds - WINDOW_CHUNKS);
      const scope = { recordingId, segmentNumber: 0, stream: 0, start, end: start + WINDOW_CHUNKS };
      const rows = await store.chunkPage(database.siteId, scope, WINDOW_CHUNKS);
      assert(rows.length === WINDOW_CHUNKS, "a whole window");
    };
    // The first few are planned anew each time, and fill the cache.
    for (let turn = 0; turn < 50; turn++) await window(turn);
    let before = processorMicros(pid);
    for (let turn = 0; turn < WINDOWS; turn++) await window(turn);
    const readWindow = (processorMicros(pid) - before) / WINDOWS;
    before = processorMicros(pid);
    const rounds = 20;
    for (let turn = 0; turn < rounds; turn++) {
      const recordingId = recordings[turn % recordings.length]!;
      const scope = { recordingId, segmentNumber: 0, stream: 0, start: 0, end: seconds };
      await store.read(database.siteId, (view) => view.runs([scope]));
    }
    return { readWindow, countSequence: (processorMicros(pid) - before) / (rounds * seconds) };
  } finally {
    await pool.end();
  }
}

export async function backendPid(pool: pg.Pool): Promise<number> {
  const { rows: [row] } = await pool.query<{ pid: number }>("select pg_backend_pid() as pid");
  return row!.pid;
}

/** Processor time of a process so far: fields 14 and 15 of its stat line, in hundredths of a second. */
export function processorMicros(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
