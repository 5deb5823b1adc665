/**
 * In whose name a page asks the services, and where the browser believes the viewer to be.
 *
 * @module
 */

import type { Context } from "hono";
import type { Asking } from "./api/upstream.ts";
import { callerOf } from "./caller.ts";

/** Of a page that wants a session. */
export function askingOf(c: Context): Asking {
  return { token: c.get("session")!.token, ...callerOf(c) };
}

/** Where whoever asks reaches the viewer: the start of a link that they hand on. */
export function originOf(c: Context): string {
  const { host, protocol } = new URL(c.req.url);
  const scheme = c.req.header("x-forwarded-proto") === "https" ? "https:" : protocol;
  return `${scheme}//${c.req.header("host") ?? host}`;
}
