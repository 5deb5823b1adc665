// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Links that somebody is let in with: looked at, and used.
 *
 * Both are POST, since whatever fetches addresses in advance (a chat, a mail's scanner) would use a link up.
 *
 * @module
 */

import { type LinkFacts, LinkRequest } from "@wavekeep/core/wire";
import { Hono } from "hono";
import type { AccountsDeps } from "../deps.ts";
import { lookAtLink, redeemLink } from "../links/sign_in_links.ts";
import { tokensOf } from "../sessions.ts";
import { readAccountsJson } from "./body.ts";
import { askedOf } from "./client.ts";

export function linkRoutes(deps: AccountsDeps): Hono {
  const app = new Hono();
  app.post("/links/look", async (c) => {
    const { token } = await readAccountsJson(c, LinkRequest);
    const { link, person } = await lookAtLink(deps, token, c.get("requestId"));
    const facts: LinkFacts = {
      kind: link.kind,
      login: person.login,
      display_name: person.displayName,
      site_code: person.siteCode,
      expires_at: new Date(link.expiresAtMs).toISOString(),
    };
    return c.json(facts);
  });
  app.post("/links/redeem", async (c) => {
    const { token } = await readAccountsJson(c, LinkRequest);
    return c.json(await tokensOf(deps, await redeemLink(deps, token, askedOf(c, deps))));
  });
  return app;
}
