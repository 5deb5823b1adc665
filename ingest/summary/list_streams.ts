/**
 * Streams whose summaries can be made, with what their chunks must fit.
 *
 * @module
 */

import { withSite } from "@wavekeep/core/service";
import type pg from "pg";
import type { RepairedStream } from "./repair.ts";

/** A stream, by its codes, and where it ends. */
export interface ListedStream extends RepairedStream {
  readonly patientCode: string;
  readonly recordingCode: string;
  /** Sequence after the last one stored; 0 when nothing is. */
  readonly endSequence: number;
}

interface Row extends Omit<ListedStream, "recording"> {
  readonly recordingId: string;
  readonly siteId: number;
  readonly patientUuid: string;
  readonly notifyNumber: string;
  readonly reference: Uint8Array;
  readonly wrappedKey: Uint8Array;
}

/** @param pool Connections of role `wavekeep_deriver`. */
export async function listStreams(
  pool: pg.Pool,
  siteId: number,
  only: { readonly patientCode?: string; readonly recordingCode?: string } = {},
): Promise<ListedStream[]> {
  const { rows } = await withSite(pool, siteId, (client) =>
    client.query<Row>(
      `select r.recording_id as "recordingId", r.site_id as "siteId",
          l.key_uuid as "patientUuid", r.notify_number as "notifyNumber", r.reference,
          l.wrapped_key as "wrappedKey", p.patient_code as "patientCode",
          l.recording_code as "recordingCode", s.segment_no as "segmentNumber",
          g.segment_digest as "segmentDigest", s.stream_no as "stream",
          s.descriptor_digest as "descriptorDigest",
          coalesce((select max(c.sequence) + 1::float8 from wavekeep.chunk c
            where c.recording_id = s.recording_id and c.segment_no = s.segment_no
              and c.stream_no = s.stream_no), 0) as "endSequence"
        from wavekeep.stream s
          join wavekeep.segment g using (recording_id, segment_no)
          join wavekeep.recording r on r.recording_id = s.recording_id
          join wavekeep.current_link l on l.recording_id = r.recording_id
          join wavekeep.patient p on p.patient_uuid = l.patient_uuid
        where ($1::text is null or p.patient_code = $1)
          and ($2::text is null or l.recording_code = $2)
        order by p.patient_code, l.recording_code, s.segment_no, s.stream_no`,
      [only.patientCode ?? null, only.recordingCode ?? null],
    ));
  return rows.map((row) => ({
    patientCode: row.patientCode,
    recordingCode: row.recordingCode,
    segmentNumber: row.segmentNumber,
    segmentDigest: new Uint8Array(row.segmentDigest),
    stream: row.stream,
    descriptorDigest: new Uint8Array(row.descriptorDigest),
    endSequence: row.endSequence,
    recording: {
      siteId: row.siteId,
      recordingId: row.recordingId,
      patientUuid: row.patientUuid,
      notifyNumber: row.notifyNumber,
      reference: new Uint8Array(row.reference),
      wrappedKey: new Uint8Array(row.wrappedKey),
      // Nothing of these is needed, or may be read, to summarise.
      startedAtSealed: null,
      contentDigest: null,
      isClosed: false,
      openedBy: null,
    },
  }));
}
