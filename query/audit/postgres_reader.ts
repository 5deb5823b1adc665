/**
 * The audit reader on PostgreSQL, by a role that reads events and codes and nothing sealed.
 *
 * Sole owner of how events are found among millions: each filter has an index of its own that holds no chunk,
 * and where the planner could take a walk through all of them instead, the narrower set is made first
 * (`materialized`, `lateral`). Hazard: texts are put together out of fixed pieces; every value is a parameter.
 *
 * @module
 */

import { checkSchemaVersion, withSite } from "@wavekeep/core/service";
import type pg from "pg";
import type { AuditReader, EventFilter, StoredAccessDay, StoredEvent } from "./audit_reader.ts";

/** Written by others in great numbers; each has its proof. */
const NOT_CHUNKS = "e.kind <> 'chunk.stored'";

const COLUMNS =
  "e.event_id, e.at, e.kind, e.actor, e.request_id, e.recording_id, e.patient_uuid, e.detail";

const NEWEST = "order by e.at desc, e.event_id desc";

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

const AS_INSTANT = (column: string) => `to_char(${column} at time zone 'UTC', ${INSTANT})`;

/** Recordings that are a patient's now. */
const OWN_NOW = (patient: string) =>
  `select r.recording_id from (
     select recording_id from wavekeep.recording where patient_uuid = ${patient}
     union select recording_id from wavekeep.recording_link where patient_uuid = ${patient}
   ) r where ${patient} = coalesce(
     (select n.patient_uuid from wavekeep.recording_link n where n.recording_id = r.recording_id
        order by n.version desc limit 1),
     (select o.patient_uuid from wavekeep.recording o where o.recording_id = r.recording_id))`;

/** Since then every row of an access names its patient. */
const NAMED_SINCE = "(select applied_at from wavekeep.schema_version where version = 29)";

const CODE_OF = `coalesce(
    (select n.recording_code from wavekeep.recording_link n where n.recording_id = e.recording_id
       order by n.version desc limit 1),
    (select r.recording_code from wavekeep.recording r where r.recording_id = e.recording_id))`;

const PATIENT_OF = `coalesce(e.patient_uuid,
    (select n.patient_uuid from wavekeep.recording_link n where n.recording_id = e.recording_id
       order by n.version desc limit 1),
    (select r.patient_uuid from wavekeep.recording r where r.recording_id = e.recording_id))`;

/** The newest name of a person; the cast is made only of what is a UUID. */
const PERSON = `left join lateral (
    select p.login, v.display_name from wavekeep.person p
      left join lateral (select display_name from wavekeep.person_version v
        where v.person_id = p.person_id order by v.change_no desc limit 1) v on true
      where p.person_id = case when e.actor ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        then e.actor::uuid end
  ) person on true`;

/** Reads through a pool of `wavekeep_auditor` connections. */
export function postgresAuditReader(pool: pg.Pool): AuditReader {
  return {
    events: (siteId, filter) =>
      withSite(pool, siteId, (client) => selectEvents(client, siteId, filter)),
    kinds: (siteId) => withSite(pool, siteId, (client) => selectKinds(client, siteId)),
    patient: (siteId, patientCode) =>
      withSite(pool, siteId, async (client) => {
        const { rows } = await client.query<{ patientUuid: string }>(
          `select patient_uuid as "patientUuid" from wavekeep.patient
            where site_id = $1 and patient_code = $2`,
          [siteId, patientCode],
        );
        return rows[0]?.patientUuid;
      }),
    recordings: (siteId, recordingCode, patientUuid) =>
      withSite(pool, siteId, async (client) => {
        const { rows } = await client.query<{ recordingId: string }>(
          `select recording_id as "recordingId" from (
              select recording_id, site_id, patient_uuid, recording_code from wavekeep.recording
              union all
              select recording_id, site_id, patient_uuid, recording_code from wavekeep.recording_link
            ) every
            where site_id = $1 and recording_code = $2 and ($3::uuid is null or patient_uuid = $3)
            group by 1`,
          [siteId, recordingCode, patientUuid ?? null],
        );
        return rows.map(({ recordingId }) => recordingId);
      }),
    accesses: (siteId, patientUuid, range) =>
      withSite(pool, siteId, (client) => selectAccesses(client, patientUuid, range)),
    checkReady: async () => {
      await checkSchemaVersion(pool);
    },
  };
}

