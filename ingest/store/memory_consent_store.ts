/**
 * The consent store in memory: the same contract, for tests and simulations.
 *
 * @module
 */

import type { ConsentStore, StoredConsent } from "./consent_store.ts";

/** Rows by site and patient, the newest first. */
export type MemoryConsents = Map<string, StoredConsent[]>;

/** @param rows What a process before it left behind. */
export function memoryConsentStore(rows: MemoryConsents = new Map()): ConsentStore {
  const of = (siteId: number, patientUuid: string) => rows.get(`${siteId}/${patientUuid}`) ?? [];
  return {
    consents: (siteId, patientUuid) => Promise.resolve([...of(siteId, patientUuid)]),
    putConsent: ({ siteId }, { patientUuid }, { leafSalt: _, ...consent }) => {
      const known = of(siteId, patientUuid);
      if (known.some(({ version }) => version === consent.version)) return Promise.resolve("taken");
      rows.set(`${siteId}/${patientUuid}`, [consent, ...known]);
      return Promise.resolve("stored");
    },
  };
}
