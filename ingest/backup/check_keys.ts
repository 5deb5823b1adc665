/**
 * Whether a key folder and a restored database belong together.
 *
 * The two have backups of their own, on purpose (decision 0006), so they may be of different days. What a
 * key opens can be told without reading a sample: each recording's key is wrapped by its patient's.
 *
 * @module
 */

import { erasedPatients, fileKeyStore, recordingKeyPlace, unwrapKey } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import type pg from "pg";
import { fileKeptLinks } from "../reassign/kept_links.ts";

/** A patient by the site's code. */
export interface PatientCode {
  readonly siteId: number;
  readonly patientCode: string;
}

/** How they fit. */
export interface KeyFit {
  readonly recordingCount: number;
  /** Recordings whose key opens. */
  readonly fitCount: number;
  /** Erased in the key folder and in the database. */
  readonly erasedCount: number;
  /** Erased in the key folder, of which the database knows nothing: to be erased again, for the log. */
  readonly toErase: readonly PatientCode[];
  /** Reassigned since, so that the key of then is destroyed: `reassign --finish` stores the new wrappings. */
  readonly toReassign: readonly PatientCode[];
  /** No key is there, and nobody says that it was erased: the key folder is older than the database. */
  readonly withoutKey: readonly PatientCode[];
  /** A key is there and does not open what it should: another folder, or another master key. */
  readonly wrongKey: readonly PatientCode[];
}

interface Row extends PatientCode {
  readonly recordingId: string;
  readonly keyUuid: string;
  readonly wrappedKey: Uint8Array;
  readonly isErased: boolean;
}

/**
 * Compares them; nothing is written.
 *
 * @param client A superuser: all sites are looked at.
 */
export async function checkKeys(client: pg.Client, keyFolder: string): Promise<KeyFit> {
  const keys = await fileKeyStore(keyFolder);
  const erased = await erasedPatients(keyFolder);
  const { rows } = await client.query<Row>(
    `select l.site_id as "siteId", p.patient_code as "patientCode", l.recording_id as "recordingId",
        l.key_uuid as "keyUuid", l.wrapped_key as "wrappedKey", e.patient_uuid is not null as "isErased"
      from wavekeep.current_link l
        join wavekeep.patient p on p.patient_uuid = l.patient_uuid
        left join wavekeep.patient_erasure e on e.patient_uuid = p.patient_uuid
      order by l.site_id, p.patient_code, l.recording_id`,
  );
  const relinked = await relinkedSince(keyFolder, new Set(rows.map(({ siteId }) => siteId)));
  const found = {
    toErase: new Map(),
    toReassign: new Map(),
    withoutKey: new Map(),
    wrongKey: new Map(),
  };
  let fitCount = 0, erasedCount = 0;
  const note = (of: Map<string, PatientCode>, { siteId, patientCode }: Row) =>
    of.set(`${siteId}/${patientCode}`, { siteId, patientCode });
  for (const row of rows) {
    const key = await keys.patientKey(row.keyUuid);
    if (key === undefined) {
      if (relinked.has(`${row.recordingId}/${row.keyUuid}`)) note(found.toReassign, row);
      else if (!erased.has(row.keyUuid)) note(found.withoutKey, row);
      else if (row.isErased) erasedCount++;
      else note(found.toErase, row);
    } else if (opens(key, row)) fitCount++;
    else note(found.wrongKey, row);
  }
  return {
    recordingCount: rows.length,
    fitCount,
    erasedCount,
    toErase: [...found.toErase.values()],
    toReassign: [...found.toReassign.values()],
    withoutKey: [...found.withoutKey.values()],
    wrongKey: [...found.wrongKey.values()],
  };
}

/** Recordings whose wrapping was replaced, each with the key of before, as the key folder remembers them. */
async function relinkedSince(keyFolder: string, siteIds: Iterable<number>): Promise<Set<string>> {
  const relinked = new Set<string>();
  for (const siteId of siteIds) {
    for (const { links } of await fileKeptLinks(keyFolder).all(siteId)) {
      for (const { before } of links) relinked.add(`${before.recordingId}/${before.keyUuid}`);
    }
  }
  return relinked;
}

function opens(patientKey: Uint8Array, { siteId, recordingId, wrappedKey }: Row): boolean {
  try {
    unwrapKey(patientKey, recordingKeyPlace(siteId, recordingId), new Uint8Array(wrappedKey));
    return true;
  } catch (error) {
    if (!isCoreError(error)) throw error;
    return false;
  }
}
