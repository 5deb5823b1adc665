/**
 * Layer 6. A request as message signatures see it, and its body held against the digest that was signed.
 *
 * Hazard: the target is taken as it stood in the request line. Whoever reads it decoded or normalised verifies
 * another request than the one that was signed.
 *
 * @module
 */
import type { Context } from "hono";
import type { SignableRequest } from "../crypto/message_signature.ts";
import { readBody } from "./body_limit.ts";
import { requireContentDigest } from "./content_digest.ts";
import { incomingOf } from "./incoming_body.ts";

/**
 * What of a request can be signed.
 *
 * @throws {Error} (as a rejection) It is asked for in a form that names another server.
 */
// deno-lint-ignore require-await -- a promise, so that whoever waits hears of it in one place
export async function signableRequest(c: Context): Promise<SignableRequest> {
  const [, scheme = "http", authority = "", rest = "/"] =
    /^(https?):\/\/([^/?#]*)([^#]*)/.exec(c.req.url) ?? [];
  const target = incomingOf(c.env)?.url ?? rest;
  if (!target.startsWith("/")) {
    throw new Error("Cannot accept signature: the request's target is no path");
  }
  return {
    method: c.req.method,
    scheme: scheme as "http" | "https",
    authority: c.req.header("host") ?? authority,
    target,
    header: (name) => c.req.header(name),
  };
}

/** Whether a request brings a body, by what its head says. */
export function hasRequestBody(c: Context): boolean {
  if (c.req.header("transfer-encoding") !== undefined) return true;
  const length = c.req.header("content-length");
  if (length !== undefined) return length !== "0";
  return incomingOf(c.env) === undefined && c.req.raw.body !== null;
}

/**
 * Reads the body and compares it with Content-Digest; afterwards the route reads it as usual.
 *
 * @throws {ProblemError} `body-too-large`, `content-digest-mismatch`.
 */
export async function requireSignedBody(c: Context, bytesMax: number): Promise<void> {
  requireContentDigest(c.req.header("content-digest") ?? "", await readBody(c, bytesMax));
}
