/**
 * Where a request comes from, as the services behind the viewer are told: they see the viewer's address only.
 *
 * @module
 */

import { clientAddress } from "@wavekeep/core/service";
import type { Context } from "hono";
import type { Caller } from "./api/accounts_client.ts";

/**
 * What is sent as X-Forwarded-For: one address, the socket's, or what a proxy in TRUSTED_PROXIES says.
 *
 * What came is never handed on: a service that trusts the viewer, and a network too wide beside it, would believe
 * what a browser made up.
 */
export function forwardedFor(c: Context): string | undefined {
  return clientAddress(c);
}

/** In whose name the viewer asks accounts. */
export function callerOf(c: Context): Caller {
  return {
    requestId: c.get("requestId"),
    userAgent: c.req.header("user-agent"),
    forwardedFor: forwardedFor(c),
  };
}
