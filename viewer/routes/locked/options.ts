/**
 * A challenge for the passkeys of whoever locked the seat.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { callerOf } from "../../caller.ts";
import type { ViewerDeps } from "../../page.tsx";
import { requireOwnPage } from "../../same_origin.ts";
import { readCookies } from "../../session_cookies.ts";

export const isOpen = true;

export async function POST(c: Context, { accounts }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const { refresh } = readCookies(c);
  if (accounts === undefined || refresh === undefined) throw new ProblemError("unauthenticated");
  return c.json(await accounts.unlockOptions(callerOf(c), refresh));
}
