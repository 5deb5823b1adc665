/**
 * What somebody signs in with, changed by themselves: password, authenticator, recovery codes.
 *
 * Everything asks for a sign-in of the last ten minutes, so that a seat that was left is not enough; whoever has a
 * password changes it with the current one instead, and that counts for nothing else. A seed
 * counts from the first code that is shown of it, and then in place of those before; new recovery codes end
 * the old ones.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Principal } from "@wavekeep/core/service";
import type {
  OwnCredentials,
  PasswordRequest,
  RecoveryCodes,
  TotpSecret,
} from "@wavekeep/core/wire";
import { accountDigest } from "./account_place.ts";
import type { AccountsDeps } from "./deps.ts";
import { finishReset } from "./links/finish_reset.ts";
import { requireOwnSession, requireRecentSignIn } from "./own_session.ts";
import { listPasskeys } from "./passkeys/passkey_rows.ts";
import { passwordMisfit } from "./password/password_rules.ts";
import { makeRecoveryCode, RECOVERY_CODE_COUNT, recoveryCodeDigest } from "./recovery_codes.ts";
import { endSessions } from "./sessions.ts";
import { beginAttempt, failAttempt, judged, signInRefused } from "./sign_in.ts";
import type { Caller, SiteTx } from "./store/accounts_store.ts";
import { insertPass } from "./store/attempts.ts";
import {
  countCredentials,
  findPassword,
  findPendingSeed,
  findRecoverySets,
  findSeeds,
  insertConfirmation,
  insertCredentialEnd,
  insertPassword,
  insertRecoveryCodes,
  insertSeed,
  insertTotpUse,
  lockCredentials,
} from "./store/credentials.ts";
import { insertSecurityEvent } from "./store/security_event.ts";
import type { ClientFacts, Session } from "./store/sessions.ts";
import { makeSeed, sealSeed, stepOfCode } from "./totp.ts";

/** Who asks: their token, and their place in a transaction. */
export interface Own {
  readonly principal: Principal;
  readonly caller: Caller;
  readonly client: ClientFacts;
}

/** `GET /me/credentials`. */
export async function listOwnCredentials(
  deps: AccountsDeps,
  { principal, caller }: Own,
): Promise<OwnCredentials> {
  return await deps.store.inSite(caller, async (tx) => {
    const { person: { personId } } = await requireOwnSession(deps, tx, principal);
    const counts = await countCredentials(tx, personId);
    const at = (ms: number) => new Date(ms).toISOString();
    return {
      passkeys: (await listPasskeys(tx, personId)).map((passkey) => ({
        "passkey_id": passkey.passkeyId,
        name: passkey.name,
        "created_at": at(passkey.madeAtMs),
        "last_used_at": passkey.lastUsedAtMs === null ? null : at(passkey.lastUsedAtMs),
      })),
      "has_password": counts.hasPassword,
      "has_totp": counts.hasTotp,
      "recovery_codes_left": counts.recoveryCodesLeft,
    };
  });
}

/**
 * `POST /me/password`. The person's other sessions end.
 *
 * @throws {ProblemError} `validation`: the password is not taken, and why, or there is one and it did not come along;
 * `sign-in-too-old`: and no current password came with it; `sign-in-refused`: the current one is wrong;
 * `account-locked-out`, `sign-in-busy`.
 */
export async function changePassword(
  deps: AccountsDeps,
  own: Own,
  { password, current_password: current }: PasswordRequest,
): Promise<void> {
  const { principal, caller } = own;
  const { session, hasPassword } = await deps.store.inSite(caller, async (tx) => {
    const session = await requireOwnSession(deps, tx, principal);
    return { session, ...await countCredentials(tx, session.person.personId) };
  });
  const { person } = session;
  const misfit = await passwordMisfit(password, person);
  if (misfit !== undefined) {
    throw new ProblemError("validation", {
      detail: "The password is not taken",
      errors: [{ detail: misfit, pointer: "/body/password" }],
    });
  }
  if (current !== undefined) await proveWithPassword(deps, own, session, current);
  else {
    requireRecentSignIn(deps, session);
    // Whoever forgot it begins anew by a link, and makes all that they sign in with.
    if (hasPassword && !session.mustEnrol) {
      throw new ProblemError("validation", {
        detail: "A password is set",
        errors: [{ detail: "is missing: the present one", pointer: "/body/current_password" }],
      });
    }
  }
  const hash = await deps.hasher.hash(password);
  await deps.store.inSite(caller, async (tx) => {
    const current = await requireOwnSession(deps, tx, principal);
    const { sessionId } = current;
    const { personId } = person;
    const nowMs = deps.nowMs();
    if (!await insertPassword(tx, { personId, hash, sessionId, nowMs })) {
      throw new ProblemError("store-unavailable", { detail: "Another change came first" });
    }
    await insertSecurityEvent(tx, "password-changed", { person: personId, session: sessionId });
    await endSessions(deps, tx, personId, { reason: "credentials-changed", except: sessionId });
    await finishReset(tx, current, nowMs);
  });
}

/**
 * A password typed in a session under way, counted as at the sign-in. It is no fresh sign-in: it lacks a factor.
 *
 * @throws {ProblemError} `sign-in-refused`, `account-locked-out`, `sign-in-busy`.
 */
