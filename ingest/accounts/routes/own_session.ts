/**
 * The session of whoever asks, for routes that need nothing else of its transaction.
 *
 * @module
 */

import type { Context } from "hono";
import type { AccountsDeps } from "../deps.ts";
import { requireOwnSession } from "../own_session.ts";
import type { Session } from "../store/sessions.ts";
import { callerOf } from "./client.ts";

/** @throws {ProblemError} As `requireOwnSession`. */
export function ownSession(deps: AccountsDeps, c: Context): Promise<Session> {
  return deps.store.inSite(callerOf(c), (tx) => requireOwnSession(deps, tx, c.get("principal")));
}
