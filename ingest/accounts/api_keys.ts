/**
 * Making keys of machines and taking them back.
 *
 * Sole owner of what a key may be. A key acts in nobody's name, so it never makes keys or people, takes no
 * recording with identity out and opens no glass; devices have keys of their own. Whoever makes one sees its
 * text once: what the database keeps gives nobody a key back.
 *
 * @module
 */

import {
  apiKeyDigest,
  makeApiKey as makeText,
  sealApiKey,
  type ServiceKeys,
} from "@wavekeep/core/crypto";
import { ProblemError, type ProblemItem } from "@wavekeep/core/problem";
import { ACCESS, type Action, API_KEY_PURPOSE, mayDo, type Role } from "@wavekeep/core/service";
import type { ApiKey, MakeApiKeyRequest, MakeApiKeyResponse } from "@wavekeep/core/wire";
import { insertApiKey, insertApiKeyEnd, listApiKeys } from "./store/api_keys.ts";
import type { SiteTx } from "./store/accounts_store.ts";
import { insertRevocation } from "./store/revocations.ts";
import { insertSecurityEvent } from "./store/security_event.ts";

/** What a key may be made for. */
export const API_KEY_ROLES = [
  "monitor",
  "clinician",
  "researcher",
  "auditor",
] as const satisfies readonly Role[];

const DAY_MS = 86_400_000;

/** What it takes. */
export interface ApiKeyDeps {
  readonly keys: ServiceKeys;
  readonly nowMs: () => number;
  readonly randomBytes: (byteLength: number) => Uint8Array;
}

/**
 * Makes a key.
 *
 * @throws {ProblemError} `validation`: no such role for a key, or a scope that its role has not.
 */
export async function makeApiKey(
  deps: ApiKeyDeps,
  tx: SiteTx,
  { name, kind, role, scopes, lives_days: days }: MakeApiKeyRequest,
): Promise<MakeApiKeyResponse> {
  requireFitting(role, scopes);
  const made = makeText(deps.randomBytes);
  const nowMs = deps.nowMs();
  const row = {
    ...{ apiKeyId: made.apiKeyId, name, kind, role },
    scopes: [...new Set(scopes)],
    digest: kind === "bearer" ? apiKeyDigest(made.text) : null,
    sealed: kind === "bearer" ? null : sealApiKey(deps.keys(API_KEY_PURPOSE), made),
    expiresAtMs: nowMs + days * DAY_MS,
  };
  await insertApiKey(tx, row, nowMs);
  await insertSecurityEvent(tx, "api-key-made", { subject: made.apiKeyId, role, method: kind });
  const [key] = await listApiKeys(tx, made.apiKeyId);
  return { key: key!, secret: made.text };
}

function requireFitting(role: string, scopes: readonly string[]): void {
  const errors: ProblemItem[] = [];
  if (!(API_KEY_ROLES as readonly string[]).includes(role)) {
    errors.push({ detail: `is none of ${API_KEY_ROLES.join(", ")}`, pointer: "/body/role" });
  } else {
    for (const [index, scope] of scopes.entries()) {
      if (isActionOf(role as Role, scope)) continue;
      errors.push({ detail: `is no action of role ${role}`, pointer: `/body/scopes/${index}` });
    }
  }
  if (errors.length > 0) throw new ProblemError("validation", { errors });
}

function isActionOf(role: Role, scope: string): boolean {
  // What people do for themselves, and answer for.
  if (/^(me|break-glass):/.test(scope)) return false;
  return Object.hasOwn(ACCESS, scope) && mayDo(role, scope as Action);
}

/**
 * Takes a key back, for good: in all services within half a second.
 *
 * @throws {ProblemError} `not-found`.
 */
export async function endApiKey(
  { nowMs }: Pick<ApiKeyDeps, "nowMs">,
  tx: SiteTx,
  { apiKeyId, reason }: { readonly apiKeyId: string; readonly reason: string },
): Promise<ApiKey> {
  const [key] = await listApiKeys(tx, apiKeyId);
  if (key === undefined) throw new ProblemError("not-found", { detail: "There is no such key" });
  const now = nowMs();
  if (await insertApiKeyEnd(tx, { apiKeyId, reason }, now)) {
    await insertRevocation(tx, { kind: "api-key", subject: apiKeyId, nowMs: now });
    await insertSecurityEvent(tx, "api-key-ended", { subject: apiKeyId });
  }
  const [ended] = await listApiKeys(tx, apiKeyId);
  return ended!;
}
