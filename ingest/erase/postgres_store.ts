/**
 * Erasure on PostgreSQL, by a role that reads no body and deletes what was derived, and of recordings whose
 * erasure is written their marks, reviews and sources.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { decodeLeafContent, type ErasedRange } from "@wavekeep/core/log";
import { withSite } from "@wavekeep/core/service";
import type pg from "pg";
import { formatInstant } from "../instant.ts";
import type { ErasablePatient, ErasableRecording, EraseStore } from "./erase_store.ts";

const ERASED = "recording.erased";

/** What goes; reviews before the marks that they are about. */
const DELETED = ["envelope", "trend", "annotation_review", "annotation", "source_artifact"];

/** Keys that ever wrapped what is the patient's now; never one that another patient has now. */
const KEYS_OF = `
  with of_patient as (
    select recording_id from wavekeep.current_link where patient_uuid = $1
  ),
  current_key as (
    select coalesce((select k.key_uuid from wavekeep.patient_key k
        where k.patient_uuid = p.patient_uuid order by k.version desc limit 1), p.patient_uuid)
      from wavekeep.patient p where p.patient_uuid <> $1
  )
  (
    select $1::uuid as "keyUuid"
    union select key_uuid from wavekeep.patient_key where patient_uuid = $1
    union select coalesce(r.key_uuid, r.patient_uuid)
      from wavekeep.recording r join of_patient using (recording_id)
    union select l.key_uuid
      from wavekeep.recording_link l join of_patient using (recording_id)
  ) except select * from current_key`;

/** @param pool Connections of role `wavekeep_eraser`. */
export function postgresEraseStore(pool: pg.Pool): EraseStore {
  const rowsOf = <T extends pg.QueryResultRow>(siteId: number, text: string, values: unknown[]) =>
    withSite(pool, siteId, async (client) => (await client.query<T>(text, values)).rows);
  return {
    async findPatient(siteId, patientCode) {
      const [patient] = await rowsOf<Omit<ErasablePatient, "recordings" | "keyUuids">>(
        siteId,
        `select patient_uuid as "patientUuid",
            coalesce((select k.key_uuid from wavekeep.patient_key k
              where k.patient_uuid = patient.patient_uuid order by k.version desc limit 1),
              patient_uuid) as "currentKeyUuid",
            exists (select from wavekeep.patient_erasure e
            where e.patient_uuid = patient.patient_uuid) as "isDone",
            coalesce((select c.legal_hold from wavekeep.patient_consent c
              where c.patient_uuid = patient.patient_uuid order by c.version desc limit 1),
              false) as "isHeld"
          from wavekeep.patient where patient_code = $1`,
        [patientCode],
      );
      if (patient === undefined) return undefined;
      const recordings = await rowsOf<ErasableRecording>(
        siteId,
        `select r.site_id as "siteId", r.recording_id as "recordingId", r.reference,
            l.wrapped_key as "wrappedKey", l.key_uuid as "keyUuid", e.pseudonym
          from wavekeep.recording r
            join wavekeep.current_link l on l.recording_id = r.recording_id
            left join wavekeep.recording_erasure e on e.recording_id = r.recording_id
          where l.patient_uuid = $1 order by r.recording_id`,
        [patient.patientUuid],
      );
      const keys = await rowsOf<{ keyUuid: string }>(siteId, KEYS_OF, [patient.patientUuid]);
      return {
        ...patient,
        keyUuids: keys.map(({ keyUuid }) => keyUuid),
        recordings: recordings.map((row) => ({
          ...row,
          reference: new Uint8Array(row.reference),
          wrappedKey: new Uint8Array(row.wrappedKey),
          pseudonym: row.pseudonym && new Uint8Array(row.pseudonym),
        })),
      };
    },

    async storedRanges({ siteId, recordingId }) {
      // By the key's index alone: consecutive sequences share their difference to their rank.
      const rows = await rowsOf<ErasedRange>(
        siteId,
        `select g.segment_id as "segmentId", c.stream_no as "stream",
            min(c.sequence) as "firstSequence", count(*)::int as "sequenceCount"
          from (
            select segment_no, stream_no, sequence, sequence - row_number() over (
                partition by segment_no, stream_no order by sequence) as run
              from wavekeep.chunk where recording_id = $1
          ) c join wavekeep.segment g on g.recording_id = $1 and g.segment_no = c.segment_no
          group by g.segment_id, c.stream_no, c.run`,
        [recordingId],
      );
      return rows.map((row) => ({ ...row, segmentId: new Uint8Array(row.segmentId) }))
        .sort((a, b) =>
          formatHex(a.segmentId).localeCompare(formatHex(b.segmentId)) || a.stream - b.stream ||
          a.firstSequence - b.firstSequence
        );
    },

    async coveredRanges({ siteId, recordingId }) {
      const rows = await rowsOf<{ content: Uint8Array }>(
        siteId,
        `select leaf_content as "content" from wavekeep.event
          where kind = '${ERASED}' and recording_id = $1 and leaf_content is not null`,
        [recordingId],
      );
      return rows.flatMap(({ content }) => {
        const leaf = decodeLeafContent(new Uint8Array(content));
        return leaf.type === "erasure" ? leaf.ranges : [];
      });
    },

    async recordErasure({ siteId, recordingId }, { pseudonym, erasedAtMicros, leaves, actor }) {
      await withSite(pool, siteId, async (client) => {
        await client.query(
          `insert into wavekeep.recording_erasure (recording_id, site_id, pseudonym, erased_at)
            values ($1, $2, $3, $4) on conflict do nothing`,
          [recordingId, siteId, pseudonym, formatInstant(erasedAtMicros)],
        );
        for (const { entry, content, salt } of leaves) {
          await client.query(
            `insert into wavekeep.event
                (site_id, kind, actor, recording_id, leaf_entry, leaf_content, leaf_salt)
              values ($1, '${ERASED}', $2, $3, $4, $5, $6)`,
            [siteId, actor, recordingId, entry, content, salt],
          );
        }
      });
    },

    async deleteRows(siteId, recordingIds) {
      await withSite(pool, siteId, async (client) => {
        for (const table of DELETED) {
          await client.query(
            `delete from wavekeep.${table} where recording_id = any($1::uuid[])`,
            [recordingIds],
          );
        }
      });
    },

    async finish(siteId, patientUuid, actor) {
      await withSite(pool, siteId, async (client) => {
        const { rowCount } = await client.query(
          `insert into wavekeep.patient_erasure (patient_uuid, site_id, actor) values ($1, $2, $3)
            on conflict do nothing`,
          [patientUuid, siteId, actor],
        );
        if (rowCount === 0) return;
        await client.query(
          `insert into wavekeep.event (site_id, kind, actor) values ($1, 'patient.erased', $2)`,
          [siteId, actor],
        );
      });
    },
  };
}
