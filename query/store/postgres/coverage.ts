/**
 * Where the streams of a recording end: what a live tail reads after every commit.
 *
 * The end of each stream is one step down the key's index; no key is opened and no body is read for it. It
 * is one flush, with plans that serve any number of partitions (`readSite`). Hazard: the moment given is
 * the beginning of the transaction, which lies before every snapshot.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { ask, readSite, type ReadStatement } from "@wavekeep/core/service";
import type pg from "pg";
import type { StoredCoverage } from "../query_store.ts";
import { instant } from "./rows.ts";

const STREAM_ENDS: ReadStatement<StoredCoverage["streams"][number]> = {
  name: "wavekeep_coverage_streams",
  text: `select g.segment_id, g.start_seconds, s.stream_no, s.rate_samples::text,
      s.rate_seconds::text, last.sequence, last.sample_count
    from wavekeep.segment g join wavekeep.stream s using (recording_id, segment_no)
    left join lateral (
      select c.sequence, c.sample_count from wavekeep.chunk c
        where c.recording_id = $1 and c.segment_no = s.segment_no and c.stream_no = s.stream_no
        order by c.sequence desc limit 1
    ) last on true
    where g.recording_id = $1::uuid order by s.segment_no, s.stream_no`,
  read: (fields) => ({
    segmentId: formatHex(fields.bytes()),
    startSeconds: fields.text(),
    stream: fields.int4(),
    rateSamples: BigInt(fields.text()),
    rateSeconds: BigInt(fields.text()),
    last: fields.isNull() ? null : { sequence: fields.int4(), sampleCount: fields.int4() },
  }),
};

/** Of each mark only the newest version counts. */
const ACTIVE_MARKS: ReadStatement<Omit<StoredCoverage, "streams">> = {
  name: "wavekeep_coverage_marks",
  text: `select ${instant("now()")}, count(*)::int,
      (select count(*)::int from wavekeep.annotation where recording_id = $1::uuid) +
      (select count(*)::int from wavekeep.annotation_review where recording_id = $1::uuid)
    from (
      select distinct on (annotation_id) status from wavekeep.annotation
        where recording_id = $1::uuid order by annotation_id, version desc
    ) newest where status = 'active'`,
  read: (fields) => ({
    asOf: fields.text(),
    activeAnnotations: fields.int4(),
    annotationRevision: fields.int4(),
  }),
};

export async function readCoverage(
  pool: pg.Pool,
  siteId: number,
  recordingId: string,
): Promise<StoredCoverage> {
  const [streams, [marks]] = await readSite(pool, siteId, [
    ask(STREAM_ENDS, [recordingId]),
    ask(ACTIVE_MARKS, [recordingId]),
  ]);
  return { ...marks!, streams };
}
