/**
 * The audit store on PostgreSQL, by a role that may INSERT events and nothing else.
 *
 * Hazard: the role has no SELECT, so nothing is returned, and row-level security still holds: the site
 * must be set in the same transaction.
 *
 * @module
 */

import { asciiBytes } from "@wavekeep/core/bytes";
import { accessLeaf, withSite, writeOutcomes } from "@wavekeep/core/service";
import type pg from "pg";
import type { AuditStore } from "../audit_store.ts";

const ACCESS_LABEL = asciiBytes("wavekeep/access/v1\0");

/** Writes through a pool of `wavekeep_audit` connections to the primary. */
export function postgresAuditStore(pool: pg.Pool): AuditStore {
  return {
    recordAccess: (access) =>
      withSite(pool, access.siteId, async (client) => {
        const { siteId, actor, role, requestId, recordingId, minutes } = access;
        const { entry, content, salt } = accessLeaf(siteId, ACCESS_LABEL, [
          ...[actor, role, requestId, recordingId, minutes],
        ]);
        await client.query(
          `insert into wavekeep.event (site_id, kind, actor, request_id, recording_id, detail,
              leaf_entry, leaf_content, leaf_salt, patient_uuid)
            values ($1, 'access.granted', $2, $3, $4, $5, $6, $7, $8, wavekeep.patient_of($4))`,
          [
            access.siteId,
            access.actor,
            access.requestId,
            access.recordingId,
            JSON.stringify({
              role: access.role,
              minutes: access.minutes,
              session: access.sessionId,
              from: access.from,
            }),
            entry,
            content,
            salt,
          ],
        );
      }),
    recordOutcomes: (siteId, rows) => writeOutcomes(pool, siteId, rows),
    recordAuditRead: (record) =>
      withSite(pool, record.siteId, async (client) => {
        await client.query(
          `insert into wavekeep.event
              (site_id, kind, actor, request_id, recording_id, patient_uuid, detail)
            values ($1, 'audit.read', $2, $3, $4, $5, $6)`,
          [
            record.siteId,
            record.actor,
            record.requestId,
            record.recordingId,
            record.patientUuid,
            JSON.stringify(record.detail),
          ],
        );
      }),
    recordFinding: (finding) =>
      withSite(pool, finding.siteId, async (client) => {
        await client.query(
          `insert into wavekeep.event
              (site_id, kind, actor, recording_id, segment_no, stream_no, sequence, detail)
            values ($1, 'integrity-failed', 'query', $2, $3, $4, $5, $6)`,
          [
            finding.siteId,
            finding.recordingId,
            finding.segmentNumber,
            finding.stream,
            finding.sequence,
            JSON.stringify(finding.detail),
          ],
        );
      }),
    recordExport: (record) =>
      withSite(pool, record.siteId, async (client) => {
        await client.query(
          `insert into wavekeep.event
              (site_id, kind, actor, request_id, recording_id, detail, patient_uuid)
            values ($1, $2, $3, $4, $5, $6, wavekeep.patient_of($5))`,
          [
            record.siteId,
            `export.${record.kind}`,
            record.actor,
            record.requestId,
            record.recordingId,
            JSON.stringify(record.detail),
          ],
        );
      }),
    checkReady: async () => {
      const { rows: [found] } = await pool.query<{ writable: boolean }>(
        `select not pg_is_in_recovery()
          and has_column_privilege('wavekeep.event', 'kind', 'INSERT') as "writable"`,
      );
      if (found?.writable !== true) {
        throw new Error("Cannot record reads: the audit pool's server or role takes no events");
      }
    },
  };
}
