/**
 * Versions of what patients allow. Each write is one transaction with its event row, whose leaf goes into the
 * log.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import { consentLeaf } from "../../consent_leaf.ts";
import { formatInstant } from "../../instant.ts";
import type { ConsentStore, StoredConsent } from "../consent_store.ts";
import { insertEvent } from "./events.ts";
import { bytes, microsOf } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

interface ConsentRow extends Omit<StoredConsent, "madeAtMicros"> {
  readonly madeAtMicros: string;
}

/** @param pool Connections of role `wavekeep_writer`. */
export function postgresConsentStore(pool: pg.Pool): ConsentStore {
  return {
    consents: (siteId, patientUuid) =>
      inTransaction(pool, siteId, async (client) => {
        const { rows } = await prepared<ConsentRow>(
          client,
          `select version, care, research, legal_hold as "legalHold", actor,
              ${microsOf("made_at")} as "madeAtMicros", reason_sealed as "reasonSealed",
              key_uuid as "keyUuid"
            from wavekeep.patient_consent where patient_uuid = $1 order by version desc`,
          [patientUuid],
        );
        return rows.map((row) => ({
          ...row,
          madeAtMicros: BigInt(row.madeAtMicros),
          reasonSealed: bytes(row.reasonSealed),
        }));
      }),
    putConsent: (sender, { patientUuid, patientCode }, consent) =>
      inTransaction(pool, sender.siteId, async (client) => {
        const { version, care, research, legalHold } = consent;
        const { rowCount } = await client.query(
          `insert into wavekeep.patient_consent (patient_uuid, version, site_id, care, research,
              legal_hold, reason_sealed, key_uuid, actor, made_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
          [
            patientUuid,
            version,
            sender.siteId,
            care,
            research,
            legalHold,
            consent.reasonSealed,
            consent.keyUuid,
            consent.actor,
            formatInstant(consent.madeAtMicros),
          ],
        );
        if (rowCount !== 1) return "taken";
        await insertEvent(client, sender, {
          kind: "consent.changed",
          detail: { "patient_uuid": patientUuid, version, care, research, "legal_hold": legalHold },
          leaf: consentLeaf(sender.siteId, patientCode, consent),
        });
        return "stored";
      }),
  };
}
