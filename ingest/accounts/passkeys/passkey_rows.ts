/**
 * Passkeys as they are stored, their uses, and challenges that were answered.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { SiteTx } from "../store/accounts_store.ts";
import { instant, msOf } from "../store/instants.ts";
import type { MadePasskey } from "./verify_passkey.ts";

/** A passkey that somebody can sign in with. */
export interface PasskeyRow {
  readonly passkeyId: string;
  readonly personId: string;
  readonly credentialId: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly name: string;
  readonly transports: readonly string[];
  /** The greatest that it ever said. */
  readonly counter: number;
  /** Milliseconds since 1970. */
  readonly madeAtMs: number;
  readonly lastUsedAtMs: number | null;
}

const PASSKEYS = `
  select k.passkey_id as "passkeyId", k.person_id as "personId",
      k.credential_id as "credentialId", k.public_key as "publicKey", k.name, k.transports,
      greatest(k.counter, (select max(u.counter) from wavekeep.passkey_use u
        where u.passkey_id = k.passkey_id))::float8 as "counter",
      ${msOf("k.made_at")} as "madeAtMs",
      (select ${msOf("max(u.used_at)")} from wavekeep.passkey_use u
        where u.passkey_id = k.passkey_id) as "lastUsedAtMs"
    from wavekeep.passkey k
    where not exists (select from wavekeep.credential_end e where e.credential_id = k.passkey_id)`;

/** Passkeys of a person, the oldest first. */
export async function listPasskeys(tx: SiteTx, personId: string): Promise<PasskeyRow[]> {
  const { rows } = await prepared<PasskeyRow>(
    tx.client,
    `${PASSKEYS} and k.person_id = $1 order by k.made_at, k.passkey_id`,
    [personId],
  );
  return rows.map(toPasskey);
}

/** That person's passkey of that name of the authenticator's; undefined for anybody else's. */
export async function findPasskey(
  tx: SiteTx,
  { personId, credentialId }: { readonly personId: string; readonly credentialId: Uint8Array },
): Promise<PasskeyRow | undefined> {
  const { rows: [row] } = await prepared<PasskeyRow>(
    tx.client,
    `${PASSKEYS} and k.person_id = $1 and k.credential_id = $2`,
    [personId, credentialId],
  );
  return row && toPasskey(row);
}

function toPasskey(row: PasskeyRow): PasskeyRow {
  return {
    ...row,
    credentialId: new Uint8Array(row.credentialId),
    publicKey: new Uint8Array(row.publicKey),
  };
}

/** @returns False: the site has the credential already, whosever it is. */
export async function insertPasskey(
  tx: SiteTx,
  made: MadePasskey & {
    readonly passkeyId: string;
    readonly personId: string;
    readonly sessionId: string;
    readonly name: string;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.passkey
       (passkey_id, person_id, site_id, credential_id, public_key, name, counter, transports, aaguid,
        backup_eligible, session_id, made_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`,
    [
      made.passkeyId,
      made.personId,
      tx.siteId,
      made.credentialId,
      made.publicKey,
      made.name,
      made.counter,
      made.transports,
      made.aaguid,
      made.isSynchronised,
      made.sessionId,
      instant(made.nowMs),
    ],
  );
  return rowCount === 1;
}

/** @returns False: the authenticator said this number before. */
export async function insertPasskeyUse(
  tx: SiteTx,
  use: {
    readonly challenge: string;
    readonly passkeyId: string;
    readonly counter: number;
    readonly sessionId: string;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.passkey_use
       (challenge_digest, passkey_id, site_id, counter, session_id, used_at)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [
      challengeDigest(use.challenge),
      use.passkeyId,
      tx.siteId,
      use.counter,
      use.sessionId,
      instant(use.nowMs),
    ],
  );
  return rowCount === 1;
}

/** Sessions that began with a passkey and go on. */
export async function openSessionsOfPasskey(
  tx: SiteTx,
  { passkeyId, personId }: Pick<PasskeyRow, "passkeyId" | "personId">,
  nowMs: number,
): Promise<string[]> {
  const { rows } = await tx.client.query<{ sessionId: string }>(
    `select s.session_id as "sessionId" from wavekeep.sign_in_session s
      where s.passkey_id = $1 and s.person_id = $2 and s.expires_at > $3
        and not exists (select from wavekeep.session_end e where e.session_id = s.session_id)`,
    [passkeyId, personId, instant(nowMs)],
  );
  return rows.map(({ sessionId }) => sessionId);
}

/** What is kept of a challenge that was answered. */
export function challengeDigest(challenge: string): Uint8Array {
  return nodeSha256(new TextEncoder().encode(challenge));
}
