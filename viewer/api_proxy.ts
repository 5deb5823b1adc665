/**
 * `/api/ingest/*`, `/api/query/*` and `/api/accounts/*`: the services behind the viewer, as one origin.
 *
 * Puts the session's bearer token on the request and hands body and answer through as streams, event
 * streams included. Sole owner of what crosses: no cookie goes out, no hop-by-hop header goes either way, and no
 * route of accounts that answers with tokens is asked from here. When the client leaves, the request behind it
 * ends too.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { isSameOrigin } from "@wavekeep/core/service";
import { Hono } from "hono";
import type { Context } from "hono";
import { forwardedFor } from "./caller.ts";
import { renewSession, type Session, type SessionOptions } from "./session.ts";

/** Time for a service to answer with its head. */
const HEAD_TIMEOUT_MS = 30_000;

/** Headers of the request that the services need; everything else stays here. */
const REQUEST_HEADERS = [
  "accept",
  "content-type",
  "content-digest",
  "if-none-match",
  "last-event-id",
  "range",
  "user-agent",
] as const;

/** Headers of the answer that belong to one connection, or that the viewer sets itself. */
const DROPPED_HEADERS = new Set([
  "connection",
  "content-encoding",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-request-id",
]);

/** What may be asked, by method: nothing else crosses. */
type Allowed = Readonly<Record<string, RegExp>>;

const ANY = /^/;

/** Of query: reading, and to make an export and to do without it. */
const OF_QUERY: Allowed = {
  GET: ANY,
  HEAD: ANY,
  POST: /^\/patients\/[^/]+\/recordings\/[^/]+\/exports$/,
  DELETE: /^\/exports\/[^/]+$/,
};

const OF_INGEST: Allowed = { GET: ANY, HEAD: ANY, POST: ANY, PUT: ANY };

/** Of accounts: what answers without tokens. Signing in, refreshing and unlocking are routes of the viewer. */
const OF_ACCOUNTS: Allowed = {
  GET: /^\/(me(\/(credentials|sessions))?|people(\/[^/]+(\/sessions)?)?|api-keys|site)$/,
  POST:
    /^\/(me\/passkeys(\/options|\/[^/]+\/remove)?|me\/sessions\/[^/]+\/end|break-glass|people(\/[^/]+(\/[a-z-]+){1,2})?|api-keys(\/[^/]+\/revoke)?)$/,
};

/** Where the services answer. */
export interface Upstreams {
  readonly ingestUrl: string;
  readonly queryUrl: string;
  /** Absent where people have no accounts. */
  readonly accountsUrl?: string | undefined;
  /** Default: the runtime's. */
  readonly fetch?: typeof fetch;
}

/** The proxied trees, to be mounted under `/api`. */
export function apiProxy(upstreams: Upstreams, sessions: SessionOptions): Hono {
  const app = new Hono();
  for (
    const [name, base, allowed] of [
      ["query", upstreams.queryUrl, OF_QUERY],
      ["ingest", upstreams.ingestUrl, OF_INGEST],
      ["accounts", upstreams.accountsUrl, OF_ACCOUNTS],
    ] as const
  ) {
    if (base === undefined) continue;
    app.all(`/${name}/*`, async (c) => {
      const { pathname, search } = new URL(c.req.url);
      const path = pathname.slice(pathname.indexOf(`/${name}/`) + name.length + 1);
      if (allowed[c.req.method]?.test(path) !== true) {
        throw new ProblemError("method-not-allowed");
      }
      if (!isSameOrigin(c)) {
        throw new ProblemError("forbidden", { detail: "The request comes from another origin" });
      }
      const session = c.get("session");
      if (session === undefined) {
        throw new ProblemError("unauthenticated", { detail: "Nobody is signed in" });
      }
      const send = ({ token }: Session) =>
        forward(c.req.raw, {
          target: `${base.replace(/\/$/, "")}${path}${search}`,
          service: name,
          token,
          requestId: c.get("requestId"),
          forwardedFor: forwardedFor(c),
          fetch: upstreams.fetch ?? fetch,
        });
      const answer = await send(session);
      if (name === "accounts") await followEnrolment(c, path, answer, sessions);
      if (answer.status !== 401 || session.account === undefined) return answer;
      return await afterRefusal(c, answer, send, sessions);
    });
  }
  return app;
}

/**
 * A token was refused before its end: it was revoked. Either the session is over, which the cookies are then told,
 * or it goes on with other rights: what has no body is asked again.
 */
async function afterRefusal(
  c: Context,
  refusal: Response,
  send: (session: Session) => Promise<Response>,
  sessions: SessionOptions,
): Promise<Response> {
  if (!await renewSession(c, sessions).catch(() => false) || c.req.raw.body !== null) {
    return refusal;
  }
  await refusal.body?.cancel();
  return await send(c.get("session")!);
}

/** A first passkey makes a session that could only enrol one that reads: its next token says so. */
async function followEnrolment(
  c: Context,
  path: string,
  answer: Response,
  sessions: SessionOptions,
): Promise<void> {
  if (!c.get("session")?.account?.must_enrol) return;
  if (path === "/me/passkeys" && answer.ok) await renewSession(c, sessions);
}

interface Forwarding {
  readonly target: string;
  readonly service: string;
  readonly token: string;
  readonly requestId: string;
  readonly forwardedFor: string | undefined;
  readonly fetch: typeof fetch;
}

async function forward(request: Request, to: Forwarding): Promise<Response> {
  const headers = new Headers({
    "authorization": `Bearer ${to.token}`,
    "accept-encoding": "identity",
    "x-request-id": to.requestId,
  });
  for (const name of REQUEST_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (to.forwardedFor !== undefined) headers.set("x-forwarded-for", to.forwardedFor);
  const controller = new AbortController();
  const leave = () => controller.abort();
  request.signal.addEventListener("abort", leave, { once: true });
  const timer = setTimeout(() => controller.abort(), HEAD_TIMEOUT_MS);
  try {
    const answer = await to.fetch(to.target, {
      method: request.method,
      headers,
      redirect: "manual",
      signal: controller.signal,
      ...(request.body === null ? {} : { body: request.body, duplex: "half" } as RequestInit),
    });
    const kept = [...answer.headers].filter(([name]) => !DROPPED_HEADERS.has(name));
    return new Response(answer.body, { status: answer.status, headers: kept });
  } catch (cause) {
    throw new ProblemError("upstream-unavailable", {
      detail: `${to.service} does not answer`,
      retryAfterSeconds: 2,
      cause,
    });
  } finally {
    clearTimeout(timer);
    // From here on the client's leaving cancels the body, and with it the request behind it.
    request.signal.removeEventListener("abort", leave);
  }
}
