/**
 * Sessions: begun, kept going, ended.
 *
 * Sole owner of what tokens a person gets. An access token lives five minutes and is looked up nowhere but in
 * the feed of revocations. A refresh token is used once; one that is used twice was copied, and nobody can say
 * which of the two is the person, so the whole session ends. Twice within ten seconds from the same browser is
 * a lost answer, which is given again, to the letter.
 *
 * @see RFC 9700 section 4.14 (refresh tokens); core/decisions/0041
 * @module
 */

import { ENROLLING_AUDIENCE, SESSION_TOKEN_SECONDS_MAX } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { SessionState, Tokens } from "@wavekeep/core/wire";
import type { AccountsDeps } from "./deps.ts";
import {
  nextRefreshBytes,
  parseRefreshToken,
  refreshTokenDigest,
  refreshTokenText,
} from "./secret_text.ts";
import type { SiteTx } from "./store/accounts_store.ts";
import type { Person } from "./store/people.ts";
import {
  findRefreshToken,
  findRefreshUse,
  insertRefreshToken,
  insertRefreshUse,
} from "./store/refresh_tokens.ts";
import { insertRevocation } from "./store/revocations.ts";
import { insertSecurityEvent } from "./store/security_event.ts";
import {
  type ClientFacts,
  findSession,
  insertSession,
  insertSessionEnd,
  lockTokens,
  openSessionIds,
  type Session,
  type SignInMethod,
} from "./store/sessions.ts";

type SessionDeps = Pick<
  AccountsDeps,
  "store" | "signer" | "keys" | "nowMs" | "randomBytes" | "limits" | "metrics"
>;

/** How long an answer that was lost can be had again, in milliseconds. */
export const GRACE_MS = 10_000;

const REFRESH_KEY = "wavekeep/refresh-token/v1";

/** A session, and the refresh token that keeps it going. */
export interface OpenSession {
  readonly session: Session;
  readonly refreshToken: string;
  /**
   * From before the session was read, in milliseconds since 1970: its tokens are of this moment. Who is shut out
   * after it is, or was in what was read; a later moment would make tokens that a revocation in between lets pass.
   */
  readonly readAtMs: number;
}

/**
 * Begins a session in the transaction of a sign-in, with its event.
 *
 * @param how.passkeyId, how.linkId What it was begun with.
 * @returns The person as of its end, who may have been shut out meanwhile: look.
 */
export async function startSession(
  deps: SessionDeps,
  tx: SiteTx,
  person: Person,
  how: {
    readonly method: SignInMethod;
    readonly client: ClientFacts;
    readonly passkeyId?: string;
    readonly linkId?: string;
  },
): Promise<OpenSession> {
  await lockTokens(tx, person.personId);
  const nowMs = deps.nowMs();
  const sessionId = crypto.randomUUID();
  const own = { ...tx, actor: person.personId, role: person.role };
  await insertSession(tx, {
    ...how,
    sessionId,
    personId: person.personId,
    signedInAtMs: nowMs,
    expiresAtMs: nowMs + deps.limits.sessionMs,
  });
  await insertSecurityEvent(own, "sign-in", {
    session: sessionId,
    method: how.method,
    ...(how.client.from === undefined ? {} : { from: how.client.from }),
  });
  const session = (await findSession(tx, sessionId))!;
  const refreshToken = refreshTokenText(tx.siteId, deps.randomBytes(32));
  await keepRefreshToken(deps, tx, session, refreshToken);
  return { session, refreshToken, readAtMs: nowMs };
}

async function keepRefreshToken(
  { nowMs, limits }: SessionDeps,
  tx: SiteTx,
  { sessionId, expiresAtMs }: Session,
  text: string,
): Promise<void> {
  await insertRefreshToken(tx, {
    tokenDigest: refreshTokenDigest(text),
    sessionId,
    nowMs: nowMs(),
    expiresAtMs: Math.min(expiresAtMs, nowMs() + limits.idleMs),
  });
}