/** One step of the index a kind, however many events there are. */
async function selectKinds(client: pg.PoolClient, siteId: number): Promise<string[]> {
  const next = (bound: string) =>
    `(select e.kind from wavekeep.event e where e.site_id = $1 and ${NOT_CHUNKS}${bound}
       order by e.kind limit 1)`;
  const { rows } = await client.query<{ kind: string }>(
    `with recursive known as (
       select ${next("")} as kind
       union all
       select ${next(" and e.kind > known.kind")} from known where known.kind is not null
     ) select kind from known where kind is not null`,
    [siteId],
  );
  return rows.map(({ kind }) => kind);
}

async function selectEvents(
  client: pg.PoolClient,
  siteId: number,
  filter: EventFilter,
): Promise<StoredEvent[]> {
  const values: unknown[] = [siteId];
  const value = (given: unknown) => `$${values.push(given)}`;
  const conditions = ["e.site_id = $1", NOT_CHUNKS];
  if (filter.from !== undefined) conditions.push(`e.at >= ${value(filter.from)}::timestamptz`);
  if (filter.to !== undefined) conditions.push(`e.at < ${value(filter.to)}::timestamptz`);
  if (filter.after !== undefined) {
    const { at, eventId } = filter.after;
    conditions.push(
      `(e.at, e.event_id) < (${value(at)}::timestamptz, ${value(eventId)}::bigint)`,
    );
  }
  const isNarrow = filter.actor !== undefined || filter.patientUuid !== undefined ||
    filter.recordingId !== undefined;
  if (filter.actor !== undefined) conditions.push(`e.actor = ${value(filter.actor)}`);
  const kinds = filter.kinds && `${value(filter.kinds)}::text[]`;
  if (kinds !== undefined && isNarrow) conditions.push(`e.kind = any(${kinds})`);
  const limit = `limit ${value(filter.limit)}`;
  const all = conditions.join(" and ");
  let found = `select ${COLUMNS} from wavekeep.event e where ${all} ${NEWEST} ${limit}`;
  if (filter.recordingId !== undefined || filter.patientUuid !== undefined) {
    const recording = filter.recordingId && `e.recording_id = ${value(filter.recordingId)}::uuid`;
    const patient = filter.patientUuid && `${value(filter.patientUuid)}::uuid`;
    // Made whole before it is put in order: else all events may be walked through for these few.
    const parts = recording !== undefined ? [recording] : [
      `e.patient_uuid = ${patient}`,
      `e.recording_id in (${OWN_NOW(patient!)})
           and e.patient_uuid is distinct from ${patient}`,
    ];
    const some = parts.map((part) =>
      `select ${COLUMNS} from wavekeep.event e where ${all} and ${part}`
    );
    found = `with narrow as materialized (${some.join(" union all ")})
      select * from narrow e ${NEWEST} ${limit}`;
  } else if (kinds !== undefined && !isNarrow) {
    found = `select e.* from unnest(${kinds}) as wanted (kind) cross join lateral (
        select ${COLUMNS} from wavekeep.event e where ${all} and e.kind = wanted.kind
          ${NEWEST} ${limit}) e ${NEWEST} ${limit}`;
  }
  const { rows } = await client.query<StoredEvent>(
    `with found as materialized (${found})
     select e.event_id::text as "eventId", ${AS_INSTANT("e.at")} as "at", e.kind, e.actor,
         person.login, person.display_name as "displayName", e.request_id as "requestId",
         (select p.patient_code from wavekeep.patient p where p.patient_uuid = ${PATIENT_OF})
           as "patientCode",
         ${CODE_OF} as "recordingCode", e.detail
       from found e ${PERSON} ${NEWEST}`,
    values,
  );
  return rows;
}

