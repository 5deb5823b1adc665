/**
 * How each guarded route of the accounts service is asked, and what whoever may do it hears.
 *
 * @module
 */

import { randomUUID } from "node:crypto";

/** How one route of accounts is asked. */
export interface AccountsRecipe {
  readonly body?: () => unknown;
  /** What who may, hears of what is there. */
  readonly found: readonly number[];
  /** Of one's own alone: another person's is as if it were not there, whoever asks. */
  readonly isOwn?: true;
  /** After it the session that asked is over, or asleep: it is asked from one that nothing else needs. */
  readonly ends?: true;
}

const READ: AccountsRecipe = { found: [200] };
/** What would change something is asked with a body that is refused: who may, hears what is wrong with it. */
const REFUSED: AccountsRecipe = { found: [422] };

/** Guarded routes of accounts. */
export const ACCOUNTS_RECIPES: Readonly<Record<string, AccountsRecipe>> = {
  "GET /metrics": READ,
  "GET /me": READ,
  "GET /me/sessions": READ,
  "POST /me/sessions/:session_id/end": { found: [201], isOwn: true },
  "POST /me/sign-out": { found: [201], ends: true },
  "GET /me/credentials": READ,
  "POST /me/password": REFUSED,
  "POST /me/totp": { found: [201] },
  "POST /me/totp/confirm": REFUSED,
  "POST /me/recovery-codes": { found: [201] },
  "POST /me/passkeys/options": { found: [200] },
  "POST /me/passkeys": REFUSED,
  "POST /me/passkeys/:passkey_id/remove": { found: [201], isOwn: true },
  "POST /me/lock": { found: [200], ends: true },
  "POST /break-glass": REFUSED,
  "GET /people": READ,
  "POST /people": {
    found: [201],
    body: () => ({ login: `m-${randomUUID()}`, display_name: "Somebody", role: "clinician" }),
  },
  "GET /people/:person_id": READ,
  "POST /people/:person_id/role": { found: [200, 201], body: () => ({ role: "clinician" }) },
  "POST /people/:person_id/disable": { found: [200, 201] },
  "POST /people/:person_id/enable": { found: [200, 201] },
  "POST /people/:person_id/links": { found: [201], body: () => ({ kind: "reset" }) },
  "GET /people/:person_id/sessions": READ,
  "POST /people/:person_id/sessions/end": { found: [200, 201] },
  "GET /site": READ,
  "GET /api-keys": READ,
  "POST /api-keys": { found: [201], body: () => keyOrder("clinician", "bearer", ["live:read"]) },
  "POST /api-keys/:api_key_id/revoke": { found: [200], body: () => ({ reason: "lost" }) },
};

/** Body of `POST /api-keys`. */
export function keyOrder(role: string, kind: string, scopes: readonly string[]) {
  return { name: "archive", kind, role, scopes, lives_days: 1 };
}
