/**
 * What the log's tables say of one recording, counted: for a page that tells a reader where it stands.
 *
 * Nothing here is checked against the signed root: whoever wants to know for certain makes the export.
 * Hazard: `log_index` is of all sites; it is only asked for a recording that was found in the asker's.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { ClockRow } from "./describe_clocks.ts";
import { instant, safeInteger } from "../store/postgres/rows.ts";

/** Comparisons of clocks that a fit is made of: the newest, months of them. */
const CLOCKS_MAX = 20_000;

/** Damaged chunks that are named one by one. */
const FAILURES_MAX = 200;

/** Chunks of one stream that a checkpoint covers. */
export interface LoggedStream {
  readonly segmentNumber: number;
  readonly stream: number;
  readonly count: number;
}

/** A damaged chunk, or another thing of the recording, when there is no place. */
export interface FoundFailure {
  readonly segmentNumber: number | null;
  readonly stream: number | null;
  readonly sequence: number | null;
  readonly foundAt: string;
}

/** Counts and times; times are RFC 3339. */
export interface RecordingFactRows {
  readonly logged: readonly LoggedStream[];
  readonly segments: readonly { readonly segmentNumber: number; readonly keyId: string | null }[];
  readonly failures: readonly FoundFailure[];
  readonly clocks: readonly ClockRow[];
  readonly firstReceivedAt: string | null;
  /** A stream begins with a chunk of a build that kept no log. */
  readonly isBeforeLog: boolean;
  readonly erasedAt: string | null;
  readonly publishedAt: string | null;
}

/** Reads them, in the transaction of a site. */
export async function selectRecordingFacts(
  client: pg.PoolClient,
  of: { readonly recordingId: string; readonly logNumber: number; readonly size: number },
): Promise<RecordingFactRows> {
  const { recordingId, logNumber, size } = of;
  const { rows: logged } = await prepared<Omit<LoggedStream, "count"> & { count: string }>(
    client,
    `select segment_no as "segmentNumber", stream_no as stream,
        sum(least(leaf_count, $3::bigint - first_index))::bigint as count
      from wavekeep.log_index
      where log_no = $1 and recording_id = $2::uuid and first_sequence is not null
        and first_index < $3::bigint
      group by segment_no, stream_no order by segment_no, stream_no`,
    [logNumber, recordingId, size],
  );
  const { rows: segments } = await prepared<RecordingFactRows["segments"][number]>(
    client,
    `select segment_no as "segmentNumber", encode(key_id, 'hex') as "keyId"
      from wavekeep.segment where recording_id = $1::uuid order by segment_no`,
    [recordingId],
  );
  // A damaged chunk is told by each reader that meets it.
  const { rows: failures } = await prepared<FoundFailure>(
    client,
    `select segment_no as "segmentNumber", stream_no as stream, sequence,
        ${instant("min(at)")} as "foundAt"
      from wavekeep.event where recording_id = $1::uuid and kind = 'integrity-failed'
      group by segment_no, stream_no, sequence order by segment_no, stream_no, sequence limit $2`,
    [recordingId, FAILURES_MAX],
  );
  const { rows: clocks } = await prepared<ClockRow>(
    client,
    `select segment_no as "segmentNumber", device_time_micros::text as "deviceTimeMicros",
        reference_time_micros::text as "referenceTimeMicros", source,
        uncertainty_micros::text as "uncertaintyMicros"
      from wavekeep.clock_observation where recording_id = $1::uuid
      order by server_time desc limit $2`,
    [recordingId, CLOCKS_MAX],
  );
  const { rows: [times] } = await prepared<
    Pick<RecordingFactRows, "firstReceivedAt" | "isBeforeLog" | "erasedAt" | "publishedAt">
  >(
    client,
    `select
      (select ${instant("received_at")} from wavekeep.chunk where recording_id = $1::uuid
        order by segment_no, stream_no, sequence limit 1) as "firstReceivedAt",
      (select coalesce(bool_or(first.leaf_salt is not null), false) from wavekeep.stream s
        cross join lateral (
          select c.leaf_salt from wavekeep.chunk c where c.recording_id = $1::uuid
            and c.segment_no = s.segment_no and c.stream_no = s.stream_no
            order by c.sequence limit 1
        ) first where s.recording_id = $1::uuid) as "isBeforeLog",
      (select ${instant("erased_at")} from wavekeep.recording_erasure
        where recording_id = $1::uuid) as "erasedAt",
      (select ${
      instant("published_at")
    } from wavekeep.log_head where log_no = $2) as "publishedAt"`,
    [recordingId, logNumber],
  );
  return {
    logged: logged.map((row) => ({ ...row, count: safeInteger(row.count) })),
    segments,
    failures,
    clocks,
    firstReceivedAt: times?.firstReceivedAt ?? null,
    isBeforeLog: times?.isBeforeLog ?? false,
    erasedAt: times?.erasedAt ?? null,
    publishedAt: times?.publishedAt ?? null,
  };
}
