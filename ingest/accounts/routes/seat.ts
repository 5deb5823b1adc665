/**
 * A seat is locked and unlocked, and a glass is broken.
 *
 * Unlocking is open: the refresh token is the credential, since a locked session has no other. So are a lock and a
 * sign-out with it, for a page whose access token is over.
 *
 * @module
 */

import {
  BreakGlassRequest,
  type BrokenGlass,
  type Locked,
  Nothing,
  RefreshRequest,
  UnlockOptionsRequest,
  UnlockRequest,
} from "@wavekeep/core/wire";
import { Hono } from "hono";
import { openGlass } from "../break_glass/open_glass.ts";
import type { AccountsDeps } from "../deps.ts";
import {
  beginUnlock,
  endByToken,
  lockByToken,
  lockSession,
  unlockSession,
} from "../seat/lock_seat.ts";
import { tokensOf } from "../sessions.ts";
import { readAccountsJson } from "./body.ts";
import { askedOf, callerOf } from "./client.ts";
import { ownSession } from "./own_session.ts";
import { toSignInResponse } from "./passkey_json.ts";

export function seatRoutes(deps: AccountsDeps): Hono {
  const app = new Hono();
  app.post("/me/lock", async (c) => {
    await readAccountsJson(c, Nothing);
    const { sessionId } = await ownSession(deps, c);
    await lockSession(deps, callerOf(c), sessionId);
    return c.json({ locked_at: new Date(deps.nowMs()).toISOString() } satisfies Locked);
  });
  app.post("/sessions/lock", async (c) => {
    const { refresh_token: token } = await readAccountsJson(c, RefreshRequest);
    await lockByToken(deps, token, c.get("requestId"));
    return c.json({ locked_at: new Date(deps.nowMs()).toISOString() } satisfies Locked);
  });
  app.post("/sessions/end", async (c) => {
    const { refresh_token: token } = await readAccountsJson(c, RefreshRequest);
    const ended = await endByToken(deps, token, c.get("requestId"));
    return c.json({ status: ended ? "stored" : "repeated" }, ended ? 201 : 200);
  });
  app.post("/me/unlock/options", async (c) => {
    const { refresh_token: token } = await readAccountsJson(c, UnlockOptionsRequest);
    return c.json(await beginUnlock(deps, token, c.get("requestId")));
  });
  app.post("/me/unlock", async (c) => {
    const { refresh_token: refreshToken, ...given } = await readAccountsJson(c, UnlockRequest);
    const proof = "password" in given
      ? given
      : { ticket: given.ticket, response: toSignInResponse(given.response) };
    const open = await unlockSession(deps, { refreshToken, proof }, askedOf(c, deps));
    return c.json(await tokensOf(deps, open));
  });
  app.post("/break-glass", async (c) => {
    const { patient_id: patientCode, reason } = await readAccountsJson(c, BreakGlassRequest);
    const { sessionId } = await ownSession(deps, c);
    const untilMs = await openGlass(deps, callerOf(c), { patientCode, reason, sessionId });
    const broken: BrokenGlass = { until: new Date(untilMs).toISOString() };
    return c.json({ patient_id: patientCode, ...broken }, 201);
  });
  return app;
}
