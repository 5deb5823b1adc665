/**
 * Patients' keys in memory, for tests: the same promises but for the disk.
 *
 * @module
 */

import { type KeyStore, randomKey } from "@wavekeep/core/crypto";
import { type Faults, NO_FAULTS, withFault } from "./faults.ts";

/** @param keys Survives the store, as a folder survives the process. */
export function memoryKeyStore(
  keys: Map<string, Uint8Array> = new Map(),
  faults: Faults = NO_FAULTS,
): KeyStore {
  return {
    createPatientKey: (patientUuid) =>
      withFault(faults, "createPatientKey", () => {
        const key = keys.get(patientUuid) ?? randomKey();
        keys.set(patientUuid, key);
        return key;
      }),
    patientKey: (patientUuid) => Promise.resolve(keys.get(patientUuid)),
    destroyPatientKey: (patientUuid) => {
      keys.delete(patientUuid);
      return Promise.resolve();
    },
  };
}
