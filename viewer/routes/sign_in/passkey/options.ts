/**
 * A challenge for a passkey, for the sign-in page.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { callerOf } from "../../../caller.ts";
import type { ViewerDeps } from "../../../page.tsx";
import { requireOwnPage } from "../../../same_origin.ts";

export const isOpen = true;

export async function POST(c: Context, { accounts }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  if (accounts === undefined) throw new ProblemError("not-found");
  return c.json(await accounts.passkeyOptions(callerOf(c)));
}
