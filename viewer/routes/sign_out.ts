/**
 * Ends the session: at the service, so that no copy of its tokens is good any more, and in this browser.
 *
 * @module
 */

import type { Context } from "hono";
import type { ViewerDeps } from "../page.tsx";
import { requireOwnPage } from "../same_origin.ts";
import { closeSession, signedInCaller } from "../session.ts";

export const isOpen = true;
export const isDoneAlone = true;

export async function POST(c: Context, { accounts }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const session = c.get("session");
  if (session?.account !== undefined) {
    // Whoever signs out leaves the seat, whether or not the service answers: its tokens are forgotten here.
    await accounts?.signOut(signedInCaller(c, session)).catch((error: Error) =>
      c.get("logger")?.warn("session not ended at accounts", { reason: error.message })
    );
  }
  closeSession(c);
  return c.redirect("/sign_in", 303);
}
