/**
 * The leaf of what a patient allows, in the transparency log.
 *
 * It belongs to a patient and to no recording, so its salt is random and stored with it.
 *
 * @see core/log/FORMAT.md, type 11
 * @module
 */

import { asciiBytes, concatBytes } from "@wavekeep/core/bytes";
import { looseLeaf, type NewLeaf, nodeSha256 } from "@wavekeep/core/crypto";
import type { NewConsent } from "./store/consent_store.ts";

const PATIENT_LABEL = asciiBytes("wavekeep/patient/v1\0");
const CONSENT_LABEL = asciiBytes("wavekeep/consent/v1\0");
const TEXT = new TextEncoder();

/** Of one version: its content digest covers what was said and by whom, its stored digest the sealed reason. */
export function consentLeaf(
  siteId: number,
  patientCode: string,
  { version, care, research, legalHold, actor, reasonSealed, madeAtMicros, leafSalt }: NewConsent,
): NewLeaf {
  const said = JSON.stringify([patientCode, version, care, research, legalHold, actor]);
  return looseLeaf({
    type: "consent",
    siteId,
    id: nodeSha256(concatBytes(PATIENT_LABEL, TEXT.encode(patientCode))).slice(0, 16),
    number: version,
    contentDigest: nodeSha256(concatBytes(CONSENT_LABEL, TEXT.encode(said))),
    storedDigest: nodeSha256(reasonSealed),
    receivedAtMicros: madeAtMicros,
  }, leafSalt);
}
