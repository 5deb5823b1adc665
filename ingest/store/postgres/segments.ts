/**
 * Segments and their streams.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { signaturePolicyCode, signaturePolicyOf } from "@wavekeep/core/chunk";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import type {
  DescribedSegment,
  IngestStore,
  NewSegment,
  Sender,
  StoredSegment,
  StoredStream,
} from "../ingest_store.ts";
import {
  lockRecording,
  RECORDING_COLUMNS,
  RECORDING_TABLES,
  type RecordingRow,
  toStoredRecording,
} from "./recordings.ts";
import { bytes } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

interface SegmentRow extends Omit<StoredSegment, "streams" | "signing"> {
  readonly signaturePolicy: number;
  readonly keyId: Uint8Array | null;
  readonly publicKey: Uint8Array | null;
}

interface StreamRow extends Omit<StoredStream, "rate"> {
  readonly segmentNumber: number;
  readonly rateSamples: string;
  readonly rateSeconds: string;
}

interface DescribedRow extends StreamRow {
  readonly descriptorSealed: Uint8Array;
}

const SEGMENT_COLUMNS = `s.site_id as "siteId", s.recording_id as "recordingId",
  s.segment_no as "segmentNumber", s.segment_id as "segmentId",
  s.segment_digest as "segmentDigest", s.clock, s.start_seconds as "startSeconds",
  s.start_uncertainty_seconds as "startUncertaintySeconds", s.implicit, s.actor,
  s.signature_policy as "signaturePolicy", s.key_id as "keyId",
  (select k.public_key from wavekeep.device_key k
    where k.site_id = s.site_id and k.key_id = s.key_id) as "publicKey"`;

const STREAM_COLUMNS = `segment_no as "segmentNumber", stream_no as "stream",
  rate_samples as "rateSamples", rate_seconds as "rateSeconds", kind, channel_count as "channelCount",
  descriptor_digest as "descriptorDigest"`;

export async function putSegment(
  pool: pg.Pool,
  sender: Sender,
  segment: NewSegment,
): ReturnType<IngestStore["putSegment"]> {
  return await inTransaction(pool, sender.siteId, async (client) => {
    await lockRecording(client, segment.recordingId);
    const before = await selectSegment(client, sender.siteId, segment.segmentId);
    if (before !== undefined) return { outcome: "found", segment: before };
    const { rows: [now] } = await prepared<{ isClosed: boolean; segmentNumber: number }>(
      client,
      `select exists (select from wavekeep.recording_close where recording_id = $1) as "isClosed",
          coalesce((select max(segment_no) + 1 from wavekeep.segment where recording_id = $1), 0)
            as "segmentNumber"`,
      [segment.recordingId],
    );
    if (now!.isClosed) return { outcome: "recording-closed" };
    const { segmentNumber } = now!;
    const sealed = segment.seal(segmentNumber);
    // The lock keeps this recording's writers apart; the unique id still decides between two recordings.
    const { rows: [added] } = await prepared<SegmentRow>(client, INSERT_SEGMENT, [
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
      sender.requestId,
      JSON.stringify({ "stream_count": segment.streams.length, "implicit": segment.implicit }),
      segment.streams.map(({ stream }) => stream),
      segment.streams.map(({ rate }) => rate.samples.toString()),
      segment.streams.map(({ rate }) => rate.seconds.toString()),
      segment.streams.map(({ kind }) => kind),
      segment.streams.map(({ channelCount }) => channelCount),
      segment.streams.map(({ descriptorDigest }) => descriptorDigest),
      sealed.descriptors,
      formatInstant(segment.atMicros),
      sealed.leaves.map(({ entry }) => entry),
      sealed.leaves.map(({ content }) => content),
      signaturePolicyCode(segment.signing?.policy ?? "none"),
      segment.signing?.keyId ?? null,
      segment.signing?.signature ?? null,
    ]);
    if (added !== undefined) {
      return { outcome: "stored", segment: { ...withBytes(added), streams: segment.streams } };
    }
    const stored = await selectSegment(client, sender.siteId, segment.segmentId);
    if (stored === undefined) throw new Error("Cannot store segment: no row is there");
    return { outcome: "found", segment: stored };
  });
}

/** A segment, its streams and an event for each of them, or nothing when the id is taken. */
const INSERT_SEGMENT = `
  with added as (
    insert into wavekeep.segment
      (recording_id, segment_no, site_id, segment_id, segment_digest, record, clock,
       start_seconds, start_uncertainty_seconds, implicit, actor, opened_at, signature_policy, key_id,
       signature)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $21, $24, $25, $26)
      on conflict (site_id, segment_id) do nothing
      returning site_id, recording_id, segment_no, segment_id, segment_digest, clock, start_seconds,
        start_uncertainty_seconds, implicit, actor, signature_policy, key_id
  ),
  streams as (
    insert into wavekeep.stream
      (recording_id, segment_no, stream_no, site_id, rate_samples, rate_seconds, kind,
       channel_count, descriptor_digest, descriptor_sealed)
      select added.recording_id, added.segment_no, s.stream_no, added.site_id, s.rate_samples,
          s.rate_seconds, s.kind, s.channel_count, s.descriptor_digest, s.descriptor_sealed
        from added, unnest($14::int[], $15::bigint[], $16::bigint[], $17::int[], $18::int[],
          $19::bytea[], $20::bytea[])
          as s (stream_no, rate_samples, rate_seconds, kind, channel_count, descriptor_digest,
            descriptor_sealed)
  ),
  logged as (
    insert into wavekeep.event
      (site_id, kind, actor, request_id, recording_id, segment_no, stream_no, detail, leaf_entry,
       leaf_content)
      select site_id, case when place = 1 then 'segment.opened' else 'descriptor.stored' end, actor, $12,
          recording_id, segment_no, ($14::int[])[(place - 1)::int], case when place = 1 then $13::jsonb end,
          leaf_entry, leaf_content
        from added, unnest($22::bytea[], $23::bytea[]) with ordinality
          as leaf (leaf_entry, leaf_content, place)
        order by place
  )
  select ${SEGMENT_COLUMNS} from added s`;