export async function proveWithPassword(
  deps: AccountsDeps,
  { caller, client }: Pick<Own, "caller" | "client">,
  { person }: Session,
  password: string,
): Promise<void> {
  const { personId } = person;
  const place = {
    accountDigest: accountDigest(deps.keys, person.login),
    addressDigest: client.addressDigest,
    personId,
  };
  const begun = await deps.store.inSite(caller, async (tx) => {
    const attempt = await beginAttempt(deps, tx, place, "unlock");
    return attempt instanceof ProblemError
      ? attempt
      : { attempt, hash: await findPassword(tx, personId) };
  });
  if (begun instanceof ProblemError) throw begun;
  const isRight = await judged(
    deps,
    { caller, attempt: begun.attempt },
    () => deps.hasher.verify(password, begun.hash),
  );
  await deps.store.inSite(caller, async (tx) => {
    if (isRight) await insertPass(tx, begun.attempt.attemptNo);
    else await failAttempt(tx, begun.attempt, { personId, method: "unlock", from: client.from });
  });
  deps.metrics.signIn(isRight ? "unlock-passed" : "unlock-refused");
  if (!isRight) throw signInRefused();
}

/** `POST /me/totp`: a seed that waits for its first code. @throws {ProblemError} `sign-in-too-old`. */
export async function beginTotp(
  deps: AccountsDeps,
  { principal, caller }: Own,
): Promise<TotpSecret> {
  return await deps.store.inSite(caller, async (tx) => {
    const session = await requireOwnSession(deps, tx, principal);
    requireRecentSignIn(deps, session);
    const { person, sessionId } = session;
    const seed = makeSeed(deps.randomBytes, person);
    const totpId = crypto.randomUUID();
    await insertSeed(tx, {
      totpId,
      personId: person.personId,
      sessionId,
      seedSealed: sealSeed(deps.keys, { siteId: tx.siteId, totpId, bytes: seed.bytes }),
      nowMs: deps.nowMs(),
    });
    return { secret: seed.secret, uri: seed.uri };
  });
}

/**
 * `POST /me/totp/confirm`: from here on the seed counts, and those before do not.
 *
 * @throws {ProblemError} `validation`: the code is not of the seed that was made last; `sign-in-too-old`.
 */
export async function confirmTotp(
  deps: AccountsDeps,
  { principal, caller }: Own,
  code: string,
): Promise<void> {
  await deps.store.inSite(caller, async (tx) => {
    const session = await requireOwnSession(deps, tx, principal);
    requireRecentSignIn(deps, session);
    const { person: { personId }, sessionId } = session;
    // Shown twice at once, a code would be found a second time, with its own seed among those before it.
    await lockCredentials(tx, personId);
    const nowMs = deps.nowMs();
    const seed = await findPendingSeed(tx, personId);
    const step = seed && stepOfCode(deps.keys, { ...seed, siteId: tx.siteId }, { code, nowMs });
    if (seed === undefined || step === undefined) {
      throw new ProblemError("validation", {
        detail: "The code is not of the authenticator that was set up last",
        errors: [{ detail: "is not the code of this moment", pointer: "/body/code" }],
      });
    }
    const { totpId } = seed;
    for (const before of await findSeeds(tx, personId)) {
      await endCredential(deps, tx, {
        credentialId: before.totpId,
        personId,
        kind: "totp",
        reason: "replaced",
      });
    }
    await insertConfirmation(tx, totpId, nowMs);
    await insertTotpUse(tx, { totpId, step, nowMs });
    await insertSecurityEvent(tx, "credential-added", {
      person: personId,
      session: sessionId,
      method: "totp",
      subject: totpId,
    });
    await finishReset(tx, session, nowMs);
  });
}

/** `POST /me/recovery-codes`: ten new ones; the old ones end. @throws {ProblemError} `sign-in-too-old`. */
export async function makeRecoveryCodes(
  deps: AccountsDeps,
  { principal, caller }: Own,
): Promise<RecoveryCodes> {
  return await deps.store.inSite(caller, async (tx) => {
    const session = await requireOwnSession(deps, tx, principal);
    requireRecentSignIn(deps, session);
    const { person: { personId }, sessionId } = session;
    await lockCredentials(tx, personId);
    for (const setId of await findRecoverySets(tx, personId)) {
      await endCredential(deps, tx, {
        credentialId: setId,
        personId,
        kind: "recovery-codes",
        reason: "replaced",
      });
    }
    const setId = crypto.randomUUID();
    const codes = Array.from(
      { length: RECOVERY_CODE_COUNT },
      () => makeRecoveryCode(deps.randomBytes),
    );
    await insertRecoveryCodes(tx, {
      personId,
      setId,
      codeDigests: codes.map((code) => recoveryCodeDigest(deps.keys, personId, code)),
      nowMs: deps.nowMs(),
    });
    await insertSecurityEvent(tx, "credential-added", {
      person: personId,
      session: sessionId,
      method: "recovery-codes",
      subject: setId,
    });
    return { codes };
  });
}

/** Ends a credential, with its event; nothing when it had ended before. */
export async function endCredential(
  { nowMs }: Pick<AccountsDeps, "nowMs">,
  tx: SiteTx,
  ended: Omit<Parameters<typeof insertCredentialEnd>[1], "nowMs">,
): Promise<boolean> {
  if (!await insertCredentialEnd(tx, { ...ended, nowMs: nowMs() })) return false;
  await insertSecurityEvent(tx, "credential-removed", {
    person: ended.personId,
    method: ended.kind,
    subject: ended.credentialId,
    reason: ended.reason,
  });
  return true;
}
