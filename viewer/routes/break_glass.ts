/**
 * Opens a restricted patient to whoever gives a reason: noted with their name, told to the privacy officer, and over
 * after a while.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { readForm } from "../form_fields.ts";
import type { ViewerDeps } from "../page.tsx";
import { safeTarget } from "../safe_target.ts";
import { requireOwnPage } from "../same_origin.ts";
import { signedInCaller } from "../session.ts";

export const action = "break-glass:open";

export async function POST(c: Context, { accounts }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const session = c.get("session")!;
  if (accounts === undefined || session.account === undefined) {
    throw new ProblemError("forbidden", {
      detail: "Only somebody with an account can open a restricted patient",
    });
  }
  const field = await readForm(c);
  const asked = { patientId: field("patient"), reason: field("reason").trim() };
  await accounts.breakGlass(signedInCaller(c, session), asked);
  return c.redirect(safeTarget(field("to")), 303);
}
