/**
 * Signing in with a password, and then with a code.
 *
 * The order: count, write the attempt down, judge, write what became of it. A name that is nobody's goes the same
 * way, step for step: the same statements (of site 0), the same hash, the same answer. A password alone opens
 * nothing: it gives a ticket for the second step, which is good for five guesses and some minutes.
 *
 * @see core/decisions/0041
 * @module
 */

import { nodeSha256 } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { NextStep, Tokens } from "@wavekeep/core/wire";
import { accountDigest, normalLogin } from "./account_place.ts";
import type { AccountsDeps } from "./deps.ts";
import { lockedOut, lockOutSeconds, locksOut } from "./lock_out.ts";
import { normalRecoveryCode, recoveryCodeDigest } from "./recovery_codes.ts";
import { type OpenSession, startSession, tokensOf } from "./sessions.ts";
import { type Caller, type SiteTx, strangerCaller } from "./store/accounts_store.ts";
import {
  type AttemptMethod,
  type AttemptPlace,
  countAttempts,
  insertAttempt,
  insertCeremonyUse,
  insertPass,
  insertTicketTry,
} from "./store/attempts.ts";
import {
  countCredentials,
  findPassword,
  findSeeds,
  insertRecoveryUse,
  insertTotpUse,
} from "./store/credentials.ts";
import { findPerson, type Person } from "./store/people.ts";
import { insertSecurityEvent } from "./store/security_event.ts";
import type { ClientFacts } from "./store/sessions.ts";
import { CEREMONY_SECONDS, CHALLENGE_BYTES, openTicket, sealTicket } from "./ticket.ts";
import { stepOfCode } from "./totp.ts";

/** From where, and under which request id. */
export interface Asked {
  readonly client: ClientFacts;
  readonly requestId: string;
}

const PASSED = "password-passed";

/** One answer for all that may be wrong: the name, the password, the code, the ticket. */
export function signInRefused(): ProblemError {
  return new ProblemError("sign-in-refused", {
    detail: "The name, the password or the code is not right",
  });
}

/** The key of tickets. */
export function ticketKey({ keys }: Pick<AccountsDeps, "keys">): Uint8Array {
  return keys("wavekeep/ceremony/v1");
}

/** A guess that may be judged. */
export interface Attempt {
  readonly attemptNo: string;
  /** Should it fail, nobody guesses on for a while. */
  readonly isLast: boolean;
}

/**
 * Counts, and writes an attempt down.
 *
 * @returns The problem when no more guesses are taken.
 */
export async function beginAttempt(
  deps: Pick<AccountsDeps, "nowMs" | "metrics">,
  tx: SiteTx,
  place: AttemptPlace,
  method: AttemptMethod,
): Promise<Attempt | ProblemError> {
  const nowMs = deps.nowMs();
  const counts = await countAttempts(tx, place, nowMs);
  const waitSeconds = lockOutSeconds(counts);
  if (waitSeconds !== undefined) {
    deps.metrics.signIn("locked-out");
    return lockedOut(waitSeconds);
  }
  const attemptNo = await insertAttempt(tx, place, { method, nowMs });
  return { attemptNo, isLast: locksOut(counts) };
}

/** Writes down that a guess was wrong. */
export async function failAttempt(
  tx: SiteTx,
  { isLast }: Attempt,
  failure: {
    readonly personId: string | undefined;
    readonly method: AttemptMethod;
    readonly from: string | undefined;
  },
): Promise<void> {
  const { personId, method, from } = failure;
  const detail = {
    method,
    ...(personId === undefined ? {} : { person: personId }),
    ...(from === undefined ? {} : { from }),
  };
  await insertSecurityEvent(tx, "sign-in-failed", { ...detail, outcome: "failed" });
  if (isLast) await insertSecurityEvent(tx, "locked-out", { ...detail, outcome: "refused" });
}

/**
 * `POST /sign-in/password`: the first step.
 *
 * @throws {ProblemError} `sign-in-refused`, `account-locked-out`, `sign-in-busy`.
 */
