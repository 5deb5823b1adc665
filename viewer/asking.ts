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

declare module "hono" {
  interface ContextVariableMap {
    /** PUBLIC_ORIGIN, where it is set. */
    publicOrigin: string | undefined;
  }
}

/**
 * Where people reach the viewer: the start of a link that is handed on.
 *
 * Hazard: without PUBLIC_ORIGIN it is what the request calls the viewer, which whoever sends it decides.
 */
export function originOf(c: Context): string {
  const known = c.get("publicOrigin");
  if (known !== undefined) return known;
  const { host, protocol } = new URL(c.req.url);
  const scheme = c.req.header("x-forwarded-proto") === "https" ? "https:" : protocol;
  return `${scheme}//${c.req.header("host") ?? host}`;
}
