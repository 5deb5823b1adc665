/**
 * What the viewer's server asks the accounts service, typed and checked.
 *
 * Sole place of the viewer where refresh tokens leave for, or come from: what has them here goes into cookies
 * and nowhere else. Hazard: an answer with tokens must never be handed to a page.
 *
 * @module
 */

import { Problem, ProblemError, type ProblemSlug, problemSlug } from "@wavekeep/core/problem";
import {
  BrokenGlass,
  Ceremony,
  LinkFacts,
  NextStep,
  OwnCredentials,
  OwnSessions,
  RecoveryCodes,
  Tokens,
  TotpSecret,
} from "@wavekeep/core/wire";
import * as z from "zod";

/** Time for an answer to arrive whole: a password is hashed on the way. */
const TIMEOUT_MS = 20_000;

/** In whose name the viewer asks. */
export interface Caller {
  readonly requestId: string;
  /** Where the person sits: the browser's own words and its address, handed on. */
  readonly userAgent: string | undefined;
  readonly forwardedFor: string | undefined;
}

/** A caller with a session. */
export interface SignedInCaller extends Caller {
  /** Access token. */
  readonly token: string;
}

/** A passkey's answer to a ceremony, as WebAuthn's JSON. */
export interface PasskeyAnswer {
  readonly ticket: string;
  readonly response: unknown;
}

/** The second proof of a sign-in by password. */
export interface SecondProof {
  readonly ticket: string;
  readonly code: string;
  readonly kind: "totp" | "recovery";
}

/** Asks accounts. Every method throws {@link ProblemError}: the service's own, or upstream-unavailable. */
export interface AccountsClient {
  signInByPassword(caller: Caller, asked: { login: string; password: string }): Promise<NextStep>;
  finishSignIn(caller: Caller, proof: SecondProof): Promise<Tokens>;
  passkeyOptions(caller: Caller): Promise<Ceremony>;
  signInByPasskey(caller: Caller, answer: PasskeyAnswer): Promise<Tokens>;
  refresh(caller: Caller, refreshToken: string): Promise<Tokens>;
  lookAtLink(caller: Caller, token: string): Promise<LinkFacts>;
  redeemLink(caller: Caller, token: string): Promise<Tokens>;

  credentials(caller: SignedInCaller): Promise<OwnCredentials>;
  sessions(caller: SignedInCaller): Promise<OwnSessions>;
  endSession(caller: SignedInCaller, sessionId: string): Promise<void>;
  removePasskey(caller: SignedInCaller, passkeyId: string): Promise<void>;
  setPassword(
    caller: SignedInCaller,
    passwords: { password: string; currentPassword?: string | undefined },
  ): Promise<void>;
  newTotp(caller: SignedInCaller): Promise<TotpSecret>;
  confirmTotp(caller: SignedInCaller, code: string): Promise<void>;
  newRecoveryCodes(caller: SignedInCaller): Promise<RecoveryCodes>;
  /** Ends the session that a refresh token is of, used or not. */
  endByToken(caller: Caller, refreshToken: string): Promise<void>;
  /** Whether the session still lives, whatever its token says: 401 when it was ended elsewhere. */
  check(caller: SignedInCaller): Promise<void>;

  /** Locks the session that a refresh token is of. */
  lock(caller: Caller, refreshToken: string): Promise<void>;
  unlockOptions(caller: Caller, refreshToken: string): Promise<Ceremony>;
  unlock(
    caller: Caller,
    refreshToken: string,
    proof: { readonly password: string } | PasskeyAnswer,
  ): Promise<Tokens>;
  breakGlass(
    caller: SignedInCaller,
    asked: { readonly patientId: string; readonly reason: string },
  ): Promise<BrokenGlass>;
}

