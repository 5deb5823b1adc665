/**
 * Layer 5. Keys of machines that ask in nobody's name: made, listed, revoked.
 *
 * @module
 */

import * as z from "zod";

/** A bearer text, or a secret that signs requests (RFC 9421). */
export const API_KEY_KINDS = ["bearer", "hmac-sha256"] as const;
export const ApiKeyKind = z.enum(API_KEY_KINDS);
export type ApiKeyKind = z.infer<typeof ApiKeyKind>;

const Name = z.string().trim().regex(/^[^\p{Cc}\p{Cf}]{1,64}$/u);
const Scope = z.string().regex(/^[a-z][a-z-]*:[a-z][a-z-]*$/);

/** A key, without its secret. */
export const ApiKey = z.object({
  api_key_id: z.uuid(),
  name: z.string(),
  kind: ApiKeyKind,
  role: z.string(),
  /** What it may do of what its role may. */
  scopes: z.array(Scope),
  /** RFC 3339. */
  created_at: z.string(),
  created_by: z.string(),
  expires_at: z.string(),
  revoked_at: z.string().nullable(),
  /** Absent where nobody keeps it. */
  last_used_at: z.string().nullable().optional(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** `GET /api-keys`: all of the site, the newest first. */
export const ApiKeysResponse = z.object({ keys: z.array(ApiKey) });
export type ApiKeysResponse = z.infer<typeof ApiKeysResponse>;

/** `POST /api-keys`. */
export const MakeApiKeyRequest = z.strictObject({
  /** What it is for, to tell it from others: no names of patients. */
  name: Name,
  kind: ApiKeyKind,
  role: z.string(),
  scopes: z.array(Scope).min(1).max(64),
  lives_days: z.int().min(1).max(365),
});
export type MakeApiKeyRequest = z.infer<typeof MakeApiKeyRequest>;

export const MakeApiKeyResponse = z.object({
  key: ApiKey,
  /** Shown this once. */
  secret: z.string(),
});
export type MakeApiKeyResponse = z.infer<typeof MakeApiKeyResponse>;

/** `POST /api-keys/:id/revoke`: for good. */
export const RevokeApiKeyRequest = z.strictObject({
  /** Why, for the record: no names. */
  reason: z.string().trim().min(1).max(200),
});
export type RevokeApiKeyRequest = z.infer<typeof RevokeApiKeyRequest>;
