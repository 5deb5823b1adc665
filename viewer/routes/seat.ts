/**
 * Whose the seat is now: for pages that come back out of the browser's memory, and for those that were refused.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import type { ViewerDeps } from "../page.tsx";
import { renewSession, signedInCaller } from "../session.ts";

export const isOpen = true;

/** What is answered. */
export interface SeatAnswer {
  readonly state: "open" | "locked" | "none";
  readonly personId?: string;
}

/** `?check=1` asks the service, which knows of an end that the token does not. */
export async function GET(c: Context, { accounts, sessions }: ViewerDeps): Promise<Response> {
  const session = c.get("session");
  if (c.req.query("check") === "1" && session?.account !== undefined) {
    await accounts?.check(signedInCaller(c, session)).catch(async (error) => {
      if (error instanceof ProblemError && error.status === 401) await renewSession(c, sessions);
    });
  }
  return c.json(answerOf(c));
}

function answerOf(c: Context): SeatAnswer {
  const account = c.get("session")?.account;
  if (account !== undefined) return { state: "open", personId: account.person.person_id };
  const locked = c.get("locked");
  if (locked !== undefined) return { state: "locked", personId: locked.person.person_id };
  return { state: c.get("session") === undefined ? "none" : "open" };
}
