/**
 * `/api/ingest/*` and `/api/query/*`: the services behind the viewer, as one origin.
 *
 * Puts the session's bearer token on the request and hands body and answer through as streams, event
 * streams included. Sole owner of what crosses: no cookie goes out, no hop-by-hop header goes either way.
 * When the client leaves, the request behind it ends too.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { Hono } from "hono";
import { isSameOrigin } from "./same_origin.ts";

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

/** What may be asked of query besides reading: to make an export, and to do without it. */
const QUERY_WRITES: Readonly<Record<string, RegExp>> = {
  POST: /^\/patients\/[^/]+\/recordings\/[^/]+\/exports$/,
  DELETE: /^\/exports\/[^/]+$/,
};
const NO_WRITES: typeof QUERY_WRITES = {};

/** Where the services answer. */
export interface Upstreams {
  readonly ingestUrl: string;
  readonly queryUrl: string;
  /** Absent where people have no accounts. */
  readonly accountsUrl?: string | undefined;
  /** Default: the runtime's. */
  readonly fetch?: typeof fetch;
}

/** The two proxied trees, to be mounted under `/api`. */
export function apiProxy(upstreams: Upstreams): Hono {
  const app = new Hono();
  for (
    const [name, base, methods, writes] of [
      ["query", upstreams.queryUrl, ["GET", "HEAD"], QUERY_WRITES],
      ["ingest", upstreams.ingestUrl, ["GET", "HEAD", "POST", "PUT"], NO_WRITES],
    ] as const
  ) {
    app.all(`/${name}/*`, async (c) => {
      const { pathname, search } = new URL(c.req.url);
      const path = pathname.slice(pathname.indexOf(`/${name}/`) + name.length + 1);
      const { method } = c.req;
      const isAsked = (methods as readonly string[]).includes(method) || writes[method]?.test(path);
      if (isAsked !== true) {
        throw new ProblemError("method-not-allowed");
      }
      if (!isSameOrigin(c)) {
        throw new ProblemError("forbidden", { detail: "The request comes from another origin" });
      }
      const session = c.get("session");
      if (session === undefined) {
        throw new ProblemError("unauthenticated", { detail: "Nobody is signed in" });
      }
      return await forward(c.req.raw, {
        target: `${base.replace(/\/$/, "")}${path}${search}`,
        service: name,
        token: session.token,
        requestId: c.get("requestId"),
        fetch: upstreams.fetch ?? fetch,
      });
    });
  }
  return app;
}

interface Forwarding {
  readonly target: string;
  readonly service: string;
  readonly token: string;
  readonly requestId: string;
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
