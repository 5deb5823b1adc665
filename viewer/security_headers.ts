/**
 * Headers of every answer: what a page may load, who may embed it, what may be kept.
 *
 * Sole owner of the content security policy. There is no inline script and no inline style anywhere, so
 * nothing that reaches a page as text can run.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";

/** The policy, the same for pages, workers and API answers. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  // WebAssembly only: the codec's kernel is compiled in the worker. JavaScript out of text stays forbidden.
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Sets the headers. What says nothing about caching is not to be kept. */
export function securityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
  };
}
