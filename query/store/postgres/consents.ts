/**
 * What patients allow, and who broke the glass.
 *
 * Asked before almost everything that is shown, so it is one flush with a plan of its own (`readSite`).
 *
 * @module
 */

import {
  ask,
  prepared,
  type RawFields,
  readSite,
  type ReadStatement,
  withSite,
} from "@wavekeep/core/service";
import type pg from "pg";
import type { ConsentScope, QueryStore, StoredConsent } from "../query_store.ts";

/** The newest version of a patient `p` holds; without one care is allowed and research is not. */
const NEWEST = `left join lateral (
    select c.care, c.research from wavekeep.patient_consent c
      where c.patient_uuid = p.patient_uuid order by c.version desc limit 1
  ) newest on true`;

/** Whether the person of a parameter has broken the glass for a patient `p`, and it lasts. */
function isGlassOpen(person: string): string {
  return `exists (select from wavekeep.break_glass b
    where b.site_id = current_setting('app.site')::int and b.person_id = ${person}::uuid
      and b.patient_uuid = p.patient_uuid and b.expires_at > clock_timestamp())`;
}

const COLUMNS = `coalesce(newest.care, 'allowed'), coalesce(newest.research, 'denied'),
  coalesce(newest.care = 'restricted', false) and ${isGlassOpen("$2")}`;

function read(fields: RawFields): StoredConsent {
  return {
    care: fields.text() as StoredConsent["care"],
    research: fields.text() as StoredConsent["research"],
    isGlassOpen: fields.boolean(),
  };
}

const OF_RECORDING: ReadStatement<StoredConsent> = {
  name: "wavekeep_consent_of_recording",
  text: `select ${COLUMNS} from (
      select patient_uuid from wavekeep.current_link where recording_id = $1::uuid
    ) p ${NEWEST}`,
  read,
};

const OF_PATIENT: ReadStatement<StoredConsent> = {
  name: "wavekeep_consent_of_patient",
  text: `select ${COLUMNS} from (
      select patient_uuid from wavekeep.patient
        where site_id = current_setting('app.site')::int and patient_code = $1
    ) p ${NEWEST}`,
  read,
};

/** Patients whose research is allowed and whose care is not restricted, by code. */
const RESEARCH: ReadStatement<string> = {
  name: "wavekeep_consent_research",
  text: `select p.patient_code from (
      select distinct patient_uuid from wavekeep.patient_consent where research = 'allowed'
    ) once join wavekeep.patient p on p.patient_uuid = once.patient_uuid ${NEWEST}
    where newest.research = 'allowed' and newest.care = 'allowed' order by p.patient_code`,
  read: (fields) => fields.text(),
};

/** `consent` of the query store. */
export async function readConsent(
  pool: pg.Pool,
  siteId: number,
  scope: ConsentScope,
  personId: string | null,
): Promise<StoredConsent | undefined> {
  const asked = "recordingId" in scope
    ? ask(OF_RECORDING, [scope.recordingId, personId])
    : ask(OF_PATIENT, [scope.patientCode, personId]);
  const [[found]] = await readSite(pool, siteId, [asked]);
  return found;
}

/**
 * The same, asked on the primary: a replica may not know yet. By the role that writes accesses down, which sees no
 * row of it (migration 0031).
 */
export function primaryConsents(pool: pg.Pool): Pick<QueryStore, "consent"> {
  return {
    consent: (siteId, scope, personId) =>
      withSite(pool, siteId, async (client) => {
        const { rows: [found] } = await prepared<StoredConsent>(
          client,
          `select care, research, is_glass_open as "isGlassOpen"
            from wavekeep.consent_of($1, $2, $3)`,
          "recordingId" in scope
            ? [scope.recordingId, null, personId]
            : [null, scope.patientCode, personId],
        );
        return found;
      }),
  };
}

/** `researchPatients` of the query store. */
export async function readResearchPatients(pool: pg.Pool, siteId: number): Promise<string[]> {
  const [codes] = await readSite(pool, siteId, [ask(RESEARCH, [])]);
  return codes;
}

/** Condition of a list: patient `p` is not restricted, or the person of a parameter has broken the glass. */
export function isOpenTo(person: string): string {
  return `(not exists (select from wavekeep.patient_consent c
      where c.patient_uuid = p.patient_uuid and c.care = 'restricted' and c.version = (
        select max(n.version) from wavekeep.patient_consent n where n.patient_uuid = p.patient_uuid))
    or ${isGlassOpen(person)})`;
}
