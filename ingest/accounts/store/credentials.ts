/**
 * What people sign in with: passwords, TOTP seeds, recovery codes. Passkeys are in a module of their own.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type { SiteTx } from "./accounts_store.ts";
import { instant } from "./instants.ts";

/** The hash of somebody's password; undefined: none was set, or it was taken away. */
export async function findPassword(tx: SiteTx, personId: string): Promise<string | undefined> {
  const { rows: [row] } = await prepared<{ hash: string | null }>(
    tx.client,
    `select hash from wavekeep.password_version where person_id = $1 order by version desc limit 1`,
    [personId],
  );
  return row?.hash ?? undefined;
}

/** @param password.hash Null takes it away. @returns False: somebody else set one at the same moment. */
export async function insertPassword(
  tx: SiteTx,
  password: {
    readonly personId: string;
    readonly hash: string | null;
    readonly sessionId: string | null;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { personId, hash, sessionId, nowMs } = password;
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.password_version
       (person_id, version, site_id, hash, session_id, actor, made_at)
     select $1::uuid, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6
       from wavekeep.password_version where person_id = $1::uuid
     on conflict do nothing`,
    [personId, tx.siteId, hash, sessionId, tx.actor, instant(nowMs)],
  );
  return rowCount === 1;
}

/** A seed of an authenticator, sealed. */
export interface StoredSeed {
  readonly totpId: string;
  readonly seedSealed: Uint8Array;
}

/** The seeds that count: a code of each was shown once, and none has ended. */
export async function findSeeds(tx: SiteTx, personId: string): Promise<StoredSeed[]> {
  return await seeds(tx, personId, "join wavekeep.totp_confirmation using (totp_id)");
}

/** The seed that was made last and waits for its first code. */
export async function findPendingSeed(
  tx: SiteTx,
  personId: string,
): Promise<StoredSeed | undefined> {
  const pending = `where not exists (
    select from wavekeep.totp_confirmation c where c.totp_id = t.totp_id)`;
  return (await seeds(tx, personId, pending))[0];
}

async function seeds(tx: SiteTx, personId: string, where: string): Promise<StoredSeed[]> {
  const { rows } = await prepared<StoredSeed>(
    tx.client,
    `select totp_id as "totpId", seed_sealed as "seedSealed" from (
       select t.totp_id, t.seed_sealed, t.person_id, t.made_at from wavekeep.totp_seed t ${where}
     ) s
     where person_id = $1
       and not exists (select from wavekeep.credential_end e where e.credential_id = s.totp_id)
     order by made_at desc`,
    [personId],
  );
  return rows.map(({ totpId, seedSealed }) => ({ totpId, seedSealed: new Uint8Array(seedSealed) }));
}

export async function insertSeed(
  tx: SiteTx,
  seed: StoredSeed & {
    readonly personId: string;
    readonly sessionId: string;
    readonly nowMs: number;
  },
): Promise<void> {
  await tx.client.query(
    `insert into wavekeep.totp_seed (totp_id, person_id, site_id, seed_sealed, session_id, made_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      seed.totpId,
      seed.personId,
      tx.siteId,
      seed.seedSealed,
      seed.sessionId,
      instant(seed.nowMs),
    ],
  );
}

/** @returns False: it was confirmed before. */
export async function insertConfirmation(
  tx: SiteTx,
  totpId: string,
  nowMs: number,
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.totp_confirmation (totp_id, site_id, confirmed_at) values ($1, $2, $3)
     on conflict do nothing`,
    [totpId, tx.siteId, instant(nowMs)],
  );
  return rowCount === 1;
}

/**
 * Uses a step of a seed: once, and none before one that was used.
 *
 * @returns False: it, or a later one, was used before.
 */
export async function insertTotpUse(
  tx: SiteTx,
  { totpId, step, nowMs }: {
    readonly totpId: string;
    readonly step: number;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.totp_use (totp_id, step, site_id, used_at)
     select $1::uuid, $2::bigint, $3::int, $4::timestamptz where not exists (
       select from wavekeep.totp_use u where u.totp_id = $1::uuid and u.step > $2::bigint)
     on conflict do nothing`,
    [totpId, step, tx.siteId, instant(nowMs)],
  );
  return rowCount === 1;
}

