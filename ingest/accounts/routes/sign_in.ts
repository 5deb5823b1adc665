/**
 * Signing in with a password and a code, and keeping a session going: open routes.
 *
 * @module
 */

import { CodeSignInRequest, PasswordSignInRequest, RefreshRequest } from "@wavekeep/core/wire";
import { Hono } from "hono";
import type { AccountsDeps } from "../deps.ts";
import { refreshSession } from "../sessions.ts";
import { signInWithCode, signInWithPassword } from "../sign_in.ts";
import { readAccountsJson } from "./body.ts";
import { askedOf } from "./client.ts";

export function signInRoutes(deps: AccountsDeps): Hono {
  const app = new Hono();
  app.post("/sign-in/password", async (c) => {
    const request = await readAccountsJson(c, PasswordSignInRequest);
    return c.json(await signInWithPassword(deps, request, askedOf(c, deps)));
  });
  for (const method of ["totp", "recovery"] as const) {
    app.post(`/sign-in/${method}`, async (c) => {
      const request = await readAccountsJson(c, CodeSignInRequest);
      return c.json(await signInWithCode(deps, { ...request, method }, askedOf(c, deps)));
    });
  }
  app.post("/tokens/refresh", async (c) => {
    const { refresh_token: token } = await readAccountsJson(c, RefreshRequest);
    return c.json(await refreshSession(deps, token, askedOf(c, deps)));
  });
  return app;
}