export async function findSegment(
  pool: pg.Pool,
  siteId: number,
  segmentId: Uint8Array,
): ReturnType<IngestStore["findSegment"]> {
  return await inTransaction(pool, siteId, async (client) => {
    const segment = await selectSegment(client, siteId, segmentId);
    if (segment === undefined) return undefined;
    const { rows: [row] } = await prepared<RecordingRow>(
      client,
      `select ${RECORDING_COLUMNS} from ${RECORDING_TABLES} where r.recording_id = $1`,
      [segment.recordingId],
    );
    return row === undefined ? undefined : { segment, recording: toStoredRecording(row) };
  });
}

export async function listSegments(
  pool: pg.Pool,
  siteId: number,
  recordingId: string,
): Promise<DescribedSegment[]> {
  return await inTransaction(pool, siteId, async (client) => {
    const { rows } = await prepared<SegmentRow>(
      client,
      `select ${SEGMENT_COLUMNS} from wavekeep.segment s where s.recording_id = $1
        order by s.segment_no`,
      [recordingId],
    );
    const { rows: streams } = await prepared<DescribedRow>(
      client,
      `select ${STREAM_COLUMNS}, descriptor_sealed as "descriptorSealed"
        from wavekeep.stream where recording_id = $1
        order by segment_no, stream_no`,
      [recordingId],
    );
    return rows.map((row) => ({
      ...withBytes(row),
      streams: streams
        .filter(({ segmentNumber }) => segmentNumber === row.segmentNumber)
        .map((stream) => ({
          ...toStoredStream(stream),
          descriptorSealed: bytes(stream.descriptorSealed),
        })),
    }));
  });
}

async function selectSegment(
  client: pg.PoolClient,
  siteId: number,
  segmentId: Uint8Array,
): Promise<StoredSegment | undefined> {
  const { rows: [row] } = await prepared<SegmentRow>(
    client,
    `select ${SEGMENT_COLUMNS} from wavekeep.segment s where s.site_id = $1 and s.segment_id = $2`,
    [siteId, segmentId],
  );
  if (row === undefined) return undefined;
  const { rows: streams } = await prepared<StreamRow>(
    client,
    `select ${STREAM_COLUMNS} from wavekeep.stream where recording_id = $1 and segment_no = $2
      order by stream_no`,
    [row.recordingId, row.segmentNumber],
  );
  return { ...withBytes(row), streams: streams.map(toStoredStream) };
}

function toStoredStream(stream: StreamRow): StoredStream {
  return {
    stream: stream.stream,
    rate: { samples: BigInt(stream.rateSamples), seconds: BigInt(stream.rateSeconds) },
    kind: stream.kind,
    channelCount: stream.channelCount,
    descriptorDigest: bytes(stream.descriptorDigest),
  };
}

function withBytes(
  { signaturePolicy, keyId, publicKey, ...row }: SegmentRow,
): Omit<StoredSegment, "streams"> {
  const policy = signaturePolicyOf(signaturePolicy);
  const signing = policy === undefined || policy === "none" || keyId === null || publicKey === null
    ? null
    : { policy, keyId: bytes(keyId), publicKey: bytes(publicKey) };
  assert((signing === null) === (keyId === null), "a signed segment has its key");
  return {
    ...row,
    segmentId: bytes(row.segmentId),
    segmentDigest: bytes(row.segmentDigest),
    signing,
  };
}