/** @param codeDigests Keyed digests, 32 bytes each. */
export async function insertRecoveryCodes(
  tx: SiteTx,
  codes: {
    readonly personId: string;
    readonly setId: string;
    readonly codeDigests: readonly Uint8Array[];
    readonly nowMs: number;
  },
): Promise<void> {
  for (const codeDigest of codes.codeDigests) {
    await tx.client.query(
      `insert into wavekeep.recovery_code (code_digest, set_id, person_id, site_id, made_at)
       values ($1, $2, $3, $4, $5)`,
      [codeDigest, codes.setId, codes.personId, tx.siteId, instant(codes.nowMs)],
    );
  }
}

/** Sets of recovery codes that have not ended. */
export async function findRecoverySets(tx: SiteTx, personId: string): Promise<string[]> {
  const { rows } = await tx.client.query<{ setId: string }>(
    `select distinct c.set_id as "setId" from wavekeep.recovery_code c where c.person_id = $1
       and not exists (select from wavekeep.credential_end e where e.credential_id = c.set_id)`,
    [personId],
  );
  return rows.map(({ setId }) => setId);
}

/** Uses a code of somebody's: once. @returns False: there is no such code, or no longer. */
export async function insertRecoveryUse(
  tx: SiteTx,
  { personId, codeDigest, nowMs }: {
    readonly personId: string;
    readonly codeDigest: Uint8Array;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.recovery_use (code_digest, site_id, used_at)
     select c.code_digest, c.site_id, $3 from wavekeep.recovery_code c
       where c.code_digest = $1 and c.person_id = $2
         and not exists (select from wavekeep.credential_end e where e.credential_id = c.set_id)
     on conflict do nothing`,
    [codeDigest, personId, instant(nowMs)],
  );
  return rowCount === 1;
}

/** What somebody has, in numbers. */
export interface CredentialCounts {
  readonly passkeys: number;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  readonly recoveryCodesLeft: number;
}

export async function countCredentials(tx: SiteTx, personId: string): Promise<CredentialCounts> {
  const { rows: [counts] } = await prepared<CredentialCounts>(
    tx.client,
    `select
        (select count(*)::int from wavekeep.passkey k where k.person_id = $1 and not exists (
          select from wavekeep.credential_end e where e.credential_id = k.passkey_id)) as "passkeys",
        coalesce((select w.hash is not null from wavekeep.password_version w where w.person_id = $1
          order by w.version desc limit 1), false) as "hasPassword",
        exists (select from wavekeep.totp_seed t join wavekeep.totp_confirmation using (totp_id)
          where t.person_id = $1 and not exists (
            select from wavekeep.credential_end e where e.credential_id = t.totp_id)) as "hasTotp",
        (select count(*)::int from wavekeep.recovery_code c where c.person_id = $1
          and not exists (select from wavekeep.credential_end e where e.credential_id = c.set_id)
          and not exists (select from wavekeep.recovery_use u where u.code_digest = c.code_digest)
        ) as "recoveryCodesLeft"`,
    [personId],
  );
  return counts!;
}

/** One change of what a person signs in with at a time, until the commit. */
export async function lockCredentials(tx: SiteTx, personId: string): Promise<void> {
  await tx.client.query(
    "select pg_advisory_xact_lock(hashtextextended('wavekeep.credential/' || $1::text, 0))",
    [personId],
  );
}

/** Ends a credential for good. @returns False: it had ended before. */
export async function insertCredentialEnd(
  tx: SiteTx,
  ended: {
    readonly credentialId: string;
    readonly personId: string;
    readonly kind: "passkey" | "totp" | "recovery-codes";
    /** A slug. */
    readonly reason: string;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.credential_end
       (credential_id, person_id, site_id, kind, reason, actor, ended_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [
      ended.credentialId,
      ended.personId,
      tx.siteId,
      ended.kind,
      ended.reason,
      tx.actor,
      instant(ended.nowMs),
    ],
  );
  return rowCount === 1;
}
