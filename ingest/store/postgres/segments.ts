/**
 * Segments and their streams.
 *
 * @module
 */

import type pg from "pg";
import type {
  IngestStore,
  NewSegment,
  Sender,
  StoredRecording,
  StoredSegment,
  StoredStream,
} from "../ingest_store.ts";
import { insertEvent } from "./events.ts";
import { lockRecording, RECORDING_COLUMNS, toStoredRecording } from "./recordings.ts";
import { bytes } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

type SegmentRow = Omit<StoredSegment, "streams">;

interface StreamRow extends Omit<StoredStream, "rate"> {
  readonly segmentNumber: number;
  readonly rateSamples: string;
  readonly rateSeconds: string;
}

const SEGMENT_COLUMNS = `s.site_id as "siteId", s.recording_id as "recordingId",
  s.segment_no as "segmentNumber", s.segment_id as "segmentId",
  s.segment_digest as "segmentDigest", s.clock, s.start_seconds as "startSeconds",
  s.start_uncertainty_seconds as "startUncertaintySeconds", s.implicit, s.actor`;

export async function putSegment(
  pool: pg.Pool,
  sender: Sender,
  segment: NewSegment,
): ReturnType<IngestStore["putSegment"]> {
  return await inTransaction(pool, sender.siteId, async (client) => {
    await lockRecording(client, segment.recordingId);
    const before = await selectSegment(client, sender.siteId, segment.segmentId);
    if (before !== undefined) return { outcome: "found", segment: before };
    const { rows: [now] } = await client.query<{ isClosed: boolean; segmentNumber: number }>(
      `select exists (select from wavekeep.recording_close where recording_id = $1) as "isClosed",
          coalesce((select max(segment_no) + 1 from wavekeep.segment where recording_id = $1), 0)
            as "segmentNumber"`,
      [segment.recordingId],
    );
    if (now!.isClosed) return { outcome: "recording-closed" };
    const { segmentNumber } = now!;
    const sealed = segment.seal(segmentNumber);
    // The lock keeps this recording's writers apart; the unique id still decides between two recordings.
    const { rowCount } = await client.query(
      `insert into wavekeep.segment
         (recording_id, segment_no, site_id, segment_id, segment_digest, record, clock,
          start_seconds, start_uncertainty_seconds, implicit, actor)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       on conflict (site_id, segment_id) do nothing`,
      [
        segment.recordingId,
        segmentNumber,
        sender.siteId,
        segment.segmentId,
        segment.segmentDigest,
        sealed.record,
        segment.clock,
        segment.startSeconds,
        segment.startUncertaintySeconds,
        segment.implicit,
        sender.actor,
      ],
    );
    if (rowCount === 1) {
      await insertStreams(client, sender, { segment, segmentNumber, sealed });
      await insertEvent(client, sender, {
        kind: "segment.opened",
        recordingId: segment.recordingId,
        segmentNumber,
        detail: { "stream_count": segment.streams.length, "implicit": segment.implicit },
      });
    }
    const stored = await selectSegment(client, sender.siteId, segment.segmentId);
    if (stored === undefined) throw new Error("Cannot store segment: no row is there");
    return { outcome: rowCount === 1 ? "stored" : "found", segment: stored };
  });
}

async function insertStreams(
  client: pg.PoolClient,
  sender: Sender,
  { segment, segmentNumber, sealed }: {
    segment: NewSegment;
    segmentNumber: number;
    sealed: ReturnType<NewSegment["seal"]>;
  },
): Promise<void> {
  for (const [index, stream] of segment.streams.entries()) {
    await client.query(
      `insert into wavekeep.stream
         (recording_id, segment_no, stream_no, site_id, rate_samples, rate_seconds, kind,
          channel_count, descriptor_digest, descriptor_sealed)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        segment.recordingId,
        segmentNumber,
        stream.stream,
        sender.siteId,
        stream.rate.samples.toString(),
        stream.rate.seconds.toString(),
        stream.kind,
        stream.channelCount,
        stream.descriptorDigest,
        sealed.descriptors[index],
      ],
    );
  }
}

export async function findSegment(
  pool: pg.Pool,
  siteId: number,
  segmentId: Uint8Array,
): ReturnType<IngestStore["findSegment"]> {
  return await inTransaction(pool, siteId, async (client) => {
    const segment = await selectSegment(client, siteId, segmentId);
    if (segment === undefined) return undefined;
    const { rows: [row] } = await client.query<StoredRecording>(
      `select ${RECORDING_COLUMNS} from wavekeep.recording r where r.recording_id = $1`,
      [segment.recordingId],
    );
    return row === undefined ? undefined : { segment, recording: toStoredRecording(row) };
  });
}

export async function listSegments(
  pool: pg.Pool,
  siteId: number,
  recordingId: string,
): Promise<StoredSegment[]> {
  return await inTransaction(pool, siteId, async (client) => {
    const { rows } = await client.query<SegmentRow>(
      `select ${SEGMENT_COLUMNS} from wavekeep.segment s where s.recording_id = $1
        order by s.segment_no`,
      [recordingId],
    );
    const streams = await selectStreams(client, recordingId);
    return rows.map((row) => toStoredSegment(row, streams));
  });
}

async function selectSegment(
  client: pg.PoolClient,
  siteId: number,
  segmentId: Uint8Array,
): Promise<StoredSegment | undefined> {
  const { rows: [row] } = await client.query<SegmentRow>(
    `select ${SEGMENT_COLUMNS} from wavekeep.segment s where s.site_id = $1 and s.segment_id = $2`,
    [siteId, segmentId],
  );
  if (row === undefined) return undefined;
  const streams = await selectStreams(client, row.recordingId, row.segmentNumber);
  return toStoredSegment(row, streams);
}

async function selectStreams(
  client: pg.PoolClient,
  recordingId: string,
  segmentNumber: number | null = null,
): Promise<StreamRow[]> {
  const { rows } = await client.query<StreamRow>(
    `select segment_no as "segmentNumber", stream_no as "stream", rate_samples as "rateSamples",
        rate_seconds as "rateSeconds", kind, channel_count as "channelCount",
        descriptor_digest as "descriptorDigest", descriptor_sealed as "descriptorSealed"
      from wavekeep.stream
      where recording_id = $1 and ($2::int is null or segment_no = $2)
      order by segment_no, stream_no`,
    [recordingId, segmentNumber],
  );
  return rows;
}

function toStoredSegment(row: SegmentRow, streams: readonly StreamRow[]): StoredSegment {
  return {
    ...row,
    segmentId: bytes(row.segmentId),
    segmentDigest: bytes(row.segmentDigest),
    streams: streams
      .filter(({ segmentNumber }) => segmentNumber === row.segmentNumber)
      .map((stream): StoredStream => ({
        stream: stream.stream,
        rate: { samples: BigInt(stream.rateSamples), seconds: BigInt(stream.rateSeconds) },
        kind: stream.kind,
        channelCount: stream.channelCount,
        descriptorDigest: bytes(stream.descriptorDigest),
        descriptorSealed: bytes(stream.descriptorSealed),
      })),
  };
}
