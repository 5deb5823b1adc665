/**
 * A reset comes to its end: with the first new credential the old ones go.
 *
 * Not before, or a link that somebody was talked into making would lock its owner out by itself.
 *
 * @module
 */

import type { SiteTx } from "../store/accounts_store.ts";
import { instant } from "../store/instants.ts";
import { insertSecurityEvent } from "../store/security_event.ts";
import { findSession, type Session } from "../store/sessions.ts";

/**
 * Ends what the person signed in with before this session, when the session is one of a reset and something whole
 * was made in it just now; otherwise it does nothing, and neither the second time, or it would take away what was made
 * elsewhere since. Called in the transaction of each new credential, behind it.
 *
 * @param session As it was before the credential.
 */
export async function finishReset(tx: SiteTx, session: Session, nowMs: number): Promise<void> {
  const { sessionId, method, person: { personId } } = session;
  if (method !== "reset" || !session.mustEnrol) return;
  const now = await findSession(tx, sessionId);
  if (now === undefined || now.mustEnrol) return;
  const { rows: ended } = await tx.client.query<{ credentialId: string }>(
    `insert into wavekeep.credential_end
       (credential_id, person_id, site_id, kind, reason, actor, ended_at)
     select old.id, $2, $3, old.kind, 'reset', $4, $5
       from (
         select passkey_id as id, 'passkey' as kind from wavekeep.passkey
           where person_id = $2 and session_id is distinct from $1
         union all
         select totp_id, 'totp' from wavekeep.totp_seed
           where person_id = $2 and session_id is distinct from $1
         union all
         select distinct set_id, 'recovery-codes' from wavekeep.recovery_code
           where person_id = $2
             and made_at < (select signed_in_at from wavekeep.sign_in_session where session_id = $1)
       ) old
     on conflict (credential_id) do nothing returning credential_id as "credentialId"`,
    [sessionId, personId, tx.siteId, tx.actor, instant(nowMs)],
  );
  const { rowCount: passwords } = await tx.client.query(
    `insert into wavekeep.password_version
       (person_id, version, site_id, hash, session_id, actor, made_at)
     select person_id, version + 1, site_id, null, $1, $3, $4
       from (select * from wavekeep.password_version where person_id = $2
         order by version desc limit 1) last
       where hash is not null and session_id is distinct from $1`,
    [sessionId, personId, tx.actor, instant(nowMs)],
  );
  const detail = { person: personId, session: sessionId, reason: "reset" };
  for (const { credentialId } of ended) {
    await insertSecurityEvent(tx, "credential-removed", { ...detail, subject: credentialId });
  }
  if (passwords === 1) await insertSecurityEvent(tx, "password-changed", detail);
}
