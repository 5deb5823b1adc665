/**
 * Events of people and their credentials, in the transaction of what they tell of.
 *
 * Sole owner of their kinds. The actor is who did it; a detail names people and sessions by their uuids and
 * places without their last part. Hazard: no login, no display name, no free text, nothing of a credential.
 *
 * @module
 */

import { insertEvent } from "../../store/postgres/events.ts";
import type { SiteTx } from "./accounts_store.ts";

/** What happened. */
export type SecurityKind =
  | "sign-in"
  | "sign-in-failed"
  | "sign-out"
  | "locked-out"
  | "refresh-replay"
  | "session-ended"
  | "session-locked"
  | "session-unlocked"
  | "credential-added"
  | "credential-removed"
  | "password-changed"
  | "recovery-code-used"
  | "person-added"
  | "person-changed"
  | "person-disabled"
  | "person-enabled"
  | "role-changed"
  | "link-made"
  | "link-used"
  | "api-key-made"
  | "api-key-ended";

/** What of it, beside who and when. */
export interface SecurityDetail {
  /** Whom it is about, where that is not the actor. */
  readonly person?: string;
  readonly session?: string;
  /** The role that is had from now on. */
  readonly role?: string;
  /** Where it was asked, without the last part of the address. */
  readonly from?: string;
  /** How: `passkey`, `totp`, `recovery` … */
  readonly method?: string;
  /** A slug. */
  readonly reason?: string;
  readonly outcome?: "done" | "refused" | "failed";
  /** Uuid of a credential, a link or a key. */
  readonly subject?: string;
}

/** Writes `security.KIND`. */
export async function insertSecurityEvent(
  tx: SiteTx,
  kind: SecurityKind,
  detail: SecurityDetail = {},
): Promise<void> {
  const given = Object.entries(detail).filter(([, value]) => value !== undefined);
  await insertEvent(tx.client, tx, {
    kind: `security.${kind}`,
    detail: { role: tx.role, ...Object.fromEntries(given) },
  });
}

/** Writes `security.break-glass`, in the column by which whoever asks about a patient finds it. */
export async function insertGlassEvent(
  tx: SiteTx,
  { patientUuid, ...detail }: SecurityDetail & { readonly patientUuid: string },
): Promise<void> {
  await tx.client.query(
    `insert into wavekeep.event (site_id, kind, actor, request_id, patient_uuid, detail)
     values ($1, 'security.break-glass', $2, $3, $4, $5)`,
    [
      tx.siteId,
      tx.actor,
      tx.requestId,
      patientUuid,
      JSON.stringify({ role: tx.role, ...detail, outcome: "done" }),
    ],
  );
}
