/**
 * Patients and recordings.
 *
 * @module
 */

import { prepared, sqlState } from "@wavekeep/core/service";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import type {
  IngestStore,
  NewRecording,
  Sender,
  StoredPatient,
  StoredRecording,
} from "../ingest_store.ts";
import { StorageViolationError } from "../store_errors.ts";
import { insertEvent } from "./events.ts";
import { bytes, bytesOrNull } from "./rows.ts";
import { inTransaction, translate } from "./transaction.ts";

/** Columns of a recording `r` with its current link `l`, as {@link toStoredRecording} wants them. */
export const RECORDING_COLUMNS = `r.site_id as "siteId", r.recording_id as "recordingId",
  l.key_uuid as "patientUuid", r.notify_number::text as "notifyNumber", r.reference,
  l.wrapped_key as "wrappedKey", r.started_at_sealed as "startedAtSealed",
  r.content_digest as "contentDigest", r.opened_by as "openedBy", l.is_moved as "isMoved",
  exists (select from wavekeep.recording_close c where c.recording_id = r.recording_id) as "isClosed"`;

export const RECORDING_TABLES = `wavekeep.recording r
  join wavekeep.current_link l on l.recording_id = r.recording_id`;

/**
 * Behind a sub-query about one id: the planner may not join it with anything else. A table that has no
 * statistics yet looks empty to it, and then it reads all recordings of the site for each of them
 * (decision 0053).
 */
const ONE_AT_A_TIME = "offset 0";

/** A recording's row, with what its link says. */
export interface RecordingRow extends Omit<StoredRecording, "isMoved"> {
  readonly isMoved: boolean;
}

export function toStoredRecording(row: RecordingRow): StoredRecording {
  return {
    siteId: row.siteId,
    recordingId: row.recordingId,
    patientUuid: row.patientUuid,
    notifyNumber: row.notifyNumber,
    reference: bytes(row.reference),
    wrappedKey: bytes(row.wrappedKey),
    startedAtSealed: bytesOrNull(row.startedAtSealed),
    contentDigest: bytesOrNull(row.contentDigest),
    isClosed: row.isClosed,
    openedBy: row.openedBy,
    ...(row.isMoved ? { isMoved: true } : {}),
  };
}

export async function findRecording(
  pool: pg.Pool,
  siteId: number,
  { patientCode, recordingCode }: { patientCode: string; recordingCode: string },
): Promise<StoredRecording | undefined> {
  return await inTransaction(pool, siteId, async (client) => {
    const { rows: [row] } = await prepared<RecordingRow>(
      client,
      `select found.* from wavekeep.recordings_of_codes($1, $2, $3) as c (recording_id)
        cross join lateral (
          select ${RECORDING_COLUMNS} from ${RECORDING_TABLES}
            where r.recording_id = c.recording_id and l.recording_code = $3 and l.patient_uuid = (
              select patient_uuid from wavekeep.patient where site_id = $1 and patient_code = $2)
            ${ONE_AT_A_TIME}
        ) as found`,
      [siteId, patientCode, recordingCode],
    );
    return row === undefined ? undefined : toStoredRecording(row);
  });
}

export async function findOpened(
  pool: pg.Pool,
  siteId: number,
  { patientCode, recordingCode }: { patientCode: string; recordingCode: string },
): Promise<StoredRecording | undefined> {
  return await inTransaction(pool, siteId, async (client) => {
    const { rows: [row] } = await prepared<RecordingRow>(
      client,
      `select found.* from (
          select recording_id from wavekeep.recording
            where site_id = $1 and recording_code = $3 and patient_uuid = (
              select patient_uuid from wavekeep.patient where site_id = $1 and patient_code = $2)
        ) as c cross join lateral (
          select ${RECORDING_COLUMNS} from ${RECORDING_TABLES}
            where r.recording_id = c.recording_id ${ONE_AT_A_TIME}
        ) as found`,
      [siteId, patientCode, recordingCode],
    );
    return row === undefined ? undefined : toStoredRecording(row);
  });
}

export async function findPatient(
  pool: pg.Pool,
  siteId: number,
  patientCode: string,
): Promise<StoredPatient | undefined> {
  return await inTransaction(pool, siteId, async (client) => {
    const { rows: [row] } = await prepared<StoredPatient>(
      client,
      `select p.patient_uuid as "patientUuid", coalesce(
            (select k.key_uuid from wavekeep.patient_key k where k.patient_uuid = p.patient_uuid
              order by k.version desc limit 1), p.patient_uuid) as "keyUuid"
        from wavekeep.patient p where p.site_id = $1 and p.patient_code = $2`,
      [siteId, patientCode],
    );
    return row;
  });
}

/** The event row goes with the row that it tells of, and with no other; so do those below. */
const INSERT_PATIENT = `
  with added as (
    insert into wavekeep.patient (patient_uuid, site_id, patient_code) values ($1, $2, $3)
      on conflict (site_id, patient_code) do nothing returning site_id
  ),
  logged as (
    insert into wavekeep.event (site_id, kind, actor, request_id)
      select site_id, 'patient.added', $4, $5 from added
  )
  select from added`;

export async function putPatient(
  pool: pg.Pool,
  sender: Sender,
  { patientUuid, patientCode }: { patientUuid: string; patientCode: string },
): Promise<string> {
  return await inTransaction(pool, sender.siteId, async (client) => {
    const { rows: [added] } = await prepared(client, INSERT_PATIENT, [
      patientUuid,
      sender.siteId,
      patientCode,
      sender.actor,
      sender.requestId,
    ]);
    if (added !== undefined) return patientUuid;
    const stored = await selectPatient(client, sender.siteId, patientCode);
    if (stored === undefined) {
      throw new StorageViolationError(
        "Cannot store patient: no row was inserted and none is there",
      );
    }
    return stored;
  });
}

