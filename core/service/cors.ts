/**
 * Layer 6. Pages of other origins that may read answers: none, unless an operator lists them.
 *
 * Sole owner of the CORS headers. An origin is compared as a whole and never reflected unseen; credentials of
 * the browser (cookies, certificates) are never allowed along, so a page can only use a token that it has.
 *
 * @see Fetch standard, "CORS protocol"
 * @module
 */
import type { Context } from "hono";
import * as z from "zod";

/** What a page may send, beside what it always may. */
const ALLOWED_HEADERS = [
  ...["authorization", "content-digest", "content-type", "if-none-match", "last-event-id", "range"],
  ...["signature", "signature-input"],
].join(", ");
const ALLOWED_METHODS = "GET, HEAD, POST, DELETE";
/** What a page may read of an answer, beside what it always may. */
const EXPOSED_HEADERS = [
  ...[
    "content-disposition",
    "content-range",
    "etag",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
  ],
  "x-request-id",
].join(", ");
/** Browsers ask again after so long. */
const PREFLIGHT_SECONDS = 600;

/** Schema of the list of origins; empty by default. */
export function corsOrigins(): z.ZodType<readonly string[]> {
  return z.string().default("").transform((text) =>
    text.split(",").map((origin) => origin.trim()).filter((origin) => origin !== "")
  ).pipe(z.array(
    z.string().refine(isOrigin, {
      error: "each is an origin such as https://research.example, without a path; * is none",
    }),
  )).describe(
    "Origins whose pages may read answers with a token of their own, commas between",
  ) as unknown as z.ZodType<readonly string[]>;
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[a-z0-9.:[\]-]+$/.test(text) && URL.canParse(text) &&
    new URL(text).origin === text;
}

/**
 * The answer to a browser that asks whether a page may ask; undefined for any other request.
 *
 * @param origins As listed.
 */
export function preflightAnswer(c: Context, origins: ReadonlySet<string>): Response | undefined {
  const origin = c.req.header("origin");
  if (c.req.method !== "OPTIONS" || origin === undefined || !origins.has(origin)) return undefined;
  if (c.req.header("access-control-request-method") === undefined) return undefined;
  return c.body(null, 204, {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": ALLOWED_METHODS,
    "access-control-allow-headers": ALLOWED_HEADERS,
    "access-control-max-age": String(PREFLIGHT_SECONDS),
    "vary": "Origin",
  });
}

/** Lets a listed page read this answer. */
export function allowOrigin(c: Context, origins: ReadonlySet<string>): void {
  const { headers } = c.res;
  // What is kept on the way for one origin is no answer to another.
  const vary = headers.get("vary");
  headers.set("vary", vary === null ? "Origin" : `${vary}, Origin`);
  const origin = c.req.header("origin");
  if (origin === undefined || !origins.has(origin)) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", EXPOSED_HEADERS);
}
