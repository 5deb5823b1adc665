/**
 * Somebody has to see a patient whose data they are kept from, and says why: for half an hour they may.
 *
 * The reason may say anything of the patient, so it lies sealed under the patient's key and goes with it; events
 * and answers hold none of it. Nothing asks for permission here: that is what an emergency is. What keeps it rare
 * is that it is told of at once, to whoever is called by the metric, and for good, in the audit.
 *
 * @module
 */

import { breakGlassPlace, seal } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { AccountsDeps } from "../deps.ts";
import type { Caller } from "../store/accounts_store.ts";
import { instant } from "../store/instants.ts";
import { insertGlassEvent } from "../store/security_event.ts";

/** How long a broken glass stays open, in milliseconds. */
export const GLASS_MS = 30 * 60_000;

/** What somebody wants to see, and why. */
export interface GlassRequest {
  /** The site's code of the patient. */
  readonly patientCode: string;
  readonly reason: string;
  readonly sessionId: string;
}

/**
 * `POST /break-glass`.
 *
 * @returns Until when, in milliseconds since 1970.
 * @throws {ProblemError} `not-found`, `patient-erased`.
 */
export async function openGlass(
  { store, keyStore, nowMs, metrics }: AccountsDeps,
  caller: Caller,
  { patientCode, reason, sessionId }: GlassRequest,
): Promise<number> {
  const untilMs = await store.inSite(caller, async (tx) => {
    const { rows: [patient] } = await tx.client.query<{ patientUuid: string }>(
      `select patient_uuid as "patientUuid" from wavekeep.patient where patient_code = $1`,
      [patientCode],
    );
    if (patient === undefined) {
      throw new ProblemError("not-found", { detail: "No such patient at this site" });
    }
    const { patientUuid } = patient;
    const key = await keyStore.patientKey(patientUuid);
    if (key === undefined) throw new ProblemError("patient-erased");
    const openedAtMs = nowMs();
    const expiresAtMs = openedAtMs + GLASS_MS;
    const glassId = crypto.randomUUID();
    const place = breakGlassPlace(tx.siteId, glassId);
    await tx.client.query(
      `insert into wavekeep.break_glass
         (break_glass_id, person_id, session_id, site_id, patient_uuid, reason_sealed, opened_at,
          expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        glassId,
        tx.actor,
        sessionId,
        tx.siteId,
        patientUuid,
        seal(key, place, new TextEncoder().encode(reason)),
        instant(openedAtMs),
        instant(expiresAtMs),
      ],
    );
    await insertGlassEvent(tx, { session: sessionId, subject: glassId, patientUuid });
    return expiresAtMs;
  });
  metrics.brokeGlass();
  return untilMs;
}
