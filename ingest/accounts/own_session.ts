/**
 * The session of whoever asks, out of its token: what every route of `/me` begins with.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Principal } from "@wavekeep/core/service";
import type { AccountsDeps } from "./deps.ts";
import { sessionEnded, sessionLocked } from "./sessions.ts";
import type { SiteTx } from "./store/accounts_store.ts";
import { findSession, type Session } from "./store/sessions.ts";

/** How long ago somebody must have proved who they are to change what they sign in with, in milliseconds. */
export const RECENT_MS = 10 * 60_000;

/**
 * Reads the session.
 *
 * @throws {ProblemError} `forbidden`: the credential is a machine's; `session-ended`, `session-locked`.
 */
export async function requireOwnSession(
  { nowMs }: Pick<AccountsDeps, "nowMs">,
  tx: SiteTx,
  { sessionId, subject }: Principal,
): Promise<Session> {
  if (sessionId === undefined) {
    throw new ProblemError("forbidden", { detail: "The credential is of no person's session" });
  }
  const session = await findSession(tx, sessionId);
  if (session === undefined || session.person.personId !== subject) throw sessionEnded("ended");
  if (session.endReason !== null) throw sessionEnded(session.endReason);
  if (session.person.isDisabled) throw sessionEnded("disabled");
  if (nowMs() >= session.expiresAtMs) throw sessionEnded("expired");
  if (session.isLocked) throw sessionLocked(session);
  return session;
}

/**
 * For whatever changes what somebody signs in with: a token that was left lying about is not enough, and a password
 * alone is not, which opens nothing at a sign-in either. What counts is a sign-in, or an unlock with a passkey.
 *
 * @throws {ProblemError} `sign-in-too-old`.
 */
export function requireRecentSignIn(
  { nowMs }: Pick<AccountsDeps, "nowMs">,
  session: Session,
): void {
  // Whoever came by a link came to do just this, and their session ends soon enough.
  if (session.mustEnrol || nowMs() - session.provedAtMs <= RECENT_MS) return;
  throw new ProblemError("sign-in-too-old", {
    detail:
      "Sign in again, or prove with a passkey who you are: the last time was more than ten minutes ago",
  });
}
