/**
 * What somebody signs in with: password, authenticator, recovery codes. Passkeys have routes of their own.
 *
 * @module
 */

import { ConfirmTotpRequest, PasswordRequest } from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import type { AccountsDeps } from "../deps.ts";
import {
  beginTotp,
  changePassword,
  confirmTotp,
  listOwnCredentials,
  makeRecoveryCodes,
  type Own,
} from "../own_credentials.ts";
import { readAccountsJson } from "./body.ts";
import { callerOf, clientFacts } from "./client.ts";

export function credentialRoutes(deps: AccountsDeps): Hono {
  const app = new Hono();
  const ownOf = (c: Context): Own => ({
    principal: c.get("principal"),
    caller: callerOf(c),
    client: clientFacts(c, deps),
  });
  app.get("/me/credentials", async (c) => c.json(await listOwnCredentials(deps, ownOf(c))));
  app.post("/me/password", async (c) => {
    const request = await readAccountsJson(c, PasswordRequest);
    await changePassword(deps, ownOf(c), request);
    return c.json({ status: "stored" }, 201);
  });
  app.post("/me/totp", async (c) => c.json(await beginTotp(deps, ownOf(c)), 201));
  app.post("/me/totp/confirm", async (c) => {
    const { code } = await readAccountsJson(c, ConfirmTotpRequest);
    await confirmTotp(deps, ownOf(c), code);
    return c.json({ status: "stored" }, 201);
  });
  app.post(
    "/me/recovery-codes",
    async (c) => c.json(await makeRecoveryCodes(deps, ownOf(c)), 201),
  );
  return app;
}
