/**
 * Ends the session: at the service, so that no copy of its tokens is good any more, and in this browser.
 *
 * The refresh token says which one: a locked seat, and a page whose access token is over, have nothing else.
 *
 * @module
 */

import type { Context } from "hono";
import { callerOf } from "../caller.ts";
import type { ViewerDeps } from "../page.tsx";
import { requireOwnPage } from "../same_origin.ts";
import { closeSession } from "../session.ts";
import { readCookies } from "../session_cookies.ts";

export const isOpen = true;
export const isDoneAlone = true;

export async function POST(c: Context, { accounts }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const { refresh } = readCookies(c);
  if (refresh !== undefined) {
    // Whoever signs out leaves the seat, whether or not the service answers: its tokens are forgotten here.
    await accounts?.endByToken(callerOf(c), refresh).catch((error: Error) =>
      c.get("logger")?.warn("session not ended at accounts", { reason: error.message })
    );
  }
  closeSession(c);
  return c.redirect("/sign_in", 303);
}
