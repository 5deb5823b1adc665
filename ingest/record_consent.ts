// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * What a patient allows: said in versions, the newest of which holds.
 *
 * Sole owner of how a version follows from the one before. The reason is sealed under the patient's key, so an
 * erasure takes it along; where that key was replaced (decision 0037) reasons from before open no more, and
 * what was said still holds.
 *
 * @see core/decisions/0045-consent-and-restriction.md
 * @module
 */

import { consentPlace, seal, unseal } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { ConsentRequest, ConsentResponse, ConsentVersion } from "@wavekeep/core/wire";
import type { IngestDeps } from "./deps.ts";
import { formatInstant } from "./instant.ts";
import type { StoredConsent } from "./store/consent_store.ts";
import type { Sender, StoredPatient } from "./store/ingest_store.ts";

type ConsentDeps = Pick<
  IngestDeps,
  "store" | "keyStore" | "consents" | "clock" | "randomBytes"
>;

/** Two people may say something at the same moment; a third time is no accident. */
const ATTEMPTS = 5;

/** What holds where nobody has said anything. */
const UNSAID = {
  version: 0,
  care: "allowed",
  research: "denied",
  legalHold: false,
} as const;

/**
 * `POST /patients/:patient_id/consent`.
 *
 * @throws {ProblemError} `not-found`: the site has no such patient.
 * @throws {PatientErasedError} There is nothing left to allow.
 */
export async function recordConsent(
  deps: ConsentDeps,
  sender: Sender,
  patientCode: string,
  request: ConsentRequest,
): Promise<ConsentResponse> {
  const patient = await findPatient(deps, sender.siteId, patientCode);
  const { patientUuid, keyUuid } = patient;
  const key = await deps.keyStore.createPatientKey(keyUuid);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = (await deps.consents.consents(sender.siteId, patientUuid))[0] ?? UNSAID;
    const version = before.version + 1;
    const place = consentPlace(sender.siteId, patientUuid, version);
    const put = await deps.consents.putConsent(sender, { patientUuid, patientCode }, {
      version,
      care: request.care ?? before.care,
      research: request.research ?? before.research,
      legalHold: request.legal_hold ?? before.legalHold,
      actor: sender.actor,
      madeAtMicros: deps.clock.nowMicros(),
      reasonSealed: seal(key, place, new TextEncoder().encode(request.reason)),
      keyUuid,
      leafSalt: deps.randomBytes(32),
    });
    if (put === "stored") {
      return await describe(deps, sender, { patientCode, patient, mayRead: true });
    }
  }
  throw new ProblemError("store-unavailable", { retryAfterSeconds: 1 });
}

/**
 * `GET /patients/:patient_id/consent`.
 *
 * @param options.withReasons For who may change what is said.
 * @throws {ProblemError} `not-found`.
 */
export async function readConsent(
  deps: ConsentDeps,
  sender: Sender,
  patientCode: string,
  { withReasons }: { readonly withReasons: boolean },
): Promise<ConsentResponse> {
  const patient = await findPatient(deps, sender.siteId, patientCode);
  return await describe(deps, sender, { patientCode, patient, mayRead: withReasons });
}

async function findPatient(
  { store }: Pick<ConsentDeps, "store">,
  siteId: number,
  patientCode: string,
): Promise<StoredPatient> {
  const patient = await store.findPatient(siteId, patientCode);
  if (patient !== undefined) return patient;
  throw new ProblemError("not-found", { detail: "The site has no such patient" });
}

async function describe(
  deps: ConsentDeps,
  { siteId }: Sender,
  { patientCode, patient, mayRead }: {
    readonly patientCode: string;
    readonly patient: StoredPatient;
    readonly mayRead: boolean;
  },
): Promise<ConsentResponse> {
  const { patientUuid } = patient;
  const stored = await deps.consents.consents(siteId, patientUuid);
  const versions = await Promise.all(stored.map(async (row): Promise<ConsentVersion> => ({
    version: row.version,
    care: row.care,
    research: row.research,
    legal_hold: row.legalHold,
    actor: row.actor,
    at: formatInstant(row.madeAtMicros),
    reason: mayRead ? await openReason(deps, { siteId, patientUuid, row }) : null,
  })));
  const { legalHold, ...unsaid } = UNSAID;
  const none = { ...unsaid, legal_hold: legalHold, actor: null, at: null, reason: null };
  return { patient_id: patientCode, current: versions[0] ?? none, versions };
}

/** Null: the patient was erased, or has another key by now. */
async function openReason(
  { keyStore }: Pick<ConsentDeps, "keyStore">,
  { siteId, patientUuid, row }: {
    readonly siteId: number;
    readonly patientUuid: string;
    readonly row: StoredConsent;
  },
): Promise<string | null> {
  const key = await keyStore.patientKey(row.keyUuid);
  if (key === undefined) return null;
  const place = consentPlace(siteId, patientUuid, row.version);
  return new TextDecoder().decode(unseal(key, place, row.reasonSealed));
}
