/**
 * How far the streams of a segment have come, from the primary key alone, without counting twice.
 *
 * A device deletes what this says is stored, so nothing derived is kept in the database: what was found
 * once is remembered in this process, what it committed since is added, and of the rest — the holes and
 * the open end — every call looks at the index. That costs the same on day seven as on day one. Hazard:
 * rows do go away when somebody restores a backup, so what is known is known of one *era*: incarnation,
 * start of the server and database. A restore that nobody declared still began with a start.
 * Decision 0016.
 *
 * @module
 */

import { joinRuns, KnownRuns, type SequenceSpan, unknownSpans } from "@wavekeep/core/chunk";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type {
  ChunkKey,
  PutChunkResult,
  SegmentProgress,
  StoredStream,
  StreamProgress,
} from "../ingest_store.ts";
import { bytes, microsOf } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

/** Every sequence that a row can have. */
const ALL_SEQUENCES: SequenceSpan = { start: 0, end: 2 ** 31 };

interface Facts {
  readonly incarnation: number;
  readonly asOfMicros: string;
  readonly era: string;
}

const FACTS = `
  select incarnation, ${microsOf("clock_timestamp()")} as "asOfMicros",
      concat_ws('/', incarnation, ${microsOf("pg_postmaster_start_time()")}, database.oid) as "era"
    from (select max(incarnation) as incarnation from wavekeep.incarnation) as newest,
      pg_catalog.pg_database as database where datname = current_database()`;

const ENDS = `
  select stream_no as "stream", min(first_sequence) as "endSequence"
    from wavekeep.segment_statement
    where recording_id = $1 and segment_no = $2 and kind = 'end' group by stream_no`;

/**
 * Runs of stored sequences inside each span, the last one included. Consecutive sequences share their
 * difference to their rank: that names a run.
 */
export const SEGMENT_RUNS = `
  select span.n::int as "n", min(c.sequence) as "first", max(c.sequence) as "last"
    from unnest($3::int[], $4::int[], $5::int[])
      with ordinality as span (stream_no, first, last, n),
    lateral (
      select sequence, sequence - row_number() over (order by sequence) as run
        from wavekeep.chunk
        where recording_id = $1 and segment_no = $2 and stream_no = span.stream_no
          and sequence >= span.first and sequence <= span.last
    ) c
    group by span.n, c.run`;

const DIGESTS = `
  select stream_no as "stream", chunk_digest as "chunkDigest"
    from unnest($3::int[], $4::int[]) as wanted (stream, sequence),
    lateral (
      select stream_no, chunk_digest from wavekeep.chunk
        where recording_id = $1 and segment_no = $2 and stream_no = wanted.stream
          and sequence = wanted.sequence
    ) c`;

/** As much of a segment as its progress needs. */
export interface SegmentStreams {
  readonly recordingId: string;
  readonly segmentNumber: number;
  readonly streams: readonly Pick<StoredStream, "stream">[];
}

/** What is stored of segments, asked often. One for a process and database. */
export interface SegmentProgresses {
  of(pool: pg.Pool, siteId: number, segment: SegmentStreams): Promise<SegmentProgress>;
  /** To be told of every transaction that stored chunks, after its commit has returned. */
  committed(results: readonly PutChunkResult[]): void;
}

export function createSegmentProgresses(known = new KnownRuns()): SegmentProgresses {
  return {
    of: (pool, siteId, segment) =>
      inTransaction(pool, siteId, (client) => readProgress(client, known, segment)),
    committed(results) {
      for (const result of results) {
        if (result.outcome === "stored") known.add(nameOf(result.chunk), result.chunk.sequence);
      }
    },
  };
}

async function readProgress(
  client: pg.PoolClient,
  known: KnownRuns,
  segment: SegmentStreams,
): Promise<SegmentProgress> {
  const { recordingId, segmentNumber } = segment;
  // Before the chunks are looked at: what is said below was at least true then, and chunks stay.
  const [{ rows: [facts] }, { rows: ends }] = await Promise.all([
    prepared<Facts>(client, FACTS),
    prepared<{ stream: number; endSequence: number }>(client, ENDS, [recordingId, segmentNumber]),
  ]);
  const { era, incarnation, asOfMicros } = facts!;
  const names = segment.streams.map(({ stream }) => nameOf({ recordingId, segmentNumber, stream }));
  const before = names.map((name) => known.get(name, era));
  const found = await selectRuns(
    client,
    segment,
    before.flatMap((runs, index) =>
      unknownSpans(ALL_SEQUENCES, runs).map((span) => ({ index, ...span }))
    ),
  );
  const runs = names.map((name, index) => {
    known.set(name, era, found[index]!);
    return joinRuns([...before[index]!, ...found[index]!]);
  });
  const digests = await selectDigests(client, segment, runs.map(highWater));
  return {
    incarnation,
    asOfMicros: BigInt(asOfMicros),
    streams: segment.streams.map(({ stream }, index): StreamProgress => ({
      stream,
      runs: runs[index]!,
      chunkCount: runs[index]!.reduce((sum, { start, end }) => sum + end - start, 0),
      highWaterDigest: digests.get(stream) ?? null,
      endSequence: ends.find((end) => end.stream === stream)?.endSequence ?? null,
    })),
  };
}

/** Runs inside spans, by the index of their stream. */
async function selectRuns(
  client: pg.PoolClient,
  { recordingId, segmentNumber, streams }: SegmentStreams,
  spans: readonly (SequenceSpan & { readonly index: number })[],
): Promise<SequenceSpan[][]> {
  const { rows } = await prepared<{ n: number; first: number; last: number }>(
    client,
    SEGMENT_RUNS,
    [
      recordingId,
      segmentNumber,
      spans.map(({ index }) => streams[index]!.stream),
      spans.map(({ start }) => start),
      spans.map(({ end }) => end - 1),
    ],
  );
  const runs: SequenceSpan[][] = streams.map(() => []);
  for (const { n, first, last } of rows) {
    runs[spans[n - 1]!.index]!.push({ start: first, end: last + 1 });
  }
  return runs;
}

/** Chunk digests below the high waters, by stream. */
async function selectDigests(
  client: pg.PoolClient,
  { recordingId, segmentNumber, streams }: SegmentStreams,
  highWaters: readonly number[],
): Promise<Map<number, Uint8Array>> {
  const wanted = streams
    .map(({ stream }, index) => ({ stream, sequence: highWaters[index]! - 1 }))
    .filter(({ sequence }) => sequence >= 0);
  if (wanted.length === 0) return new Map();
  const { rows } = await prepared<{ stream: number; chunkDigest: Uint8Array }>(client, DIGESTS, [
    recordingId,
    segmentNumber,
    wanted.map(({ stream }) => stream),
    wanted.map(({ sequence }) => sequence),
  ]);
  return new Map(rows.map(({ stream, chunkDigest }) => [stream, bytes(chunkDigest)]));
}

/** Everything below it is there. */
function highWater([first]: readonly SequenceSpan[]): number {
  return first?.start === 0 ? first.end : 0;
}

function nameOf({ recordingId, segmentNumber, stream }: Omit<ChunkKey, "sequence">): string {
  return `${recordingId}/${segmentNumber}/${stream}`;
}
