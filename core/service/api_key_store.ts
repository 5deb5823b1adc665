/**
 * Layer 6. API keys and used nonces on the primary, for every service that takes keys.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type pg from "pg";
import type { ApiKeyStore } from "../crypto/api_key_verifier.ts";
import { nodeSha256 } from "../crypto/sha256.ts";
import { prepared } from "./prepared.ts";

interface Row {
  readonly siteId: number;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly digest: Buffer | null;
  readonly sealed: Buffer | null;
  readonly expiresAt: Date;
  readonly isEnded: boolean;
}

/** A store through a pool of a role that may look keys up: ingest's writer, query's audit, accounts. */
export function postgresApiKeyStore(pool: pg.Pool): ApiKeyStore {
  return {
    find: async (apiKeyId) => {
      const { rows: [row] } = await prepared<Row>(
        pool,
        `select site_id as "siteId", role, scopes, secret_digest as "digest",
            sealed_secret as "sealed", expires_at as "expiresAt", ended as "isEnded"
          from wavekeep.find_api_key($1)`,
        [apiKeyId],
      );
      if (row === undefined) return undefined;
      return {
        siteId: row.siteId,
        role: row.role,
        scopes: row.scopes,
        digest: row.digest === null ? undefined : new Uint8Array(row.digest),
        sealed: row.sealed === null ? undefined : new Uint8Array(row.sealed),
        expiresAt: row.expiresAt.getTime() / 1_000,
        isEnded: row.isEnded,
      };
    },
    useNonce: async ({ apiKeyId, nonce, expiresAt }) => {
      const { rows: [row] } = await prepared<{ isNew: boolean }>(
        pool,
        `select wavekeep.use_signature_nonce($1, $2, to_timestamp($3)) as "isNew"`,
        [apiKeyId, Buffer.from(nodeSha256(new TextEncoder().encode(nonce))), expiresAt],
      );
      return row!.isNew;
    },
  };
}
