/**
 * Takes a passkey's signature from the sign-in page and opens the session. Tokens go into cookies.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { callerOf } from "../../caller.ts";
import { passkeyAnswer, readJson } from "../../form_fields.ts";
import type { ViewerDeps } from "../../page.tsx";
import { requireOwnPage } from "../../same_origin.ts";
import { endFormer, openAccount } from "../../session.ts";

export const isOpen = true;

export async function POST(c: Context, { accounts, sessions }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  if (accounts === undefined) throw new ProblemError("not-found");
  const answer = passkeyAnswer(await readJson(c));
  await openAccount(c, await accounts.signInByPasskey(callerOf(c), answer), sessions);
  await endFormer(c, accounts);
  return c.body(null, 204);
}
