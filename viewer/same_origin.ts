/**
 * Whether a request comes from our own pages.
 *
 * SameSite=Strict keeps other sites from using the cookie; this keeps them from trying, and covers other
 * ports of the same host, which count as the same site.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 * @module
 */

import type { Context } from "hono";

/** Methods that change nothing. */
const SAFE_METHODS = new Set(["GET", "HEAD"]);

/** False for requests that a page of another origin made, or that change something without an Origin. */
export function isSameOrigin(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const origin = c.req.header("origin");
  if (origin === undefined) return SAFE_METHODS.has(c.req.method);
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  return URL.canParse(origin) && new URL(origin).host === host;
}
