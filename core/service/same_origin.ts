/**
 * Layer 6. Whether a request comes from our own pages.
 *
 * SameSite=Strict keeps other sites from using a cookie; this keeps them from trying, and covers other
 * ports of the same host, which count as the same site.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 * @module
 */
import type { Context } from "hono";

/** Methods that change nothing. */
const SAFE_METHODS = new Set(["GET", "HEAD"]);

/**
 * False for requests that a page of another origin made, and for those that change something and do not
 * say where they come from.
 *
 * Sec-Fetch-Site decides where there is one: under `Referrer-Policy: no-referrer` a form of our own is
 * sent with `Origin: null`.
 */
export function isSameOrigin(c: Context): boolean {
  const isSafe = SAFE_METHODS.has(c.req.method);
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin" || (isSafe && site === "none");
  const origin = c.req.header("origin");
  if (origin === undefined) return isSafe;
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  return URL.canParse(origin) && new URL(origin).host === host;
}
