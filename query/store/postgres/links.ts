/**
 * Whose recordings are, and were.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { RecordingPosition, StoredLink, StoredRecording } from "../query_store.ts";
import { selectRecordingById } from "./recordings.ts";
import { instant } from "./rows.ts";

/** Every version of every recording; the first one is the recording's own row. */
const VERSIONS = `(
    select recording_id, 1 as version, patient_uuid, recording_code, opened_at as since,
        null::text as reason, null::text as actor
      from wavekeep.recording
    union all
    select recording_id, version, patient_uuid, recording_code, linked_at, reason, actor
      from wavekeep.recording_link
  )`;

export async function selectLinks(
  client: pg.PoolClient,
  recordingId: string,
): Promise<StoredLink[]> {
  const { rows } = await prepared<StoredLink>(
    client,
    `select v.version, p.patient_code as "patientCode", v.recording_code as "recordingCode",
        ${instant("v.since")} as since, v.reason, v.actor
      from ${VERSIONS} v join wavekeep.patient p on p.patient_uuid = v.patient_uuid
      where v.recording_id = $1 order by v.version`,
    [recordingId],
  );
  return rows;
}

/** Codes name at most one recording at any moment: whoever gives them away takes the patients' locks. */
export async function selectRecordingAt(
  client: pg.PoolClient,
  { patientCode, recordingCode }: RecordingPosition,
  moment: string,
): Promise<StoredRecording | undefined> {
  const { rows: [row] } = await prepared<{ recordingId: string }>(
    client,
    `select v.recording_id as "recordingId"
      from wavekeep.recordings_of_codes(current_setting('app.site')::int, $1, $2) as c (recording_id)
        join lateral (
          select * from ${VERSIONS} o where o.recording_id = c.recording_id and o.since <= $3::timestamptz
            order by o.version desc limit 1
        ) v on true
        join wavekeep.patient p on p.patient_uuid = v.patient_uuid
      where p.patient_code = $1 and v.recording_code = $2`,
    [patientCode, recordingCode, moment],
  );
  return row && await selectRecordingById(client, row.recordingId);
}
