/**
 * Who is looking: an account's session, a pasted token, or the demo, out of cookies that page scripts cannot read.
 *
 * An account's access token lives minutes; when less than one is left, the server that renders and proxies gets
 * the next one with the refresh token, before it goes on with the request. So pages, workers and event streams never
 * see a token end. The viewer keeps no state (viewer decision 0011).
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { isLoopbackHostHeader, type Principal, type VerifyToken } from "@wavekeep/core/service";
import type { SessionState, Tokens } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { AccountsClient, SignedInCaller } from "./api/accounts_client.ts";
import { callerOf } from "./caller.ts";
import { type CookieChange, readCookies } from "./session_cookies.ts";
import type { TokenRefresher } from "./token_refresher.ts";

/** A signed-in reader. */
export interface Session {
  /** Sent to the services and nowhere else. */
  readonly token: string;
  readonly principal: Principal;
  /** Signed in by itself, on the demo site. */
  readonly isDemo: boolean;
  /** Of somebody with an account; absent with a pasted token and on the demo. */
  readonly account?: SessionState;
}

declare module "hono" {
  interface ContextVariableMap {
    /** Absent when nobody is signed in. */
    session: Session | undefined;
    /** Whose session is locked; then there is no session. */
    locked: SessionState | undefined;
    /** What the answer does to the cookies; the last one counts. */
    cookieChange: CookieChange | undefined;
  }
}

/** What sessions are made with. */
export interface SessionOptions {
  readonly verify: VerifyToken;
  /** Gives the demo clinician's token; absent where there is no demo. */
  readonly demoToken?: () => Promise<string>;
  /** Where people have accounts. */
  readonly refresher?: TokenRefresher;
}

/** Life that a token must have left to be used, s. */
const LIFE_LEFT_MIN = 60;

/**
 * Reads the session of a request into its context, refreshed where it is due.
 *
 * @throws {ProblemError} Its token has ended and accounts does not answer: the session is kept.
 */
export async function readSession(c: Context, options: SessionOptions): Promise<void> {
  const { access, refresh, state } = readCookies(c);
  if (refresh === undefined || options.refresher === undefined) {
    if (access !== undefined) c.set("session", await pastedSession(access, options));
    return;
  }
  if (state?.locked) {
    c.set("locked", state);
    return;
  }
  const principal = await options.verify(access ?? "").catch(() => undefined);
  const leftSeconds = (principal?.expiresAt ?? 0) - Date.now() / 1000;
  const current: Session | undefined = principal && state && access !== undefined
    ? { token: access, principal, isDemo: false, account: state }
    : undefined;
  c.set("session", current);
  if (current === undefined || leftSeconds < LIFE_LEFT_MIN) {
    await renewSession(c, options).catch((error) => {
      if (current === undefined) throw error;
      c.get("logger")?.warn("token not refreshed yet", { reason: String(error.message) });
    });
  }
}

/**
 * Gets new tokens for the session of a request, whatever life its own have left.
 *
 * @returns False when there is no session any more: ended elsewhere, locked, or never there.
 * @throws {ProblemError} Accounts does not answer.
 */
export async function renewSession(c: Context, options: SessionOptions): Promise<boolean> {
  const { refresh, state } = readCookies(c);
  if (refresh === undefined || options.refresher === undefined) return false;
  try {
    await openAccount(c, await options.refresher.refresh(callerOf(c), refresh), options);
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError) || !isRefusal(error)) throw error;
    c.get("logger")?.info("session over", { reason: error.slug });
    c.set("session", undefined);
    if (error.slug === "session-locked" && state !== undefined) {
      c.set("locked", state);
      c.set("cookieChange", { kind: "locked", state });
    } else {
      closeSession(c, false);
    }
    return false;
  }
}

/** Whether an answer says that a session is over, and not that the service has trouble. */
function isRefusal({ status }: ProblemError): boolean {
  return status === 401 || status === 403;
}

/** Begins or continues an account's session. */
export async function openAccount(
  c: Context,
  tokens: Tokens,
  { verify }: SessionOptions,
): Promise<Session> {
  const { access_token: token, refresh_token: _, expires_in: __, ...account } = tokens;
  const principal = await verify(token).catch((cause) => {
    throw new ProblemError("upstream-unavailable", {
      detail: "accounts signs with another key than the viewer verifies with",
      cause,
    });
  });
  const session = { token, principal, isDemo: false, account };
  c.set("session", session);
  c.set("locked", undefined);
  c.set("cookieChange", { kind: "tokens", tokens });
  return session;
}

/**
 * Opens a session with a token that somebody pasted, or the demo's.
 *
 * @throws What `verify` throws when the token is not good.
 */
export async function openSession(
  c: Context,
  token: string,
  { verify }: SessionOptions,
  isDemo = false,
): Promise<Session> {
  const principal = await verify(token);
  const session = { token, principal, isDemo };
  c.set("session", session);
  c.set("cookieChange", {
    kind: "pasted",
    value: isDemo ? `demo.${token}` : token,
    lifeSeconds: Math.max(0, Math.floor(principal.expiresAt - Date.now() / 1000)),
  });
  return session;
}

/**
 * Ends at the service what the request's cookies are signed in to: on leaving, and once another sign-in has taken
 * their place, or it would go on without anybody knowing of it. A service that does not answer keeps nobody here,
 * and nobody out.
 */
export async function endFormer(
  c: Context,
  accounts: Pick<AccountsClient, "endByToken"> | undefined,
): Promise<void> {
  const { refresh } = readCookies(c);
  if (refresh === undefined) return;
  await accounts?.endByToken(callerOf(c), refresh).catch((error: Error) =>
    c.get("logger")?.warn("session not ended at accounts", { reason: error.message })
  );
}

/** Ends the session in this browser. A demo that was left stays left until somebody asks for it. */
export function closeSession(c: Context, isLeft = true): void {
  c.set("session", undefined);
  c.set("cookieChange", { kind: "closed", isLeft });
}

/** Whether the demo may sign this request in: there is one, and the request came to this computer. */
export function mayOpenDemo(c: Context, { demoToken }: SessionOptions): boolean {
  return demoToken !== undefined && isLoopbackHostHeader(c.req.header("host"));
}

/** In whose name a signed-in request asks accounts. */
export function signedInCaller(c: Context, { token }: Pick<Session, "token">): SignedInCaller {
  return { ...callerOf(c), token };
}

async function pastedSession(
  value: string,
  { verify }: SessionOptions,
): Promise<Session | undefined> {
  const isDemo = value.startsWith("demo.");
  const token = isDemo ? value.slice("demo.".length) : value;
  try {
    return { token, isDemo, principal: await verify(token) };
  } catch {
    return undefined;
  }
}
