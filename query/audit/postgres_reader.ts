/**
 * The audit reader on PostgreSQL, by a role that reads events and codes and nothing sealed.
 *
 * Sole owner of how events are found among millions: each filter has an index of its own that holds no chunk
 * and is in the order of time, so a page is read and not what it is a page of (`lateral` where several such make
 * one answer). Hazard: texts are put together out of fixed pieces; every value is a parameter.
 *
 * @module
 */

import { checkSchemaVersion, withSite } from "@wavekeep/core/service";
import type pg from "pg";
import { joinPerson } from "../store/postgres/person_sql.ts";
import type { AuditReader, EventFilter, StoredEvent } from "./audit_reader.ts";
import { AS_INSTANT, CODE_OF, NOT_CHUNKS, OWN_NOW, PATIENT_OF } from "./event_sql.ts";
import { selectAccesses } from "./patient_accesses.ts";

const COLUMNS =
  "e.event_id, e.at, e.kind, e.actor, e.request_id, e.recording_id, e.patient_uuid, e.detail";

const NEWEST = "order by e.at desc, e.event_id desc";

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
    accesses: (siteId, patientUuid, filter) =>
      withSite(pool, siteId, (client) => selectAccesses(client, patientUuid, filter)),
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
  const page = (condition = "true") =>
    `select ${COLUMNS} from wavekeep.event e where ${all} and ${condition} ${NEWEST} ${limit}`;
  let found = page();
  if (filter.recordingId !== undefined) {
    found = page(`e.recording_id = ${value(filter.recordingId)}::uuid`);
  } else if (filter.patientUuid !== undefined) {
    found = pageOfPatient(`${value(filter.patientUuid)}::uuid`, page) + ` ${NEWEST} ${limit}`;
  } else if (kinds !== undefined && !isNarrow) {
    found = `select e.* from unnest(${kinds}) as wanted (kind) cross join lateral (
        ${page("e.kind = wanted.kind")}) e ${NEWEST} ${limit}`;
  }
  const { rows } = await client.query<StoredEvent>(
    `with found as materialized (${found})
     select e.event_id::text as "eventId", ${AS_INSTANT("e.at")} as "at", e.kind, e.actor,
         person.login, person.display_name as "displayName", e.request_id as "requestId",
         (select p.patient_code from wavekeep.patient p where p.patient_uuid = ${PATIENT_OF})
           as "patientCode",
         ${CODE_OF} as "recordingCode", e.detail
       from found e ${joinPerson("e")} ${NEWEST}`,
    values,
  );
  return rows;
}

/**
 * Pages of what names the patient, and of its own recordings, together: what names nobody, and what names the
 * patient that a recording was of. Each is in the order of an index of its own and goes no further than a page.
 */
function pageOfPatient(patient: string, page: (condition: string) => string): string {
  const own = "e.recording_id is not null and e.recording_id = own.recording_id";
  return `with own as materialized (${OWN_NOW(patient)}),
    moved as materialized (
      select l.recording_id from wavekeep.recording_link l join own using (recording_id) group by 1
    )
    select e.* from (
      (${page(`e.patient_uuid = ${patient}`)})
      union all
      select e.* from own cross join lateral (${page(`${own} and e.patient_uuid is null`)}) e
      union all
      select e.* from moved as own
        cross join lateral (${page(`${own} and e.patient_uuid <> ${patient}`)}) e
    ) e`;
}
