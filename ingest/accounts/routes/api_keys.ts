/**
 * Keys of machines, for whoever administers a site.
 *
 * @module
 */

import { ApiKeysResponse, MakeApiKeyRequest, RevokeApiKeyRequest } from "@wavekeep/core/wire";
import { Hono } from "hono";
import * as z from "zod";
import { readPath } from "../../routes/request.ts";
import { endApiKey, makeApiKey } from "../api_keys.ts";
import type { AccountsDeps } from "../deps.ts";
import { listApiKeys } from "../store/api_keys.ts";
import { readAccountsJson } from "./body.ts";
import { callerOf } from "./client.ts";

export const ApiKeyPath = z.object({ api_key_id: z.uuid() });

export function apiKeyRoutes(
  deps: Pick<AccountsDeps, "store" | "keys" | "nowMs" | "randomBytes">,
): Hono {
  const app = new Hono();
  app.get("/api-keys", async (c) => {
    const keys = await deps.store.inSite(callerOf(c), (tx) => listApiKeys(tx));
    return c.json({ keys } satisfies ApiKeysResponse);
  });
  app.post("/api-keys", async (c) => {
    const request = await readAccountsJson(c, MakeApiKeyRequest);
    const made = await deps.store.inSite(callerOf(c), (tx) => makeApiKey(deps, tx, request));
    return c.json(made, 201);
  });
  app.post("/api-keys/:api_key_id/revoke", async (c) => {
    const { api_key_id: apiKeyId } = readPath(c, ApiKeyPath);
    const { reason } = await readAccountsJson(c, RevokeApiKeyRequest);
    const caller = callerOf(c);
    return c.json(
      await deps.store.inSite(caller, (tx) => endApiKey(deps, tx, { apiKeyId, reason })),
    );
  });
  return app;
}
