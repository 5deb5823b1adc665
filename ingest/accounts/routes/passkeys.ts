// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Passkeys: signing in with one, making one, taking one away.
 *
 * @module
 */

import {
  type MadePasskey,
  MakePasskeyRequest,
  Nothing,
  PasskeySignInRequest,
} from "@wavekeep/core/wire";
import { Hono } from "hono";
import * as z from "zod";
import { readPath } from "../../routes/request.ts";
import type { AccountsDeps } from "../deps.ts";
import { requireRecentSignIn } from "../own_session.ts";
import { beginRegistration, finishRegistration, removePasskey } from "../passkeys/enrol_passkey.ts";
import { beginPasskeySignIn, finishPasskeySignIn } from "../passkeys/sign_in_passkey.ts";
import { tokensOf } from "../sessions.ts";
import { readAccountsJson } from "./body.ts";
import { askedOf, callerOf } from "./client.ts";
import { ownSession } from "./own_session.ts";
import { toRegistrationResponse, toSignInResponse } from "./passkey_json.ts";

export const PasskeyPath = z.object({ passkey_id: z.uuid() });

export function passkeyRoutes(deps: AccountsDeps): Hono {
  const app = new Hono();
  app.post("/sign-in/passkey/options", async (c) => {
    await readAccountsJson(c, Nothing);
    return c.json(await beginPasskeySignIn(deps));
  });
  app.post("/sign-in/passkey", async (c) => {
    const { ticket, response } = await readAccountsJson(c, PasskeySignInRequest);
    const answer = { ticket, response: toSignInResponse(response) };
    const open = await finishPasskeySignIn(deps, answer, askedOf(c, deps));
    return c.json(await tokensOf(deps, open));
  });
  app.post("/me/passkeys/options", async (c) => {
    await readAccountsJson(c, Nothing);
    const caller = callerOf(c);
    const session = await ownSession(deps, c);
    requireRecentSignIn(deps, session);
    return c.json(await beginRegistration(deps, caller, session));
  });
  app.post("/me/passkeys", async (c) => {
    const { response: answer, ...asked } = await readAccountsJson(c, MakePasskeyRequest);
    const caller = callerOf(c);
    // That the sign-in was recent was asked when the ticket was given.
    const session = await ownSession(deps, c);
    const response = toRegistrationResponse(answer);
    const made = await finishRegistration(deps, caller, { ...asked, session, response });
    const passkey: MadePasskey = {
      passkey_id: made.passkeyId,
      name: asked.name,
      created_at: new Date(made.madeAtMs).toISOString(),
      last_used_at: null,
      must_enrol: false,
    };
    return c.json(passkey, 201);
  });
  app.post("/me/passkeys/:passkey_id/remove", async (c) => {
    const { passkey_id: passkeyId } = readPath(c, PasskeyPath);
    const caller = callerOf(c);
    const session = await ownSession(deps, c);
    requireRecentSignIn(deps, session);
    await removePasskey(deps, caller, { session, passkeyId });
    return c.json({ status: "stored" }, 201);
  });
  return app;
}
