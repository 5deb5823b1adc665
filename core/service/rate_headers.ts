/**
 * Layer 6. What an answer says of limits: 429 with Retry-After, and the RateLimit headers.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-10; RFC 6585 section 4
 * @module
 */
import type { Context } from "hono";
import { ProblemError } from "../problem/mod.ts";
import { type RateVerdict, WINDOW_SECONDS } from "./rate_limits.ts";
import "./context.ts";

/**
 * Notes a verdict for the answer's head, and ends the request when it is one too many.
 *
 * @throws {ProblemError} `too-many-requests`.
 */
export function requireAdmitted(c: Context, verdict: RateVerdict): void {
  // Who is far from the limit has no use for it, and pays nothing for hearing of it.
  if (verdict.left * 2 < verdict.quota) c.set("rateVerdict", verdict);
  if (verdict.isAdmitted) return;
  const { kind, quota, resetSeconds } = verdict;
  throw new ProblemError("too-many-requests", {
    detail: `More than ${quota} requests in ${WINDOW_SECONDS} s (limit of the ${kind})`,
    retryAfterSeconds: resetSeconds,
    extensions: { limit: kind },
  });
}

/** Writes what {@link requireAdmitted} noted. */
export function setRateHeaders(c: Context, { kind, quota, left, resetSeconds }: RateVerdict): void {
  c.res.headers.set("ratelimit-policy", `"${kind}";q=${quota};w=${WINDOW_SECONDS}`);
  c.res.headers.set("ratelimit", `"${kind}";r=${left};t=${resetSeconds}`);
}
