/**
 * Segments, streams and statements of recordings, and where each stream ends.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { StoredSegment, StoredShape, StoredStatement, StoredStream } from "../query_store.ts";
import { bytes, instant, safeInteger } from "./rows.ts";

type Row<T> = T & { readonly recordingId: string };

export async function selectShapes(
  client: pg.PoolClient,
  recordingIds: readonly string[],
): Promise<Map<string, StoredShape>> {
  const [segments, streams, statements] = await Promise.all([
    selectSegments(client, recordingIds),
    selectStreams(client, recordingIds),
    selectStatements(client, recordingIds),
  ]);
  const of = <T extends Row<object>>(rows: readonly T[], id: string) =>
    rows.filter((row) => row.recordingId === id).map(({ recordingId: _, ...row }) => row);
  return new Map(recordingIds.map((id) => [id, {
    segments: of(segments, id),
    streams: of(streams, id),
    statements: of(statements, id),
  }]));
}

async function selectSegments(
  client: pg.PoolClient,
  ids: readonly string[],
): Promise<Row<StoredSegment>[]> {
  interface Columns extends Omit<Row<StoredSegment>, "segmentId"> {
    readonly segmentId: Uint8Array;
  }
  const { rows } = await prepared<Columns>(
    client,
    `select recording_id as "recordingId", segment_no as "segmentNumber",
        segment_id as "segmentId", segment_digest as "segmentDigest", clock,
        start_seconds as "startSeconds", start_uncertainty_seconds as "startUncertaintySeconds",
        implicit
      from wavekeep.segment where recording_id = any($1) order by recording_id, segment_no`,
    [ids],
  );
  return rows.map((row) => ({
    ...row,
    segmentId: formatHex(row.segmentId),
    segmentDigest: bytes(row.segmentDigest),
  }));
}

/** The last chunk of each stream is one step down the key's index; its row tells when it came. */
async function selectStreams(
  client: pg.PoolClient,
  ids: readonly string[],
): Promise<Row<StoredStream>[]> {
  interface Columns extends Omit<Row<StoredStream>, "rateSamples" | "rateSeconds" | "last"> {
    readonly rateSamples: string;
    readonly rateSeconds: string;
    readonly sequence: number | null;
    readonly sampleCount: number | null;
    readonly receivedAt: string | null;
  }
  const { rows } = await prepared<Columns>(
    client,
    `select s.recording_id as "recordingId", s.segment_no as "segmentNumber",
        s.stream_no as "stream", s.rate_samples as "rateSamples", s.rate_seconds as "rateSeconds",
        s.kind, s.channel_count as "channelCount", s.descriptor_digest as "descriptorDigest",
        s.descriptor_sealed as "descriptorSealed", last.sequence,
        last.sample_count as "sampleCount", ${instant("last.received_at")} as "receivedAt"
      from wavekeep.stream s left join lateral (
        select c.sequence, c.sample_count, c.received_at from wavekeep.chunk c
          where c.recording_id = s.recording_id and c.segment_no = s.segment_no
            and c.stream_no = s.stream_no
          order by c.sequence desc limit 1
      ) last on true
      where s.recording_id = any($1) order by s.recording_id, s.segment_no, s.stream_no`,
    [ids],
  );
  return rows.map(({ sequence, sampleCount, receivedAt, ...row }) => ({
    ...row,
    rateSamples: BigInt(row.rateSamples),
    rateSeconds: BigInt(row.rateSeconds),
    descriptorDigest: bytes(row.descriptorDigest),
    descriptorSealed: bytes(row.descriptorSealed),
    last: sequence === null || sampleCount === null || receivedAt === null
      ? null
      : { sequence, sampleCount, receivedAt },
  }));
}

async function selectStatements(
  client: pg.PoolClient,
  ids: readonly string[],
): Promise<Row<StoredStatement>[]> {
  interface Columns extends Omit<Row<StoredStatement>, "firstSample" | "sampleCount"> {
    readonly firstSample: string;
    readonly sampleCount: string;
  }
  const { rows } = await prepared<Columns>(
    client,
    `select recording_id as "recordingId", segment_no as "segmentNumber", stream_no as "stream",
        kind, first_sample as "firstSample", sample_count as "sampleCount", reason
      from wavekeep.segment_statement where recording_id = any($1)
      order by recording_id, segment_no, stream_no, first_sample`,
    [ids],
  );
  return rows.map((row) => ({
    ...row,
    firstSample: safeInteger(row.firstSample),
    sampleCount: safeInteger(row.sampleCount),
  }));
}
