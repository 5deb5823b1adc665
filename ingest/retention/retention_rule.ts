/**
 * How long a site keeps things, as its rule says.
 *
 * Sole owner of the rule's words (`SITE:recordings=3650,quarantine=90`) and of its writing, by the owner role, from
 * `migrate`. What no rule names is kept.
 *
 * @module
 */

import type pg from "pg";

/** Days; null keeps for good. */
export interface RetentionRule {
  /** Since a patient's last recording ended. */
  readonly recordingsDays: number | null;
  /** Since a chunk was put aside. */
  readonly quarantineDays: number | null;
  /** Of events that the log does not commit to; six years at least. */
  readonly eventsDays: number | null;
}

/** Keeps everything. */
export const KEEP_ALL: RetentionRule = {
  recordingsDays: null,
  quarantineDays: null,
  eventsDays: null,
};

/** 45 CFR 164.316(b)(2)(i): six years. */
export const EVENTS_DAYS_MIN = 2_192;

const MEMBERS = {
  recordings: "recordingsDays",
  quarantine: "quarantineDays",
  events: "eventsDays",
} as const;

/**
 * Reads `CODE:name=days,…`; `keep` in place of days takes a rule back, and so does leaving a name out.
 *
 * @throws {Error} It is none.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, throws } from "node:assert/strict";
 * import { parseRetention } from "./retention_rule.ts";
 *
 * const rule = { recordingsDays: 3650, quarantineDays: 90, eventsDays: null };
 * deepStrictEqual(parseRetention("ward-7:recordings=3650,quarantine=90"), { code: "ward-7", rule });
 * throws(() => parseRetention("ward-7:events=30"), /2192/);
 * ```
 */
export function parseRetention(text: string): { code: string; rule: RetentionRule } {
  const [, code, list] = /^([A-Za-z0-9._-]{1,64}):(.+)$/.exec(text) ?? [];
  if (code === undefined || list === undefined) {
    throw new Error("--keep must be a site's code and its rule, such as ward-7:recordings=3650");
  }
  const rule: Record<string, number | null> = { ...KEEP_ALL };
  for (const part of list.split(",")) {
    const [, name, days] = /^(recordings|quarantine|events)=([1-9]\d{0,5}|keep)$/.exec(part) ?? [];
    if (name === undefined || days === undefined) {
      throw new Error(`--keep must name recordings, quarantine or events with days, not ${part}`);
    }
    rule[MEMBERS[name as keyof typeof MEMBERS]] = days === "keep" ? null : Number(days);
  }
  const { eventsDays } = rule;
  if (typeof eventsDays === "number" && eventsDays < EVENTS_DAYS_MIN) {
    throw new Error(`--keep must leave events for ${EVENTS_DAYS_MIN} days, which are six years`);
  }
  return { code, rule: rule as unknown as RetentionRule };
}

/**
 * Writes a new version of the rule with its event, if it changes anything.
 *
 * @param client Of `wavekeep_owner`, in a transaction.
 * @returns Whether it did.
 */
export async function putRetentionRule(
  client: pg.ClientBase,
  siteId: number,
  { recordingsDays, quarantineDays, eventsDays }: RetentionRule,
): Promise<boolean> {
  await client.query("select set_config('app.site', $1, true)", [String(siteId)]);
  const { rowCount } = await client.query(
    `with last as (
        select version, recordings_days, quarantine_days, events_days from wavekeep.retention_rule
          where site_id = $1 order by version desc limit 1
      ),
      put as (
        insert into wavekeep.retention_rule
            (site_id, version, recordings_days, quarantine_days, events_days)
          select $1, coalesce((select version from last), 0) + 1, $2::int, $3::int, $4::int
            where (select row(recordings_days, quarantine_days, events_days) from last)
              is distinct from row($2::int, $3::int, $4::int)
          returning version
      )
      insert into wavekeep.event (site_id, kind, actor, detail)
        select $1, 'site.rule-changed', 'operator', jsonb_build_object(
            'recordings_days', $2::int, 'quarantine_days', $3::int, 'events_days', $4::int,
            'version', version)
          from put`,
    [siteId, recordingsDays, quarantineDays, eventsDays],
  );
  return rowCount === 1;
}
