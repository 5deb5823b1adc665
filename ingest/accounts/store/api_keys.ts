/**
 * Keys of machines: made, listed, taken back.
 *
 * @module
 */

import type { ApiKey } from "@wavekeep/core/wire";
import type { SiteTx } from "./accounts_store.ts";
import { instant } from "./instants.ts";

/** A key about to be made. */
export interface NewApiKeyRow {
  readonly apiKeyId: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly kind: ApiKey["kind"];
  /** SHA-256 of its text, of a bearer; null of a key that signs. */
  readonly digest: Uint8Array | null;
  /** Its text, sealed, of a key that signs; null of a bearer. */
  readonly sealed: Uint8Array | null;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export async function insertApiKey(tx: SiteTx, key: NewApiKeyRow, nowMs: number): Promise<void> {
  await tx.client.query(
    `insert into wavekeep.api_key (api_key_id, site_id, name, kind, role, scopes, secret_digest,
        sealed_secret, actor, made_at, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      key.apiKeyId,
      tx.siteId,
      key.name,
      key.kind,
      key.role,
      key.scopes,
      key.digest,
      key.sealed,
      tx.actor,
      instant(nowMs),
      instant(key.expiresAtMs),
    ],
  );
}

/** @returns False: it was taken back before. */
export async function insertApiKeyEnd(
  tx: SiteTx,
  { apiKeyId, reason }: { readonly apiKeyId: string; readonly reason: string },
  nowMs: number,
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.api_key_end (api_key_id, site_id, reason, actor, ended_at)
      values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [apiKeyId, tx.siteId, reason, tx.actor, instant(nowMs)],
  );
  return rowCount === 1;
}

/** All of the site, the newest first; or one. */
export async function listApiKeys(tx: SiteTx, apiKeyId: string | null = null): Promise<ApiKey[]> {
  const { rows } = await tx.client.query<ApiKeyRow>(
    `select k.api_key_id as "api_key_id", k.name, k.kind, k.role, k.scopes,
        k.made_at as "madeAt", k.actor as "created_by", k.expires_at as "expiresAt",
        e.ended_at as "endedAt"
      from wavekeep.api_key k left join wavekeep.api_key_end e using (api_key_id)
      where $1::uuid is null or k.api_key_id = $1
      order by k.made_at desc, k.api_key_id`,
    [apiKeyId],
  );
  return rows.map(({ madeAt, expiresAt, endedAt, ...key }) => ({
    ...key,
    "created_at": madeAt.toISOString(),
    "expires_at": expiresAt.toISOString(),
    "revoked_at": endedAt?.toISOString() ?? null,
  }));
}

type ApiKeyRow =
  & Omit<ApiKey, "created_at" | "expires_at" | "revoked_at">
  & { readonly madeAt: Date; readonly expiresAt: Date; readonly endedAt: Date | null };