async function selectAccesses(
  client: pg.PoolClient,
  patientUuid: string,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<StoredAccessDay[]> {
  const inTime =
    `($2::timestamptz is null or e.at >= $2) and ($3::timestamptz is null or e.at < $3)`;
  const isAccess =
    `(e.kind like 'access.%' or e.kind like 'export.%' or e.kind = 'security.break-glass')`;
  const columns = "e.event_id, e.at, e.kind, e.actor, e.recording_id, e.detail";
  // A hundred thousand rows and their seconds stay in memory.
  await client.query("set local work_mem = '64MB'");
  const { rows } = await client.query<StoredAccessDay>(
    `with own as materialized (${OWN_NOW("$1::uuid")}),
     moved as materialized (
       select l.recording_id from wavekeep.recording_link l join own using (recording_id) group by 1
     ),
     seen as materialized (
       select ${columns}, (e.at at time zone 'UTC')::date as day from wavekeep.event e
         where e.patient_uuid = $1 and ${isAccess} and ${inTime}
       union all
       select ${columns}, (e.at at time zone 'UTC')::date from wavekeep.event e
         where e.recording_id in (select recording_id from moved) and ${NOT_CHUNKS} and ${isAccess}
           and e.patient_uuid is distinct from $1 and ${inTime}
       union all
       select ${columns}, (e.at at time zone 'UTC')::date from wavekeep.event e
         where e.recording_id in (select recording_id from own except select recording_id from moved)
           and ${NOT_CHUNKS} and ${isAccess} and e.patient_uuid is null and ${inTime}
           and e.at < ${NAMED_SINCE}
     ),
     stretches as materialized (
       select e.actor, e.day, e.recording_id,
           range_agg(int8range((ms->>0)::bigint, (ms->>1)::bigint)) as ms
         from seen e cross join lateral jsonb_array_elements(e.detail->'ms') as ms
         where e.kind = 'access.shown' and e.detail->>'thing' = 'samples'
         group by 1, 2, 3
     ),
     of_days as (
       select actor, day, sum(upper(one) - lower(one))::float8 as ms
         from stretches cross join lateral unnest(ms) as one group by 1, 2
     ),
     of_all as (
       select actor, sum(upper(one) - lower(one))::float8 as ms
         from (select actor, range_agg(ms) as ms from stretches group by actor, recording_id) every
           cross join lateral unnest(ms) as one group by 1
     ),
     days as (
       select e.actor, e.day, min(e.at) as first_at, max(e.at) as last_at,
           array_agg(distinct e.detail->>'role') filter (where e.detail ? 'role') as roles,
           count(*) filter (where e.kind = 'access.granted')::int as grants,
           (count(*) filter (where e.kind = 'export.downloaded') +
             coalesce(sum((e.detail->>'count')::int) filter (
               where e.kind = 'access.shown' and e.detail->>'thing' = 'export'), 0))::int as exports,
           count(*) filter (where e.kind = 'security.break-glass')::int as break_glass,
           count(*) filter (where e.kind in ('access.refused', 'export.refused'))::int as refused,
           array_agg(distinct e.recording_id) filter (where e.recording_id is not null) as recordings
         from seen e group by 1, 2
     ),
     names as materialized (
       select e.actor, person.login, person.display_name
         from (select distinct actor from seen) e ${PERSON}
     ),
     codes as materialized (
       select e.recording_id, ${CODE_OF} as code
         from (select distinct recording_id from seen where recording_id is not null) e
     )
     select e.actor, names.login, names.display_name as "displayName", e.day::text as "day",
         coalesce(e.roles, '{}') as "roles", ${AS_INSTANT("e.first_at")} as "firstAt",
         ${AS_INSTANT("e.last_at")} as "lastAt", e.grants, e.exports,
         e.break_glass as "breakGlass", e.refused,
         array(select code from codes where codes.recording_id = any(e.recordings)) as "recordings",
         coalesce(of_days.ms, 0) as "dayMs", coalesce(of_all.ms, 0) as "allMs"
       from days e join names using (actor) left join of_days using (actor, day)
         left join of_all using (actor)
       order by e.day`,
    [patientUuid, from ?? null, to ?? null],
  );
  return rows;
}
