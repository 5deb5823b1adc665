/**
 * Ends the session: at the service, so that no copy of its tokens is good any more, and in this browser.
 *
 * The refresh token says which one: a locked seat, and a page whose access token is over, have nothing else.
 *
 * @module
 */

import type { Context } from "hono";
import type { ViewerDeps } from "../page.tsx";
import { requireOwnPage } from "../same_origin.ts";
import { closeSession, endFormer } from "../session.ts";

export const isOpen = true;
export const isDoneAlone = true;

export async function POST(c: Context, { accounts }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  // Whoever signs out leaves the seat, whether or not the service answers: its tokens are forgotten here.
  await endFormer(c, accounts);
  closeSession(c);
  return c.redirect("/sign_in", 303);
}