/** The answer of every sign-in, refresh and unlock. */
export async function tokensOf(
  deps: SessionDeps,
  { session, refreshToken, readAtMs }: OpenSession,
): Promise<Tokens> {
  const { person, sessionId, mustEnrol } = session;
  // What was revoked a moment before it was read was revoked to the end of its second.
  const issuedAt = Math.max(Math.floor(readAtMs / 1000), session.notBefore);
  const expiresAt = Math.min(
    issuedAt + SESSION_TOKEN_SECONDS_MAX,
    Math.floor(session.expiresAtMs / 1000),
  );
  const token = await deps.signer.sign({
    subject: person.personId,
    siteId: person.siteId,
    role: person.role,
    sessionId,
    issuedAt,
    expiresAt,
    ...(mustEnrol ? { audience: ENROLLING_AUDIENCE } : {}),
  });
  return {
    ...sessionState(deps, session),
    access_token: token,
    expires_in: Math.max(0, expiresAt - Math.floor(deps.nowMs() / 1000)),
    refresh_token: refreshToken,
  };
}

/** What a session is and may do now. */
export function sessionState({ limits }: SessionDeps, session: Session): SessionState {
  const { person } = session;
  return {
    session_id: session.sessionId,
    person: {
      person_id: person.personId,
      login: person.login,
      display_name: person.displayName,
      role: person.role,
      site_code: person.siteCode,
    },
    must_enrol: session.mustEnrol,
    locked: session.isLocked,
    idle_lock_seconds: limits.idleLockSeconds,
  };
}

/** What became of a refresh. */
type Refreshed = OpenSession | { readonly problem: ProblemError };

/**
 * `POST /tokens/refresh`.
 *
 * @throws {ProblemError} `unauthenticated`: no such token; `session-ended`, with the reason; `session-locked`.
 */
export async function refreshSession(
  deps: SessionDeps,
  text: string,
  asked: { readonly client: ClientFacts; readonly requestId: string },
): Promise<Tokens> {
  const refreshed = await useRefreshToken(deps, text, asked);
  if ("problem" in refreshed) throw refreshed.problem;
  return await tokensOf(deps, refreshed);
}

/**
 * Uses a refresh token up: everything but the access token of a refresh. Also for an unlock, which is asked
 * with the refresh token of a locked session.
 *
 * @param asked.fn Runs in the same transaction before the token is used; what it gives is the problem why it
 * is not.
 */
export async function useRefreshToken(
  deps: SessionDeps,
  text: string,
  asked: {
    readonly client: ClientFacts;
    readonly requestId: string;
    /** Instead of refusing a locked session. */
    readonly unlock?: (tx: SiteTx, session: Session) => Promise<ProblemError | undefined>;
  },
): Promise<Refreshed> {
  const parsed = parseRefreshToken(text);
  if (parsed === undefined) return { problem: unknownToken() };
  const { siteId, tokenDigest } = parsed;
  const caller = { siteId, actor: "stranger", role: "none", requestId: asked.requestId };
  return await deps.store.inSite(caller, async (tx): Promise<Refreshed> => {
    const token = await findRefreshToken(tx, tokenDigest);
    if (token === undefined) return { problem: unknownToken() };
    await lockTokens(tx, token.personId);
    const nowMs = deps.nowMs();
    const session = (await findSession(tx, token.sessionId))!;
    const ended = endOf(session, token.expiresAtMs, nowMs);
    if (ended !== undefined) return { problem: sessionEnded(ended) };
    let use = await findRefreshUse(tx, tokenDigest);
    if (use === undefined) {
      const refused = asked.unlock !== undefined
        ? await asked.unlock(tx, session)
        : session.isLocked
        ? sessionLocked(session)
        : undefined;
      if (refused !== undefined) return { problem: refused };
      const own = { salt: deps.randomBytes(32), usedAtMs: nowMs };
      if (await insertRefreshUse(tx, tokenDigest, own)) {
        const refreshToken = successor(deps, siteId, { text, salt: own.salt });
        // Read anew: an unlock changes what the session is.
        const current = asked.unlock === undefined
          ? session
          : (await findSession(tx, session.sessionId))!;
        await keepRefreshToken(deps, tx, current, refreshToken);
        return { session: current, refreshToken, readAtMs: nowMs };
      }
      use = (await findRefreshUse(tx, tokenDigest))!;
    }
    const refreshToken = successor(deps, siteId, { text, salt: use.salt });
    const isSameClient = asked.client.clientDigest.every((byte, index) =>
      byte === session.clientDigest[index]
    );
    const isLostAnswer = nowMs - use.usedAtMs <= GRACE_MS && isSameClient &&
      await findRefreshUse(tx, refreshTokenDigest(refreshToken)) === undefined;
    if (isLostAnswer) {
      return session.isLocked
        ? { problem: sessionLocked(session) }
        : { session, refreshToken, readAtMs: nowMs };
    }
    await endSession(deps, tx, session, {
      reason: "replay",
      event: "refresh-replay",
      from: asked.client.from,
    });
    deps.metrics.replayed();
    return { problem: sessionEnded("replay") };
  });
}

