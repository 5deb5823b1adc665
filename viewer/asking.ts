/**
 * In whose name a page asks the services, and where the browser believes the viewer to be.
 *
 * @module
 */

import { cameByHttps } from "@wavekeep/core/service";
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
 * Hazard: without PUBLIC_ORIGIN it is what the request calls the viewer, which whoever sends it decides; whether by
 * https says a proxy in TRUSTED_PROXIES alone.
 */
export function originOf(c: Context): string {
  const known = c.get("publicOrigin");
  if (known !== undefined) return known;
  const { host } = new URL(c.req.url);
  return `${cameByHttps(c) ? "https" : "http"}://${c.req.header("host") ?? host}`;
}
