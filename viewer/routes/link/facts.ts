/**
 * Whom a link is for; spends nothing.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { callerOf } from "../../caller.ts";
import { readJson } from "../../form_fields.ts";
import type { ViewerDeps } from "../../page.tsx";
import { requireOwnPage } from "../../same_origin.ts";

export const isOpen = true;

export async function POST(c: Context, { accounts }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  if (accounts === undefined) throw new ProblemError("not-found");
  const { token } = await readJson(c);
  return c.json(await accounts.lookAtLink(callerOf(c), String(token ?? "")));
}
