/**
 * Where versions of what patients allow live, as an interface with its promises.
 *
 * Everything here is appended and never changed: the newest version holds.
 *
 * @module
 */

import type { CareConsent, ResearchConsent } from "@wavekeep/core/wire";
import type { Sender } from "./ingest_store.ts";

/** One version of what a patient allows. */
export interface StoredConsent {
  readonly version: number;
  readonly care: CareConsent;
  readonly research: ResearchConsent;
  readonly legalHold: boolean;
  readonly actor: string;
  /** µs since 1970. */
  readonly madeAtMicros: bigint;
  /** Under the patient's key that `keyUuid` names. */
  readonly reasonSealed: Uint8Array;
  readonly keyUuid: string;
}

/** A version about to be stored. */
export interface NewConsent extends StoredConsent {
  /** Of its leaf in the log, 32 random bytes. */
  readonly leafSalt: Uint8Array;
}

/** Versions of consents. Throws what `IngestStore` throws; what returned survives a crash. */
export interface ConsentStore {
  /** Every version of a patient's, the newest first. */
  consents(siteId: number, patientUuid: string): Promise<StoredConsent[]>;

  /** Stores a version with its event. `taken`: another one got its number first, and nothing was stored. */
  putConsent(
    sender: Sender,
    patient: { readonly patientUuid: string; readonly patientCode: string },
    consent: NewConsent,
  ): Promise<"stored" | "taken">;
}
