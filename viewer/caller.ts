/**
 * Where a request comes from, as the services behind the viewer are told: they see the viewer's address only.
 *
 * @module
 */

import type { Context } from "hono";
import type { Caller } from "./api/accounts_client.ts";

/**
 * What is sent as X-Forwarded-For: what came, and the address it came from at its end.
 *
 * Who reads it counts from the right, past the proxies it knows: what a browser made up stands to the left.
 */
export function forwardedFor(c: Context): string | undefined {
  const peer = c.env?.incoming?.socket?.remoteAddress as string | undefined;
  const before = c.req.header("x-forwarded-for");
  return [before, peer].filter((part) => part !== undefined && part !== "").join(", ") || undefined;
}

/** In whose name the viewer asks accounts. */
export function callerOf(c: Context): Caller {
  return {
    requestId: c.get("requestId"),
    userAgent: c.req.header("user-agent"),
    forwardedFor: forwardedFor(c),
  };
}
