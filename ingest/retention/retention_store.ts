/**
 * What has outlived its site's rule, on PostgreSQL: found and, but for recordings, deleted.
 *
 * By the eraser's role, which may delete such rows and no others (migration 0030).
 *
 * @module
 */

import { withSite } from "@wavekeep/core/service";
import type pg from "pg";
import { KEEP_ALL, type RetentionRule } from "./retention_rule.ts";

/** A patient whose last recording ended before the rule's time. */
export interface DuePatient {
  readonly patientCode: string;
  readonly recordingCount: number;
  /** When the last of them ended: closed, or heard of for the last time. RFC 3339, UTC. */
  readonly endedAt: string;
  /** Nothing is done to it. */
  readonly isHeld: boolean;
}

/** Rows that go as they are. */
export type OutlivedRows = "quarantine" | "events";

/** Finds and forgets; safe to run again. */
export interface RetentionStore {
  /** The rule of now; keeps everything where there is none. */
  rule(siteId: number): Promise<RetentionRule>;
  /** By code; patients who were erased are not among them. @param patientCode This one alone. */
  duePatients(siteId: number, days: number, patientCode?: string): Promise<DuePatient[]>;
  countOutlived(siteId: number, what: OutlivedRows, days: number): Promise<number>;
  /** At most some thousands at once; how many went. */
  forget(siteId: number, what: OutlivedRows, days: number): Promise<number>;
  /** Says what was done. */
  record(siteId: number, actor: string, detail: Readonly<Record<string, number>>): Promise<void>;
}

/** Rows that go in one transaction. */
const BATCH = 5_000;

/** A recording ends when it is closed, or with the last that came of it. */
const DUE = `
  with ended as (
    select r.recording_id, greatest(
        r.opened_at,
        (select c.closed_at from wavekeep.recording_close c where c.recording_id = r.recording_id),
        (select max(last.received_at) from wavekeep.stream s
          cross join lateral (
            select k.received_at from wavekeep.chunk k where k.recording_id = s.recording_id
              and k.segment_no = s.segment_no and k.stream_no = s.stream_no
              order by k.sequence desc limit 1
          ) last where s.recording_id = r.recording_id)
      ) as at
      from wavekeep.recording r
  )
  select p.patient_code as "patientCode", count(*)::int as "recordingCount",
      to_char(max(e.at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "endedAt",
      coalesce((select c.legal_hold from wavekeep.patient_consent c
        where c.patient_uuid = p.patient_uuid order by c.version desc limit 1), false) as "isHeld"
    from ended e
      join wavekeep.current_link l on l.recording_id = e.recording_id
      join wavekeep.patient p on p.patient_uuid = l.patient_uuid
    where not exists (select from wavekeep.patient_erasure x where x.patient_uuid = p.patient_uuid)
      and ($2::text is null or p.patient_code = $2)
    group by p.patient_uuid, p.patient_code
    having max(e.at) < clock_timestamp() - make_interval(days => $1)
    order by p.patient_code`;

const OUTLIVED: Readonly<Record<OutlivedRows, { table: string; key: string; where: string }>> = {
  quarantine: {
    table: "wavekeep.quarantine",
    key: "quarantine_id",
    where: "received_at < clock_timestamp() - make_interval(days => $1)",
  },
  events: {
    table: "wavekeep.event",
    key: "event_id",
    where: `at < clock_timestamp() - make_interval(days => $1)
      and leaf_entry is null and leaf_hash is null and kind not like 'chunk.%'`,
  },
};

/** @param pool Connections of role `wavekeep_eraser`. */
export function postgresRetentionStore(pool: pg.Pool): RetentionStore {
  return {
    rule: (siteId) =>
      withSite(pool, siteId, async (client) => {
        const { rows: [rule] } = await client.query<RetentionRule>(
          `select recordings_days as "recordingsDays", quarantine_days as "quarantineDays",
              events_days as "eventsDays"
            from wavekeep.retention_rule order by version desc limit 1`,
        );
        return rule ?? KEEP_ALL;
      }),
    duePatients: (siteId, days, patientCode) =>
      withSite(
        pool,
        siteId,
        async (client) => (await client.query<DuePatient>(DUE, [days, patientCode ?? null])).rows,
      ),
    countOutlived: (siteId, what, days) =>
      withSite(pool, siteId, async (client) => {
        const { table, where } = OUTLIVED[what];
        const { rows: [row] } = await client.query<{ count: number }>(
          `select count(*)::int as count from ${table} where ${where}`,
          [days],
        );
        return row!.count;
      }),
    forget: (siteId, what, days) =>
      withSite(pool, siteId, async (client) => {
        const { table, key, where } = OUTLIVED[what];
        const { rowCount } = await client.query(
          `delete from ${table} where ${key} in
            (select ${key} from ${table} where ${where} limit ${BATCH})`,
          [days],
        );
        return rowCount ?? 0;
      }),
    record: (siteId, actor, detail) =>
      withSite(pool, siteId, async (client) => {
        await client.query(
          `insert into wavekeep.event (site_id, kind, actor, detail)
            values ($1, 'retention.applied', $2, $3)`,
          [siteId, actor, JSON.stringify(detail)],
        );
      }),
  };
}
