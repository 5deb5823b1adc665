/**
 * The review ledger: rows of what readers had on screen, and what they come to.
 *
 * Sums are made in the database: a reader of three days leaves thousands of rows, and a page shows some.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type {
  LedgerPage,
  StoredLedger,
  StoredLiveLooks,
  StoredViewing,
  StoredViewingReader,
} from "../query_store.ts";
import { joinPerson } from "./person_sql.ts";
import { instant } from "./rows.ts";

const NAMED = `v.actor, person.login, person.display_name as "displayName"`;

export async function selectLedger(
  client: pg.PoolClient,
  recordingId: string,
  page: LedgerPage,
): Promise<StoredLedger> {
  return {
    readers: await selectReaders(client, recordingId, page),
    live: await selectLive(client, recordingId, page),
    viewings: await selectViewings(client, recordingId, page),
  };
}

async function selectReaders(
  client: pg.PoolClient,
  recordingId: string,
  { liveLagMsMax }: LedgerPage,
): Promise<StoredViewingReader[]> {
  type Row = Omit<StoredViewingReader, "stretches"> & { readonly stretches: string };
  const { rows } = await prepared<Row>(
    client,
    `with own as materialized (
       select actor, array_agg(distinct role order by role) as roles, count(*)::int as viewings,
           min(shown_at) as first_at, max(shown_at) as last_at,
           range_agg(int8range(start_ms, end_ms)) as ms,
           (count(*) filter (where live_lag_ms <= $2))::int as live
         from wavekeep.viewing where recording_id = $1 group by actor
     )
     select ${NAMED}, v.roles, v.viewings, ${instant("v.first_at")} as "firstAt",
         ${instant("v.last_at")} as "lastAt", v.live as "liveViewings",
         (select jsonb_agg(jsonb_build_array(lower(one), upper(one)) order by lower(one))
            from unnest(v.ms) as one)::text as stretches
       from own v ${joinPerson("v")} order by v.last_at desc`,
    [recordingId, liveLagMsMax],
  );
  return rows.map((row) => ({ ...row, stretches: JSON.parse(row.stretches) }));
}

/** From the end of a look to the beginning of the next; what lies within another one begins no pause. */
async function selectLive(
  client: pg.PoolClient,
  recordingId: string,
  { liveLagMsMax }: LedgerPage,
): Promise<StoredLiveLooks | undefined> {
  type Row = Omit<StoredLiveLooks, "longestPauseMs"> & { readonly pauseMs: string };
  const { rows: [row] } = await prepared<Row>(
    client,
    `with looks as (
       select shown_at, max(shown_at + shown_ms * interval '1 ms') over (
           order by shown_at, viewing_id rows between unbounded preceding and 1 preceding) as free_at
         from wavekeep.viewing where recording_id = $1 and live_lag_ms <= $2
     )
     select count(*)::int as viewings, ${instant("min(shown_at)")} as "firstAt",
         ${instant("max(shown_at)")} as "lastAt",
         coalesce(floor(max(extract(epoch from shown_at - free_at)) * 1000), 0)::bigint::text
           as "pauseMs"
       from looks having count(*) > 0`,
    [recordingId, liveLagMsMax],
  );
  if (row === undefined) return undefined;
  const { pauseMs, ...live } = row;
  return { ...live, longestPauseMs: Math.max(0, Number(pauseMs)) };
}

async function selectViewings(
  client: pg.PoolClient,
  recordingId: string,
  { limit, after }: LedgerPage,
): Promise<StoredViewing[]> {
  type Row =
    & Omit<StoredViewing, "startMs" | "endMs" | "liveLagMs" | "display">
    & Record<"startMs" | "endMs" | "display", string>
    & { readonly liveLagMs: string | null };
  const { rows } = await prepared<Row>(
    client,
    `select encode(v.viewing_id, 'hex') as "viewingId", ${NAMED}, v.role,
        ${instant("v.shown_at")} as "shownAt", ${instant("v.received_at")} as "receivedAt",
        v.shown_ms as "shownMs", v.start_ms::text as "startMs", v.end_ms::text as "endMs",
        v.live_lag_ms::text as "liveLagMs", v.display::text as display
      from wavekeep.viewing v ${joinPerson("v")}
      where v.recording_id = $1 and ($2::timestamptz is null
        or (v.shown_at, v.viewing_id) < ($2::timestamptz, decode($3, 'hex')))
      order by v.shown_at desc, v.viewing_id desc limit $4`,
    [recordingId, after?.shownAt ?? null, after?.viewingId ?? "", limit],
  );
  return rows.map((row) => ({
    ...row,
    startMs: Number(row.startMs),
    endMs: Number(row.endMs),
    liveLagMs: row.liveLagMs === null ? null : Number(row.liveLagMs),
    display: JSON.parse(row.display),
  }));
}
