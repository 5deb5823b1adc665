// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Passkeys: signing in with one, making one, taking one away.
 *
 * @module
 */

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
import { RegistrationAnswer, SignInAnswer, Ticket } from "./passkey_json.ts";

const SignInRequest = z.strictObject({ ticket: Ticket, response: SignInAnswer });
const PasskeyRequest = z.strictObject({
  ticket: Ticket,
  response: RegistrationAnswer,
  /** What its owner calls it. */
  name: z.string().trim().regex(/^[^\p{Cc}\p{Cf}]{1,64}$/u),
});
const PasskeyPath = z.object({ passkey_id: z.uuid() });
/** A body that says nothing, so that no form of another page fits. */
export const Nothing = z.strictObject({});

export function passkeyRoutes(deps: AccountsDeps): Hono {
  const app = new Hono();
  app.post("/sign-in/passkey/options", async (c) => {
    await readAccountsJson(c, Nothing);
    return c.json(await beginPasskeySignIn(deps));
  });
  app.post("/sign-in/passkey", async (c) => {
    const answer = await readAccountsJson(c, SignInRequest);
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
    const { ticket, response, name } = await readAccountsJson(c, PasskeyRequest);
    const caller = callerOf(c);
    // That the sign-in was recent was asked when the ticket was given.
    const session = await ownSession(deps, c);
    const made = await finishRegistration(deps, caller, { session, ticket, response, name });
    return c.json({
      passkey_id: made.passkeyId,
      name,
      created_at: new Date(made.madeAtMs).toISOString(),
      last_used_at: null,
      must_enrol: false,
    }, 201);
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