async function selectPatient(
  client: pg.PoolClient,
  siteId: number,
  patientCode: string,
): Promise<string | undefined> {
  const { rows: [row] } = await prepared<{ patientUuid: string }>(
    client,
    `select patient_uuid as "patientUuid" from wavekeep.patient
      where site_id = $1 and patient_code = $2`,
    [siteId, patientCode],
  );
  return row?.patientUuid;
}

const INSERT_RECORDING = `
  with added as (
    insert into wavekeep.recording
      (recording_id, site_id, patient_uuid, recording_code, reference, wrapped_key,
       started_at_sealed, idempotency_key, content_digest, opened_at, key_uuid, opened_by)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $12, $15, $10)
      on conflict (site_id, patient_uuid, recording_code) do nothing returning *
  ),
  logged as (
    insert into wavekeep.event 
      (site_id, kind, actor, request_id, recording_id, leaf_entry, leaf_content)
      select site_id, leaf.kind, $10, $11, recording_id, leaf.entry, leaf.content
        from added, (values ('recording.opened', $13::bytea, $14::bytea),
          ('recording.started', $16::bytea, $17::bytea)) as leaf (kind, entry, content)
  )
  select ${RECORDING_COLUMNS} from added r cross join lateral (
    select coalesce(r.key_uuid, r.patient_uuid) as key_uuid, r.wrapped_key, false as is_moved) l`;

type PutRecording = Awaited<ReturnType<IngestStore["putRecording"]>>;

export async function putRecording(
  pool: pg.Pool,
  sender: Sender,
  recording: NewRecording,
): ReturnType<IngestStore["putRecording"]> {
  // First the partition, committed by itself: a recording row without one would refuse every chunk,
  // while a partition without recordings harms nobody.
  try {
    await prepared(pool, "select wavekeep.ensure_chunk_partition($1)", [recording.recordingId]);
  } catch (error) {
    throw translate(error);
  }
  const put = inTransaction<PutRecording>(pool, sender.siteId, async (client) => {
    if (recording.idempotencyKey !== null) {
      const { rows: [other] } = await prepared<{ isOther: boolean }>(
        client,
        `select true as "isOther" from wavekeep.recording where idempotency_key = $1
          and (patient_uuid, recording_code) <> ($2, $3) limit 1`,
        [recording.idempotencyKey, recording.patientUuid, recording.recordingCode],
      );
      if (other !== undefined) return { outcome: "idempotency-conflict" };
    }
    const { rows: [added] } = await prepared<RecordingRow>(client, INSERT_RECORDING, [
      recording.recordingId,
      sender.siteId,
      recording.patientUuid,
      recording.recordingCode,
      recording.reference,
      recording.wrappedKey,
      recording.startedAtSealed,
      recording.idempotencyKey,
      recording.contentDigest,
      sender.actor,
      sender.requestId,
      formatInstant(recording.atMicros),
      recording.leaf.entry,
      recording.leaf.content,
      recording.keyUuid ?? null,
      recording.startLeaf.entry,
      recording.startLeaf.content,
    ]);
    if (added !== undefined) return { outcome: "stored", recording: toStoredRecording(added) };
    const { rows: [row] } = await prepared<RecordingRow>(
      client,
      `select ${RECORDING_COLUMNS} from ${RECORDING_TABLES}
        where r.site_id = $1 and r.patient_uuid = $2 and r.recording_code = $3`,
      [sender.siteId, recording.patientUuid, recording.recordingCode],
    );
    if (row === undefined) {
      throw new StorageViolationError(
        "Cannot store recording: no row was inserted and none is there",
      );
    }
    return { outcome: "found", recording: toStoredRecording(row) };
  });
  try {
    return await put;
  } catch (error) {
    // Both are raised by trigger `refuse_stale_key`, before anything was written.
    const isStale = sqlState(error) === "WK001" || sqlState(error) === "WK002";
    if (!isStale) throw error;
    return { outcome: "link-changed" };
  }
}

export async function closeRecording(
  pool: pg.Pool,
  sender: Sender,
  { recordingId, idempotencyKey, atMicros, leaf }: Parameters<IngestStore["closeRecording"]>[1],
): Promise<"stored" | "repeated"> {
  return await inTransaction(pool, sender.siteId, async (client) => {
    await lockRecording(client, recordingId);
    const { rowCount } = await prepared(
      client,
      `insert into wavekeep.recording_close (recording_id, site_id, idempotency_key, actor, closed_at)
        values ($1, $2, $3, $4, $5) on conflict (recording_id) do nothing`,
      [recordingId, sender.siteId, idempotencyKey, sender.actor, formatInstant(atMicros)],
    );
    if (rowCount !== 1) return "repeated";
    await insertEvent(client, sender, { kind: "recording.closed", recordingId, leaf });
    return "stored";
  });
}

/**
 * Makes what numbers segments of a recording, closes it, or ends its streams happen one after the other,
 * until the transaction ends. The writer may not lock rows, because that needs UPDATE.
 */
export async function lockRecording(client: pg.PoolClient, recordingId: string): Promise<void> {
  await prepared(
    client,
    "select pg_advisory_xact_lock(hashtextextended('wavekeep.recording/' || $1, 0))",
    [recordingId],
  );
}