/** A client of the accounts service at `baseUrl`. */
export function createAccountsClient(
  baseUrl: string,
  fetcher: typeof fetch = fetch,
): AccountsClient {
  const base = baseUrl.replace(/\/$/, "");

  async function ask(
    caller: Caller & { readonly token?: string },
    path: string,
    body?: unknown,
  ): Promise<unknown> {
    const answer = await send(base + path, body, headersOf(caller), fetcher);
    if (!answer.ok) throw await problemOf(answer);
    return await answer.json().catch(() => ({}));
  }

  async function get<T>(caller: Caller, path: string, schema: z.ZodType<T>): Promise<T> {
    return parse(schema, await ask(caller, path));
  }

  async function post<T>(
    caller: Caller,
    path: string,
    schema: z.ZodType<T>,
    body: unknown = {},
  ): Promise<T> {
    return parse(schema, await ask(caller, path, body));
  }

  async function tell(caller: Caller, path: string, body: unknown = {}): Promise<void> {
    await ask(caller, path, body);
  }

  return {
    signInByPassword: (caller, asked) => post(caller, "/sign-in/password", NextStep, asked),
    finishSignIn: (caller, { kind, ...proof }) => post(caller, `/sign-in/${kind}`, Tokens, proof),
    passkeyOptions: (caller) => post(caller, "/sign-in/passkey/options", Ceremony),
    signInByPasskey: (caller, answer) => post(caller, "/sign-in/passkey", Tokens, answer),
    refresh: (caller, refreshToken) =>
      post(caller, "/tokens/refresh", Tokens, { "refresh_token": refreshToken }),
    lookAtLink: (caller, token) => post(caller, "/links/look", LinkFacts, { token }),
    redeemLink: (caller, token) => post(caller, "/links/redeem", Tokens, { token }),

    credentials: (caller) => get(caller, "/me/credentials", OwnCredentials),
    sessions: (caller) => get(caller, "/me/sessions", OwnSessions),
    endSession: (caller, id) => tell(caller, `/me/sessions/${encodeURIComponent(id)}/end`),
    removePasskey: (caller, id) => tell(caller, `/me/passkeys/${encodeURIComponent(id)}/remove`),
    setPassword: (caller, { password, currentPassword }) =>
      tell(caller, "/me/password", {
        password,
        ...(currentPassword === undefined ? {} : { "current_password": currentPassword }),
      }),
    newTotp: (caller) => post(caller, "/me/totp", TotpSecret),
    confirmTotp: (caller, code) => tell(caller, "/me/totp/confirm", { code }),
    newRecoveryCodes: (caller) => post(caller, "/me/recovery-codes", RecoveryCodes),
    endByToken: (caller, refreshToken) =>
      tell(caller, "/sessions/end", { "refresh_token": refreshToken }),
    check: async (caller) => void await get(caller, "/me", z.unknown()),

    lock: (caller, refreshToken) =>
      tell(caller, "/sessions/lock", { "refresh_token": refreshToken }),
    unlockOptions: (caller, refreshToken) =>
      post(caller, "/me/unlock/options", Ceremony, { "refresh_token": refreshToken }),
    unlock: (caller, refreshToken, proof) =>
      post(caller, "/me/unlock", Tokens, { "refresh_token": refreshToken, ...proof }),
    breakGlass: (caller, { patientId, reason }) =>
      post(caller, "/break-glass", BrokenGlass, { "patient_id": patientId, reason }),
  };
}

function headersOf(caller: Caller & { readonly token?: string }): Headers {
  const headers = new Headers({ "accept": "application/json", "x-request-id": caller.requestId });
  if (caller.token !== undefined) headers.set("authorization", `Bearer ${caller.token}`);
  if (caller.userAgent !== undefined) headers.set("user-agent", caller.userAgent);
  if (caller.forwardedFor !== undefined) headers.set("x-forwarded-for", caller.forwardedFor);
  return headers;
}

async function send(
  url: string,
  body: unknown,
  headers: Headers,
  fetcher: typeof fetch,
): Promise<Response> {
  if (body !== undefined) headers.set("content-type", "application/json");
  try {
    return await fetcher(url, {
      method: body === undefined ? "GET" : "POST",
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new ProblemError("upstream-unavailable", {
      detail: "accounts does not answer",
      retryAfterSeconds: 2,
      cause,
    });
  }
}

function parse<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  // What did not fit may be a secret: only where it was is kept.
  const places = parsed.error.issues.map(({ path }) => path.join("."));
  throw new ProblemError("upstream-unavailable", {
    detail: "accounts answered in a shape the viewer does not know",
    cause: new Error(`Cannot read the answer: ${places.join(", ")}`),
  });
}

/** What a status says where the service's own word is not known here. */
const BY_STATUS: Readonly<Record<number, ProblemSlug>> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  422: "validation",
  429: "too-many-requests",
};

async function problemOf(answer: Response): Promise<ProblemError> {
  const problem = Problem.safeParse(await answer.json().catch(() => undefined));
  const slug = (problem.success ? problemSlug(problem.data) : undefined) ??
    BY_STATUS[answer.status] ?? "upstream-unavailable";
  const { detail, errors } = problem.success ? problem.data : {};
  const retryAfter = Number(answer.headers.get("retry-after"));
  return new ProblemError(slug, {
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
    ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}),
  });
}
