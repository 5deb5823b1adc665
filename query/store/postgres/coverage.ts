/**
 * Where the streams of a recording end: what a live tail reads after every commit.
 *
 * The end of each stream is one step down the key's index; no key is opened and no body is read for it.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { StoredCoverage } from "../query_store.ts";
import { instant } from "./rows.ts";

const STREAMS = `
  select g.segment_id as "segmentId", g.start_seconds as "startSeconds", s.stream_no as "stream",
      s.rate_samples as "rateSamples", s.rate_seconds as "rateSeconds", last.sequence,
      last.sample_count as "sampleCount"
    from wavekeep.segment g join wavekeep.stream s using (recording_id, segment_no)
    left join lateral (
      select c.sequence, c.sample_count from wavekeep.chunk c
        where c.recording_id = $1 and c.segment_no = s.segment_no and c.stream_no = s.stream_no
        order by c.sequence desc limit 1
    ) last on true
    where g.recording_id = $1 order by s.segment_no, s.stream_no`;

/** Of each mark only the newest version counts. */
const MARKS = `
  select count(*)::int as "count" from (
    select distinct on (annotation_id) status from wavekeep.annotation
      where recording_id = $1 order by annotation_id, version desc
  ) newest where status = 'active'`;

export async function selectCoverage(
  client: pg.PoolClient,
  recordingId: string,
): Promise<StoredCoverage> {
  interface Columns {
    readonly segmentId: Uint8Array;
    readonly startSeconds: string;
    readonly stream: number;
    readonly rateSamples: string;
    readonly rateSeconds: string;
    readonly sequence: number | null;
    readonly sampleCount: number | null;
  }
  // In this order, so that what is read is not older than the moment that is told.
  const [{ rows: [now] }, { rows: streams }, { rows: [marks] }] = await Promise.all([
    prepared<{ asOf: string }>(client, `select ${instant("clock_timestamp()")} as "asOf"`),
    prepared<Columns>(client, STREAMS, [recordingId]),
    prepared<{ count: number }>(client, MARKS, [recordingId]),
  ]);
  return {
    asOf: now!.asOf,
    activeAnnotations: marks!.count,
    streams: streams.map(({ sequence, sampleCount, ...row }) => ({
      ...row,
      segmentId: formatHex(row.segmentId),
      rateSamples: BigInt(row.rateSamples),
      rateSeconds: BigInt(row.rateSeconds),
      last: sequence === null || sampleCount === null ? null : { sequence, sampleCount },
    })),
  };
}