export async function signInWithPassword(
  deps: AccountsDeps,
  { login, password }: { readonly login: string; readonly password: string },
  { client, requestId }: Asked,
): Promise<NextStep> {
  const name = normalLogin(login);
  const found = await deps.store.findLogin(name ?? "");
  const personId = found?.personId;
  const place = {
    accountDigest: accountDigest(deps.keys, login),
    addressDigest: client.addressDigest,
    personId,
  };
  const caller = { ...strangerCaller(requestId), ...(found && { siteId: found.siteId }) };
  const begun = await deps.store.inSite(caller, async (tx) => {
    const attempt = await beginAttempt(deps, tx, place, "password");
    if (attempt instanceof ProblemError) return attempt;
    const known = personId ?? crypto.randomUUID();
    const person = await findPerson(tx, known);
    const hash = await findPassword(tx, known);
    const counts = await countCredentials(tx, known);
    return { attempt, counts, hash: person?.isDisabled === false ? hash : undefined };
  });
  if (begun instanceof ProblemError) throw begun;
  const { attempt, counts, hash } = begun;
  const isRight = await judged(deps, { caller, attempt }, () => deps.hasher.verify(password, hash));
  // Without a second factor a password opens nothing, and is answered like a wrong one.
  const next = [
    ...(counts.hasTotp ? ["totp"] : []),
    ...(counts.recoveryCodesLeft > 0 ? ["recovery"] : []),
  ];
  const passes = isRight && next.length > 0;
  await deps.store.inSite(caller, async (tx) => {
    if (passes) await insertPass(tx, attempt.attemptNo);
    else await failAttempt(tx, attempt, { personId, method: "password", from: client.from });
  });
  deps.metrics.signIn(passes ? "password-passed" : "password-refused");
  if (!passes || personId === undefined) throw signInRefused();
  const ticket = sealTicket(ticketKey(deps), {
    kind: PASSED,
    challenge: deps.randomBytes(CHALLENGE_BYTES).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    }),
    expiresAtMs: deps.nowMs() + CEREMONY_SECONDS * 1000,
    siteId: caller.siteId,
    personId,
  });
  return { ticket, next };
}

/**
 * The verdict on a password. One that was not judged, because too many wait, is no failure: else a flood of
 * sign-ins would lock out whoever tries meanwhile.
 */
export async function judged(
  { store }: Pick<AccountsDeps, "store">,
  { caller, attempt }: { readonly caller: Caller; readonly attempt: Attempt },
  verify: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await verify();
  } catch (error) {
    await store.inSite(caller, (tx) => insertPass(tx, attempt.attemptNo));
    throw error;
  }
}

/**
 * `POST /sign-in/totp` and `POST /sign-in/recovery`: the second step.
 *
 * @throws {ProblemError} `sign-in-refused`, also for a ticket that is none, too old, used, or guessed at five
 * times; `account-locked-out`.
 */
export async function signInWithCode(
  deps: AccountsDeps,
  { ticket, code, method }: {
    readonly ticket: string;
    readonly code: string;
    readonly method: "totp" | "recovery";
  },
  { client, requestId }: Asked,
): Promise<Tokens> {
  const claims = openTicket(ticketKey(deps), ticket, { kind: PASSED, nowMs: deps.nowMs() });
  const { siteId, personId } = claims ?? {};
  if (claims === undefined || siteId === undefined || personId === undefined) throw signInRefused();
  const challengeDigest = nodeSha256(new TextEncoder().encode(claims.challenge));
  const caller = { ...strangerCaller(requestId), siteId };
  const opened = await deps.store.inSite(
    caller,
    async (tx): Promise<OpenSession | ProblemError> => {
      const person = await findPerson(tx, personId);
      if (person === undefined) return signInRefused();
      const place = {
        accountDigest: accountDigest(deps.keys, person.login),
        addressDigest: client.addressDigest,
        personId,
      };
      const attempt = await beginAttempt(deps, tx, place, method);
      if (attempt instanceof ProblemError) return attempt;
      const nowMs = deps.nowMs();
      const isRight = await insertTicketTry(tx, challengeDigest, nowMs) &&
        !person.isDisabled &&
        await useCode(deps, tx, person, { code, method, nowMs }) &&
        await insertCeremonyUse(tx, {
          challengeDigest,
          kind: PASSED,
          nowMs,
          expiresAtMs: claims.expiresAtMs,
        });
      if (!isRight) {
        await failAttempt(tx, attempt, { personId, method, from: client.from });
        return signInRefused();
      }
      await insertPass(tx, attempt.attemptNo);
      const own = { ...tx, actor: personId, role: person.role };
      if (method === "recovery") await insertSecurityEvent(own, "recovery-code-used");
      const open = await startSession(deps, tx, person, { method, client });
      // Shut out in between: all of the above is undone.
      if (open.session.person.isDisabled) throw signInRefused();
      return open;
    },
  );
  const isRefused = opened instanceof ProblemError;
  if (!isRefused || opened.slug === "sign-in-refused") {
    deps.metrics.signIn(`${method}-${isRefused ? "refused" : "passed"}`);
  }
  if (isRefused) throw opened;
  return await tokensOf(deps, opened);
}

/** Whether a code is right and was not used before; it is used now. */
export async function useCode(
  { keys }: Pick<AccountsDeps, "keys">,
  tx: SiteTx,
  { personId, siteId }: Pick<Person, "personId" | "siteId">,
  { code, method, nowMs }: {
    readonly code: string;
    readonly method: "totp" | "recovery";
    readonly nowMs: number;
  },
): Promise<boolean> {
  if (method === "recovery") {
    const normal = normalRecoveryCode(code);
    if (normal === undefined) return false;
    const codeDigest = recoveryCodeDigest(keys, personId, normal);
    return await insertRecoveryUse(tx, { personId, codeDigest, nowMs });
  }
  for (const seed of await findSeeds(tx, personId)) {
    const step = stepOfCode(keys, { ...seed, siteId }, { code, nowMs });
    if (step === undefined) continue;
    return await insertTotpUse(tx, { totpId: seed.totpId, step, nowMs });
  }
  return false;
}
