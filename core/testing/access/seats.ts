// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * People of the matrix: invited, with a password and an authenticator of their own, signed in.
 *
 * Over the routes that everybody comes in by, so that a ground of processes has them as well.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { invitePeople } from "../../../ingest/accounts/invite_people.ts";
import type { PersonRole, Tokens } from "@wavekeep/core/wire";
import { Secret, TOTP } from "otpauth";
import type { Ground, SiteName } from "./ground.ts";

/** Somebody's session. */
export interface Seat {
  readonly personId: string;
  readonly sessionId: string;
  readonly login: string;
  readonly refreshToken: string;
  /** An access token that is good for a minute and more. */
  token(): Promise<string>;
}

/** Tokens live five minutes. */
const FRESH_MS = 200_000;

/** Posts to accounts. @throws {AssertionError} It is refused. */
export async function askAccounts(
  ground: Ground,
  path: string,
  body: unknown,
  token?: string,
): Promise<Record<string, unknown>> {
  const response = await ground.send("accounts", path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  strictEqual(response.ok, true, `POST ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Somebody new of a role. */
export async function takeSeat(ground: Ground, role: PersonRole, site: SiteName): Promise<Seat> {
  // What somebody of the other site is called says so, and is first in a list: an answer that tells of it is seen.
  const login = site === "own" ? `p-${crypto.randomUUID()}` : `a-elsewhere-${crypto.randomUUID()}`;
  const [invited] = await invitePeople(ground.accountsUrl, {
    siteId: ground.siteIds[site],
    people: [{ login, role, displayName: "Somebody Else" }],
  });
  const ask = (path: string, body: unknown, token?: string) =>
    askAccounts(ground, path, body, token);
  const enrolling = await ask("/links/redeem", { token: invited!.text }) as unknown as Tokens;
  const { access_token: token } = enrolling;
  const password = `herons ${crypto.randomUUID()}`;
  await ask("/me/password", { password }, token);
  const { secret } = await ask("/me/totp", {}, token);
  const totp = new TOTP({ secret: Secret.fromBase32(secret as string) });
  const confirm = () => ask("/me/totp/confirm", { code: totp.generate() }, token);
  // A code may end on its way; the one after it does not.
  await confirm().catch(confirm);
  const { refresh_token } = enrolling;
  let tokens = await ask("/tokens/refresh", { refresh_token }) as unknown as Tokens;
  let at = Date.now();
  return {
    personId: tokens.person.person_id,
    sessionId: tokens.session_id,
    login,
    get refreshToken() {
      return tokens.refresh_token;
    },
    token: async () => {
      if (Date.now() - at > FRESH_MS) {
        const body = { refresh_token: tokens.refresh_token };
        tokens = await ask("/tokens/refresh", body) as unknown as Tokens;
        at = Date.now();
      }
      return tokens.access_token;
    },
  };
}
