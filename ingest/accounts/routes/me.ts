/**
 * Who somebody is, and their sessions: seen and ended from any seat.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { Hono } from "hono";
import * as z from "zod";
import { readPath } from "../../routes/request.ts";
import type { AccountsDeps } from "../deps.ts";
import { listSessions } from "../list_sessions.ts";
import { requireOwnSession } from "../own_session.ts";
import { endSession, sessionState } from "../sessions.ts";
import { findSession } from "../store/sessions.ts";
import { callerOf } from "./client.ts";

export const SessionPath = z.object({ session_id: z.uuid() });

export function meRoutes(deps: AccountsDeps): Hono {
  const app = new Hono();
  app.get("/me", async (c) => {
    const session = await deps.store.inSite(
      callerOf(c),
      (tx) => requireOwnSession(deps, tx, c.get("principal")),
    );
    return c.json(sessionState(deps, session));
  });
  app.get("/me/sessions", async (c) => {
    const principal = c.get("principal");
    return c.json(
      await deps.store.inSite(callerOf(c), async (tx) => {
        const { person, sessionId } = await requireOwnSession(deps, tx, principal);
        return await listSessions(deps, tx, { personId: person.personId, currentId: sessionId });
      }),
    );
  });
  app.post("/me/sessions/:session_id/end", async (c) => {
    const { session_id: sessionId } = readPath(c, SessionPath);
    const ended = await deps.store.inSite(callerOf(c), async (tx) => {
      const own = await requireOwnSession(deps, tx, c.get("principal"));
      const session = await findSession(tx, sessionId);
      if (session?.person.personId !== own.person.personId) {
        throw new ProblemError("not-found", { detail: "There is no such session of yours" });
      }
      return await endSession(deps, tx, session, { reason: "ended" });
    });
    return c.json({ status: ended ? "stored" : "repeated" }, ended ? 201 : 200);
  });
  app.post("/me/sign-out", async (c) => {
    await deps.store.inSite(callerOf(c), async (tx) => {
      const session = await requireOwnSession(deps, tx, c.get("principal"));
      await endSession(deps, tx, session, { reason: "signed-out", event: "sign-out" });
    });
    return c.json({ status: "stored" }, 201);
  });
  return app;
}
