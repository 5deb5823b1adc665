/**
 * A seat is locked and unlocked: the page stays, and nobody reads on until its person is back.
 *
 * Sole owner of what a locked session may do: nothing. Its access tokens are refused as soon as services have heard
 * of it and it gets no other; what names it from then on is its refresh token, which is good for an unlock and for a
 * sign-out.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Ceremony } from "@wavekeep/core/wire";
import type { AccountsDeps } from "../deps.ts";
import { proveWithPassword } from "../own_credentials.ts";
import {
  type GoodAnswer,
  judgeAnswer,
  type PasskeyAnswer,
  takeAnswer,
} from "../passkeys/answer_passkey.ts";
import { toKnown } from "../passkeys/enrol_passkey.ts";
import { listPasskeys } from "../passkeys/passkey_rows.ts";
import { beginAnswer, tellRefused } from "../passkeys/sign_in_passkey.ts";
import { PasskeyRefusedError } from "../passkeys/verify_passkey.ts";
import { parseRefreshToken } from "../secret_text.ts";
import { endSession, type OpenSession, sessionEnded, useRefreshToken } from "../sessions.ts";
import { type Asked, signInRefused } from "../sign_in.ts";
import type { Caller, SiteTx } from "../store/accounts_store.ts";
import { instant } from "../store/instants.ts";
import { findRefreshToken } from "../store/refresh_tokens.ts";
import { insertRevocation } from "../store/revocations.ts";
import { insertSecurityEvent } from "../store/security_event.ts";
import { findSession, insertProof, lockTokens, type Session } from "../store/sessions.ts";

const KIND = "passkey-unlock";

/** `POST /me/lock`, by the session's own person: once more is no harm. */
export async function lockSession(
  deps: Pick<AccountsDeps, "store" | "nowMs">,
  caller: Caller,
  sessionId: string,
): Promise<void> {
  await deps.store.inSite(caller, async (tx) => {
    await lockTokens(tx, caller.actor);
    const nowMs = deps.nowMs();
    if (!await insertLock(tx, { sessionId, isLocked: true, nowMs })) return;
    await insertRevocation(tx, { kind: "session", subject: sessionId, nowMs });
    await insertSecurityEvent(tx, "session-locked", { session: sessionId });
  });
}

/**
 * `POST /sessions/lock`: for a page whose access token is over. Once more is no harm.
 *
 * @throws {ProblemError} `unauthenticated`: no such token; `session-ended`.
 */
export async function lockByToken(
  deps: AccountsDeps,
  refreshToken: string,
  requestId: string,
): Promise<void> {
  const { session, caller } = await sessionOf(deps, refreshToken, requestId);
  if (session.endReason !== null) throw sessionEnded(session.endReason);
  if (deps.nowMs() >= session.expiresAtMs) throw sessionEnded("expired");
  await lockSession(deps, caller, session.sessionId);
}

/**
 * `POST /sessions/end`: a sign-out without an access token, as of a locked seat. A refresh token that was used is as
 * good for it: twice, it would end the session anyway.
 *
 * @returns False: it was over.
 * @throws {ProblemError} `unauthenticated`: no such token.
 */
export async function endByToken(
  deps: AccountsDeps,
  refreshToken: string,
  requestId: string,
): Promise<boolean> {
  const { session, caller } = await sessionOf(deps, refreshToken, requestId);
  const how = { reason: "signed-out", event: "sign-out" } as const;
  return await deps.store.inSite(caller, (tx) => endSession(deps, tx, session, how));
}

/** @returns False: it stands like that already. */
async function insertLock(
  tx: SiteTx,
  { sessionId, isLocked, nowMs }: {
    readonly sessionId: string;
    readonly isLocked: boolean;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.session_lock (session_id, lock_no, site_id, is_locked, at)
     select $1, coalesce(max(lock_no), 0) + 1, $2, $3, $4 from wavekeep.session_lock
       where session_id = $1
       having coalesce((array_agg(is_locked order by lock_no desc))[1], false) <> $3
     on conflict do nothing`,
    [sessionId, tx.siteId, isLocked, instant(nowMs)],
  );
  return rowCount === 1;
}

/** `POST /me/unlock/options`: asks for one of the person's own passkeys. @throws {ProblemError} `sign-in-refused`. */
export async function beginUnlock(
  deps: AccountsDeps,
  refreshToken: string,
  requestId: string,
): Promise<Ceremony> {
  const { session, caller } = await sessionOf(deps, refreshToken, requestId);
  const { personId } = session.person;
  const own = await deps.store.inSite(caller, (tx) => listPasskeys(tx, personId));
  return await beginAnswer(deps, { kind: KIND, personId, known: own.map(toKnown) });
}

/** How somebody shows that they are back. */
export type UnlockProof = PasskeyAnswer | { readonly password: string };

/**
 * `POST /me/unlock`.
 *
 * @throws {ProblemError} `sign-in-refused`, `account-locked-out`, and what ends a refresh.
 */
export async function unlockSession(
  deps: AccountsDeps,
  { refreshToken, proof }: { readonly refreshToken: string; readonly proof: UnlockProof },
  asked: Asked,
): Promise<OpenSession> {
  const { session, siteId, caller } = await sessionOf(deps, refreshToken, asked.requestId);
  const { personId } = session.person;
  try {
    let good: GoodAnswer | undefined;
    if ("password" in proof) {
      await proveWithPassword(deps, { caller, client: asked.client }, session, proof.password);
    } else {
      const expected = { siteId, personId };
      const { requestId } = asked;
      good = await judgeAnswer(deps, proof, { kind: KIND, requestId, expected });
    }
    const method = good === undefined ? "password" : "passkey";
    const refreshed = await useRefreshToken(deps, refreshToken, {
      ...asked,
      unlock: async (stranger, { sessionId, person }) => {
        const tx = { ...stranger, actor: personId, role: person.role };
        const nowMs = deps.nowMs();
        if (good !== undefined) {
          await takeAnswer(tx, good, { sessionId, nowMs });
          await insertProof(tx, { sessionId, method, nowMs });
        }
        if (await insertLock(tx, { sessionId, isLocked: false, nowMs })) {
          await insertSecurityEvent(tx, "session-unlocked", { session: sessionId, method });
        }
        return undefined;
      },
    });
    if ("problem" in refreshed) throw refreshed.problem;
    if (good !== undefined) deps.metrics.signIn("unlock-passed");
    return refreshed;
  } catch (error) {
    if (!(error instanceof PasskeyRefusedError)) throw error;
    await tellRefused(deps, error, asked);
    throw signInRefused();
  }
}

/** The session that a refresh token is of, and its person, whatever may be wrong with the token: its use says that. */
async function sessionOf(
  { store }: AccountsDeps,
  refreshToken: string,
  requestId: string,
): Promise<{ session: Session; siteId: number; caller: Caller }> {
  const parsed = parseRefreshToken(refreshToken);
  if (parsed === undefined) throw unknown();
  const { siteId, tokenDigest } = parsed;
  const stranger = { siteId, actor: "stranger", role: "none", requestId };
  return await store.inSite(stranger, async (tx) => {
    const token = await findRefreshToken(tx, tokenDigest);
    const session = token && await findSession(tx, token.sessionId);
    if (session === undefined) throw unknown();
    const { personId: actor, role } = session.person;
    return { session, siteId, caller: { siteId, actor, role, requestId } };
  });
}

function unknown(): ProblemError {
  return new ProblemError("unauthenticated", { detail: "The refresh token is not good" });
}
