/**
 * Recordings and segments by their names.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { RecordingPosition, StoredRecording } from "../query_store.ts";
import { isOpenTo } from "./consents.ts";
import { bytes } from "./rows.ts";

/** The columns of a {@link StoredRecording}. */
export const RECORDING_COLUMNS = `r.recording_id as "recordingId", r.site_id as "siteId",
  l.key_uuid as "patientUuid", p.patient_code as "patientCode",
  l.recording_code as "recordingCode", r.notify_number as "notifyNumber",
  l.wrapped_key as "wrappedKey", r.started_at_sealed as "startedAtSealed",
  exists (select from wavekeep.recording_close c where c.recording_id = r.recording_id) as "isClosed"`;

/** What they are read from. */
export const RECORDING_TABLES = `wavekeep.recording r
  join wavekeep.current_link l on l.recording_id = r.recording_id
  join wavekeep.patient p on p.patient_uuid = l.patient_uuid`;

/** Codes compare by their bytes, so that pages neither skip nor repeat whatever the collation is. */
const AFTER = `(p.patient_code collate "C", l.recording_code collate "C") > ($2, $3)`;

/** By its id, or undefined. */
export async function selectRecordingById(
  client: pg.PoolClient,
  recordingId: string,
): Promise<StoredRecording | undefined> {
  const { rows } = await prepared<StoredRecording>(
    client,
    `select ${RECORDING_COLUMNS} from ${RECORDING_TABLES} where r.recording_id = $1`,
    [recordingId],
  );
  return rows[0] && fromRow(rows[0]);
}

export async function selectRecordings(
  client: pg.PoolClient,
  page: {
    patientCode?: string;
    after?: RecordingPosition;
    limit: number;
    personId?: string | null;
  },
): Promise<StoredRecording[]> {
  const { rows } = await prepared<StoredRecording>(
    client,
    `select ${RECORDING_COLUMNS} from ${RECORDING_TABLES}
      where ($1::text is null or p.patient_code = $1) and ($2::text is null or ${AFTER})
        and ${isOpenTo("$5")}
      order by p.patient_code collate "C", l.recording_code collate "C" limit $4`,
    [
      page.patientCode ?? null,
      page.after?.patientCode ?? null,
      page.after?.recordingCode ?? null,
      page.limit,
      page.personId ?? null,
    ],
  );
  return rows.map(fromRow);
}

export async function selectRecording(
  client: pg.PoolClient,
  codes: RecordingPosition,
): Promise<StoredRecording | undefined> {
  const { rows } = await prepared<StoredRecording>(
    client,
    // One id at a time (offset 0): without statistics of its tables the planner would read all recordings
    // for each of them (core decision 0053).
    `select found.* from wavekeep.recordings_of_codes(current_setting('app.site')::int, $1, $2)
        as c (recording_id)
      cross join lateral (
        select ${RECORDING_COLUMNS} from ${RECORDING_TABLES}
          where r.recording_id = c.recording_id and p.patient_code = $1 and l.recording_code = $2
          offset 0
      ) as found`,
    [codes.patientCode, codes.recordingCode],
  );
  return rows[0] && fromRow(rows[0]);
}

export async function selectSegmentOwner(
  client: pg.PoolClient,
  segmentId: Uint8Array,
): Promise<{ recording: StoredRecording; segmentNumber: number } | undefined> {
  const { rows } = await prepared<StoredRecording & { segmentNumber: number }>(
    client,
    `select s.segment_no as "segmentNumber", ${RECORDING_COLUMNS}
      from wavekeep.segment s join ${RECORDING_TABLES} on r.recording_id = s.recording_id
      where s.segment_id = $1`,
    [segmentId],
  );
  if (rows[0] === undefined) return undefined;
  const { segmentNumber, ...recording } = rows[0];
  return { recording: fromRow(recording), segmentNumber };
}

function fromRow(row: StoredRecording): StoredRecording {
  return {
    ...row,
    wrappedKey: bytes(row.wrappedKey),
    startedAtSealed: row.startedAtSealed && bytes(row.startedAtSealed),
  };
}
