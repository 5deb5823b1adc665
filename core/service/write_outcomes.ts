/**
 * Layer 6. What came of accesses, and what concerns security, as event rows: the same ones from every service.
 *
 * Hazards: `detail` holds ids, numbers and words of ours, never what a caller wrote; and a row whose COMMIT got
 * lost is written again, because an audit may say a thing twice and never not at all.
 *
 * @see core/log/FORMAT.md, "Content"
 * @module
 */
import { randomBytes } from "node:crypto";
import type pg from "pg";
import { asciiBytes, concatBytes } from "../bytes/mod.ts";
import { looseLeaf, type NewLeaf, nodeSha256 } from "../crypto/mod.ts";
import type { ToldAccess } from "./access_ledger.ts";
import { withSite } from "./postgres.ts";

/** Something that whoever guards a site wants to know. */
export interface SecurityRecord {
  readonly siteId: number;
  readonly kind: `security.${string}`;
  readonly actor: string;
  readonly requestId: string;
  readonly detail: Readonly<Record<string, string | number | boolean | undefined>>;
}

const OUTCOME_LABEL = asciiBytes("wavekeep/access-outcome/v1\0");

/** Writes rows of one site, all or none; in a pool whose role may INSERT events. */
export async function writeOutcomes(
  pool: pg.Pool,
  siteId: number,
  rows: readonly ToldAccess[],
): Promise<void> {
  const leaves = rows.map(outcomeLeaf);
  await withSite(pool, siteId, (client) =>
    client.query(
      `insert into wavekeep.event (site_id, kind, actor, request_id, recording_id, detail,
          leaf_entry, leaf_content, leaf_salt, patient_uuid)
        select $1, kind, actor, request_id, recording_id, detail, leaf_entry, leaf_content,
            leaf_salt, wavekeep.patient_of(recording_id)
          from unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[], $7::bytea[],
            $8::bytea[], $9::bytea[]) with ordinality
          as told (kind, actor, request_id, recording_id, detail, leaf_entry, leaf_content,
            leaf_salt, place)
          order by place`,
      [
        siteId,
        rows.map(({ outcome }) => `access.${outcome}`),
        rows.map(({ actor }) => actor),
        rows.map(({ requestId }) => requestId),
        rows.map(({ recordingId }) => recordingId),
        rows.map((row) => JSON.stringify(outcomeDetail(row))),
        leaves.map(({ entry }) => entry),
        leaves.map(({ content }) => content),
        leaves.map(({ salt }) => salt),
      ],
    ));
}

/** Writes one row, in a transaction of its own. */
export async function writeSecurityEvent(pool: pg.Pool, record: SecurityRecord): Promise<void> {
  const { siteId, kind, actor, requestId, detail } = record;
  await withSite(pool, siteId, (client) =>
    client.query(
      `insert into wavekeep.event (site_id, kind, actor, request_id, detail)
        values ($1, $2, $3, $4, $5)`,
      [siteId, kind, actor, requestId, JSON.stringify(detail)],
    ));
}

/** What a row says beside who, when and of which recording. */
function outcomeDetail(row: ToldAccess): Record<string, unknown> {
  return {
    thing: row.thing,
    role: row.role,
    session: row.sessionId,
    from: row.from,
    count: row.count,
    "first_at": new Date(row.firstAtMs).toISOString(),
    "last_at": new Date(row.lastAtMs).toISOString(),
    ...(row.ranges.length === 0 ? {} : { ms: row.ranges }),
  };
}

function outcomeLeaf(row: ToldAccess): NewLeaf {
  const { actor, role, requestId, recordingId, outcome, thing, count, ranges } = row;
  return accessLeaf(row.siteId, OUTCOME_LABEL, [
    ...[actor, role, requestId, recordingId, outcome, thing, count, ranges],
  ]);
}

/**
 * The leaf of a statement about an access. It belongs to no recording in the log: how often one is looked at is
 * nobody's business.
 *
 * @param label Ends in a zero byte.
 */
export function accessLeaf(
  siteId: number,
  label: Uint8Array,
  statement: readonly unknown[],
): NewLeaf {
  const text = new TextEncoder().encode(JSON.stringify(statement));
  const digest = nodeSha256(concatBytes(label, text));
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
