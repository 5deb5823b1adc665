// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * A seat is locked and unlocked, and a glass is broken.
 *
 * Unlocking is open: the refresh token is the credential, since a locked session has no other.
 *
 * @module
 */

import { Code } from "@wavekeep/core/recording";
import type { BrokenGlass } from "@wavekeep/core/wire";
import { Hono } from "hono";
import * as z from "zod";
import { openGlass } from "../break_glass/open_glass.ts";
import type { AccountsDeps } from "../deps.ts";
import { beginUnlock, lockSession, unlockSession } from "../seat/lock_seat.ts";
import { tokensOf } from "../sessions.ts";
import { readAccountsJson } from "./body.ts";
import { askedOf, callerOf } from "./client.ts";
import { ownSession } from "./own_session.ts";
import { SignInAnswer, Ticket } from "./passkey_json.ts";
import { Nothing } from "./passkeys.ts";

const RefreshToken = z.string().max(128);
const UnlockOptionsRequest = z.strictObject({ refresh_token: RefreshToken });
const UnlockRequest = z.union([
  z.strictObject({ refresh_token: RefreshToken, password: z.string().min(1).max(1024) }),
  z.strictObject({ refresh_token: RefreshToken, ticket: Ticket, response: SignInAnswer }),
]);
const BreakGlassRequest = z.strictObject({
  patient_id: Code,
  /** Whatever somebody else will want to know who reads it later. */
  reason: z.string().trim().min(8).max(500),
});

export function seatRoutes(deps: AccountsDeps): Hono {
  const app = new Hono();
  app.post("/me/lock", async (c) => {
    await readAccountsJson(c, Nothing);
    const { sessionId } = await ownSession(deps, c);
    await lockSession(deps, callerOf(c), sessionId);
    return c.json({ locked_at: new Date(deps.nowMs()).toISOString() });
  });
  app.post("/me/unlock/options", async (c) => {
    const { refresh_token: token } = await readAccountsJson(c, UnlockOptionsRequest);
    return c.json(await beginUnlock(deps, token, c.get("requestId")));
  });
  app.post("/me/unlock", async (c) => {
    const { refresh_token: refreshToken, ...proof } = await readAccountsJson(c, UnlockRequest);
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