function successor(
  { keys }: SessionDeps,
  siteId: number,
  of: { readonly text: string; readonly salt: Uint8Array },
): string {
  return refreshTokenText(siteId, nextRefreshBytes(keys(REFRESH_KEY), of));
}

/** Why a session is over; undefined while it goes on. */
function endOf(session: Session, tokenExpiresAtMs: number, nowMs: number): string | undefined {
  if (session.endReason !== null) return session.endReason;
  if (session.person.isDisabled) return "disabled";
  if (nowMs >= session.expiresAtMs) return "expired";
  // A locked seat waits for its person all shift long: nothing goes on in it without them.
  return !session.isLocked && nowMs >= tokenExpiresAtMs ? "idle" : undefined;
}

/** A session, and whose it is. */
interface OwnedSession {
  readonly sessionId: string;
  readonly person: Pick<Person, "personId">;
}

/** How a session ends. */
interface SessionEnding {
  /** A slug. */
  readonly reason: string;
  readonly event?: "session-ended" | "sign-out" | "refresh-replay";
  readonly from?: string | undefined;
}

/** Ends a session for good, in all services within half a second; nothing when it was over before. */
export async function endSession(
  deps: Pick<SessionDeps, "nowMs">,
  tx: SiteTx,
  session: OwnedSession,
  how: SessionEnding,
): Promise<boolean> {
  await lockTokens(tx, session.person.personId);
  return await endLocked(tx, session, { ...how, nowMs: deps.nowMs() });
}

async function endLocked(
  tx: SiteTx,
  { sessionId, person }: OwnedSession,
  { nowMs, ...how }: SessionEnding & { readonly nowMs: number },
): Promise<boolean> {
  if (!await insertSessionEnd(tx, { sessionId, reason: how.reason, nowMs })) return false;
  await insertRevocation(tx, { kind: "session", subject: sessionId, nowMs });
  await insertSecurityEvent(tx, how.event ?? "session-ended", {
    session: sessionId,
    person: person.personId,
    reason: how.reason,
    ...(how.from === undefined ? {} : { from: how.from }),
  });
  return true;
}

/** Ends all sessions of somebody, or all but one, or those that began in some ways. @returns How many. */
export async function endSessions(
  deps: Pick<SessionDeps, "nowMs">,
  tx: SiteTx,
  personId: string,
  { reason, except, methods }: {
    /** A slug. */
    readonly reason: string;
    readonly except?: string;
    readonly methods?: readonly SignInMethod[];
  },
): Promise<number> {
  await lockTokens(tx, personId);
  const nowMs = deps.nowMs();
  let count = 0;
  for (const sessionId of await openSessionIds(tx, personId, nowMs, methods)) {
    if (sessionId === except) continue;
    if (await endLocked(tx, { sessionId, person: { personId } }, { reason, nowMs })) count++;
  }
  return count;
}

function unknownToken(): ProblemError {
  return new ProblemError("unauthenticated", { detail: "The refresh token is not good" });
}

/** @param reason A slug: `replay`, `idle`, `expired`, `signed-out`, `ended`, `disabled`, … */
export function sessionEnded(reason: string): ProblemError {
  return new ProblemError("session-ended", {
    detail: "The session is over; sign in again",
    extensions: { reason },
  });
}

export function sessionLocked({ person }: Session): ProblemError {
  return new ProblemError("session-locked", {
    detail: "The session is locked; unlock it",
    extensions: { login: person.login, display_name: person.displayName },
  });
}
