/**
 * How far the streams of a segment have come: runs of sequences, counted on the primary key alone.
 *
 * @module
 */

import type pg from "pg";
import type { SegmentProgress, StoredSegment, StreamProgress } from "../ingest_store.ts";
import { bytes, microsOf, safeInteger } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

interface RunRow {
  readonly stream: number;
  readonly start: number;
  readonly end: number;
  readonly chunkCount: string;
}

export async function segmentProgress(
  pool: pg.Pool,
  siteId: number,
  segment: StoredSegment,
): Promise<SegmentProgress> {
  const { recordingId, segmentNumber } = segment;
  return await inTransaction(pool, siteId, async (client) => {
    // Before the chunks are looked at: what is said below was at least true then, and chunks stay.
    const { rows: [now] } = await client.query<{ incarnation: number; asOfMicros: string }>(
      `select max(incarnation) as "incarnation", ${microsOf("clock_timestamp()")} as "asOfMicros"
        from wavekeep.incarnation`,
    );
    // A run of neighbours has one difference between sequence and rank.
    const { rows: runs } = await client.query<RunRow>(
      `select stream_no as "stream", min(sequence) as "start", max(sequence) + 1 as "end",
          count(*) as "chunkCount"
        from (
          select stream_no, sequence,
              sequence - row_number() over (partition by stream_no order by sequence) as run
            from wavekeep.chunk where recording_id = $1 and segment_no = $2
        ) as ranked
        group by stream_no, run order by stream_no, min(sequence)`,
      [recordingId, segmentNumber],
    );
    const { rows: ends } = await client.query<{ stream: number; endSequence: number }>(
      `select stream_no as "stream", min(first_sequence) as "endSequence"
        from wavekeep.segment_statement
        where recording_id = $1 and segment_no = $2 and kind = 'end' group by stream_no`,
      [recordingId, segmentNumber],
    );
    const streams: StreamProgress[] = [];
    for (const { stream } of segment.streams) {
      const own = runs.filter((run) => run.stream === stream);
      const first = own[0];
      const highWater = first?.start === 0 ? first.end : 0;
      streams.push({
        stream,
        runs: own.map(({ start, end }) => ({ start, end })),
        chunkCount: own.reduce((sum, run) => sum + safeInteger(run.chunkCount), 0),
        highWaterDigest: highWater === 0
          ? null
          : await selectDigest(client, segment, { stream, sequence: highWater - 1 }),
        endSequence: ends.find((end) => end.stream === stream)?.endSequence ?? null,
      });
    }
    return {
      incarnation: now!.incarnation,
      asOfMicros: BigInt(now!.asOfMicros),
      streams,
    };
  });
}

async function selectDigest(
  client: pg.PoolClient,
  { recordingId, segmentNumber }: StoredSegment,
  { stream, sequence }: { stream: number; sequence: number },
): Promise<Uint8Array | null> {
  const { rows: [row] } = await client.query<{ chunkDigest: Uint8Array }>(
    `select chunk_digest as "chunkDigest" from wavekeep.chunk
      where recording_id = $1 and segment_no = $2 and stream_no = $3 and sequence = $4`,
    [recordingId, segmentNumber, stream, sequence],
  );
  return row === undefined ? null : bytes(row.chunkDigest);
}
