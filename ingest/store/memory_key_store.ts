/**
 * Patients' keys in memory, for tests: the same promises but for the disk.
 *
 * @module
 */

import { type KeyStore, PatientErasedError, randomKey } from "@wavekeep/core/crypto";
import { type Faults, NO_FAULTS, withFault } from "./faults.ts";

/** @param keys Survives the store, as a folder survives the process. */
export function memoryKeyStore(
  keys: Map<string, Uint8Array> = new Map(),
  faults: Faults = NO_FAULTS,
): KeyStore {
  const erased = new Set<string>();
  return {
    createPatientKey: (patientUuid) =>
      withFault(faults, "createPatientKey", () => {
        if (erased.has(patientUuid)) throw new PatientErasedError("the patient was erased");
        const key = keys.get(patientUuid) ?? randomKey();
        keys.set(patientUuid, key);
        return key;
      }),
    patientKey: (patientUuid) => Promise.resolve(keys.get(patientUuid)),
    destroyPatientKey: (patientUuid) => {
      erased.add(patientUuid);
      keys.delete(patientUuid);
      return Promise.resolve();
    },
    isDestroyed: (patientUuid) => Promise.resolve(erased.has(patientUuid)),
  };
}
