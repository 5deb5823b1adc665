/**
 * Reassignment on PostgreSQL, by a role that reads no body and changes no row.
 *
 * @module
 */

import { withSite } from "@wavekeep/core/service";
import type pg from "pg";
import { formatInstant } from "../instant.ts";
import type {
  LinkedPatient,
  LinkedRecording,
  NewLink,
  ReassignStore,
  Relinking,
} from "./reassign_store.ts";

const RECORDINGS = `select r.site_id as "siteId", r.recording_id as "recordingId",
    l.patient_uuid as "patientUuid", p.patient_code as "patientCode",
    l.recording_code as "recordingCode", l.key_uuid as "keyUuid", l.wrapped_key as "wrappedKey",
    r.reference, l.version
  from wavekeep.recording r
    join wavekeep.current_link l on l.recording_id = r.recording_id
    join wavekeep.patient p on p.patient_uuid = l.patient_uuid`;

const PATIENTS = `select p.patient_uuid as "patientUuid", p.patient_code as "patientCode",
    coalesce(k.key_uuid, p.patient_uuid) as "keyUuid", coalesce(k.version, 1) as "keyVersion"
  from wavekeep.patient p left join lateral (
    select key_uuid, version from wavekeep.patient_key
      where patient_uuid = p.patient_uuid order by version desc limit 1) k on true`;

/** @param pool Connections of role `wavekeep_registrar`. */
export function postgresReassignStore(pool: pg.Pool): ReassignStore {
  const rowsOf = <T extends pg.QueryResultRow>(siteId: number, text: string, values: unknown[]) =>
    withSite(pool, siteId, async (client) => (await client.query<T>(text, values)).rows);
  return {
    async findRecording(siteId, { patientCode, recordingCode }) {
      const [row] = await rowsOf<LinkedRecording>(
        siteId,
        `${RECORDINGS} where p.patient_code = $1 and l.recording_code = $2`,
        [patientCode, recordingCode],
      );
      return row && toRecording(row);
    },

    async findPatient(siteId, patientCode) {
      const [row] = await rowsOf<LinkedPatient>(
        siteId,
        `${PATIENTS} where p.patient_code = $1`,
        [patientCode],
      );
      return row;
    },

    async recordingsOf(siteId, patientUuid) {
      const rows = await rowsOf<LinkedRecording>(
        siteId,
        `${RECORDINGS} where l.patient_uuid = $1 order by r.recording_id`,
        [patientUuid],
      );
      return rows.map(toRecording);
    },

    async addPatient(siteId, { patientUuid, patientCode, actor }) {
      await withSite(pool, siteId, async (client) => {
        const { rowCount } = await client.query(
          `insert into wavekeep.patient (patient_uuid, site_id, patient_code) values ($1, $2, $3)
            on conflict (site_id, patient_code) do nothing`,
          [patientUuid, siteId, patientCode],
        );
        if (rowCount === 0) return;
        await client.query(
          `insert into wavekeep.event (site_id, kind, actor) values ($1, 'patient.added', $2)`,
          [siteId, actor],
        );
      });
      const patient = await this.findPatient(siteId, patientCode);
      return patient!;
    },

    relink: (relinking) =>
      withSite(pool, relinking.siteId, async (client) => {
        await lockPatients(client, relinking);
        if (!await standsAsRead(client, relinking)) return false;
        await write(client, relinking);
        return true;
      }),

    restore: (relinking) =>
      withSite(pool, relinking.siteId, async (client) => {
        await lockPatients(client, relinking);
        for (const { patientUuid, patientCode } of relinking.patients) {
          await client.query(
            `insert into wavekeep.patient (patient_uuid, site_id, patient_code) values ($1, $2, $3)
              on conflict do nothing`,
            [patientUuid, relinking.siteId, patientCode],
          );
        }
        const present = await missingLinks(client, relinking);
        if (present === undefined) return false;
        await write(client, { ...relinking, links: present });
        return true;
      }),

    async replacedKeys(siteId) {
      const rows = await rowsOf<{ keyUuid: string }>(
        siteId,
        // A key is replaced by the one of the next version; the first is the patient's own.
        `select coalesce(earlier.key_uuid, k.patient_uuid) as "keyUuid"
          from wavekeep.patient_key k left join wavekeep.patient_key earlier
            on earlier.patient_uuid = k.patient_uuid and earlier.version = k.version - 1`,
        [],
      );
      return rows.map(({ keyUuid }) => keyUuid);
    },
  };
}

/**
 * Keeps everybody else from opening a recording of these patients, and from reassigning one, until the
 * transaction ends: trigger `refuse_stale_key` takes the same lock, shared.
 */
async function lockPatients(client: pg.PoolClient, { patients }: Relinking): Promise<void> {
  for (const patientUuid of patients.map(({ patientUuid }) => patientUuid).sort()) {
    await client.query(
      "select pg_advisory_xact_lock(hashtextextended('wavekeep.patient_key/' || $1::uuid::text, 0))",
      [patientUuid],
    );
  }
}

