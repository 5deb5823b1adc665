/**
 * The audit store on PostgreSQL, by a role that may INSERT events and nothing else.
 *
 * Hazard: the role has no SELECT, so nothing is returned, and row-level security still holds: the site
 * must be set in the same transaction.
 *
 * @module
 */

import { asciiBytes, concatBytes } from "@wavekeep/core/bytes";
import { looseLeaf, type NewLeaf, nodeSha256 } from "@wavekeep/core/crypto";
import { withSite } from "@wavekeep/core/service";
import { randomBytes } from "node:crypto";
import type pg from "pg";
import type { AccessRecord, AuditStore } from "../audit_store.ts";

const ACCESS_LABEL = asciiBytes("wavekeep/access/v1\0");

/** Writes through a pool of `wavekeep_audit` connections to the primary. */
export function postgresAuditStore(pool: pg.Pool): AuditStore {
  return {
    recordAccess: (access) =>
      withSite(pool, access.siteId, async (client) => {
        const { entry, content, salt } = accessLeaf(access);
        await client.query(
          `insert into wavekeep.event (site_id, kind, actor, request_id, recording_id, detail,
              leaf_entry, leaf_content, leaf_salt)
            values ($1, 'access.granted', $2, $3, $4, $5, $6, $7, $8)`,
          [
            access.siteId,
            access.actor,
            access.requestId,
            access.recordingId,
            JSON.stringify({ role: access.role, minutes: access.minutes }),
            entry,
            content,
            salt,
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
          `insert into wavekeep.event (site_id, kind, actor, request_id, recording_id, detail)
            values ($1, $2, $3, $4, $5, $6)`,
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

/**
 * The leaf of a grant. It belongs to no recording in the log: how often one is looked at is nobody's business.
 *
 * @see core/log/FORMAT.md, "Content"
 */
function accessLeaf(
  { siteId, actor, role, requestId, recordingId, minutes }: AccessRecord,
): NewLeaf {
  const grant = JSON.stringify([actor, role, requestId, recordingId, minutes]);
  const digest = nodeSha256(concatBytes(ACCESS_LABEL, new TextEncoder().encode(grant)));
  return looseLeaf({
    type: "access",
    siteId,
    id: new Uint8Array(randomBytes(16)),
    number: 0,
    contentDigest: digest,
    storedDigest: digest,
    receivedAtMicros: BigInt(Date.now()) * 1_000n,
  }, new Uint8Array(randomBytes(32)));
}