/** Each statement sees what was committed before the lock was given. */
async function standsAsRead(
  client: pg.PoolClient,
  { patients, newKeys, links }: Relinking,
): Promise<boolean> {
  const { rows: now } = await client.query<LinkedPatient>(
    `${PATIENTS} where p.patient_uuid = any($1::uuid[])
      and not exists (select from wavekeep.patient_erasure e where e.patient_uuid = p.patient_uuid)`,
    [patients.map(({ patientUuid }) => patientUuid)],
  );
  const isSame = patients.every((patient) =>
    now.some((row) =>
      row.patientUuid === patient.patientUuid && row.keyVersion === patient.keyVersion
    )
  );
  if (!isSame) return false;
  // Everything of who gets a new key, and everything that moves, at the version that was read.
  const { rows } = await client.query<{ recordingId: string; version: number }>(
    `select recording_id as "recordingId", version from wavekeep.current_link
      where patient_uuid = any($1::uuid[]) or recording_id = any($2::uuid[])`,
    [newKeys.map(({ of }) => of.patientUuid), links.map(({ before }) => before.recordingId)],
  );
  const isRead = rows.length === links.length &&
    rows.every((row) =>
      links.some(({ before }) =>
        before.recordingId === row.recordingId && before.version === row.version
      )
    );
  return isRead && !await isTaken(client, links);
}

/** Whether a recording that stays has the codes of one that comes. */
async function isTaken(client: pg.PoolClient, links: readonly NewLink[]): Promise<boolean> {
  const { rows } = await client.query(
    `select from wavekeep.current_link
      join unnest($1::uuid[], $2::text[]) as wanted (patient_uuid, recording_code)
        using (patient_uuid, recording_code)
      where recording_id <> all($3::uuid[])`,
    [
      links.map(({ patientUuid }) => patientUuid),
      links.map(({ recordingCode }) => recordingCode),
      links.map(({ before }) => before.recordingId),
    ],
  );
  return rows.length > 0;
}

/** Links that were lost, of recordings that are there; undefined: nothing was lost, or it went on differently. */
async function missingLinks(
  client: pg.PoolClient,
  { newKeys, links }: Relinking,
): Promise<NewLink[] | undefined> {
  const { rows: known } = await client.query(
    `select from wavekeep.patient_key
      join unnest($1::uuid[], $2::int[]) as lost (patient_uuid, version)
        using (patient_uuid, version)`,
    [
      newKeys.map(({ of }) => of.patientUuid),
      newKeys.map(({ of }) => of.keyVersion + 1),
    ],
  );
  if (known.length > 0) return undefined;
  const { rows } = await client.query<{ recordingId: string; version: number }>(
    `select recording_id as "recordingId", version from wavekeep.current_link
      where recording_id = any($1::uuid[])`,
    [links.map(({ before }) => before.recordingId)],
  );
  return links.filter(({ before }) =>
    rows.some((row) => row.recordingId === before.recordingId && row.version === before.version)
  );
}

async function write(client: pg.PoolClient, relinking: Relinking): Promise<void> {
  const { siteId, actor, reason, atMicros, newKeys, links } = relinking;
  const at = formatInstant(atMicros);
  for (const { of, keyUuid } of newKeys) {
    await client.query(
      `insert into wavekeep.patient_key (key_uuid, patient_uuid, site_id, version, since)
        values ($1, $2, $3, $4, $5)`,
      [keyUuid, of.patientUuid, siteId, of.keyVersion + 1, at],
    );
    await client.query(
      `insert into wavekeep.event (site_id, kind, actor, detail)
        values ($1, 'patient.key-replaced', $2, $3)`,
      [siteId, actor, JSON.stringify({ reason })],
    );
  }
  for (const { before, patientUuid, recordingCode, keyUuid, wrappedKey, leaf } of links) {
    await client.query(
      `insert into wavekeep.recording_link (recording_id, version, site_id, patient_uuid,
          recording_code, key_uuid, wrapped_key, reason, actor, linked_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        before.recordingId,
        before.version + 1,
        siteId,
        patientUuid,
        recordingCode,
        keyUuid,
        wrappedKey,
        reason,
        actor,
        at,
      ],
    );
    const isMoved = before.patientUuid !== patientUuid || before.recordingCode !== recordingCode;
    await client.query(
      `insert into wavekeep.event
          (site_id, kind, actor, recording_id, detail, leaf_entry, leaf_content)
        values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        siteId,
        isMoved ? "recording.reassigned" : "recording.rewrapped",
        actor,
        before.recordingId,
        JSON.stringify({ reason, version: before.version + 1 }),
        leaf.entry,
        leaf.content,
      ],
    );
  }
}

function toRecording(row: LinkedRecording): LinkedRecording {
  return {
    ...row,
    wrappedKey: new Uint8Array(row.wrappedKey),
    reference: new Uint8Array(row.reference),
  };
}
