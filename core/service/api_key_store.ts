/**
 * Layer 6. API keys and used nonces on the primary, for every service that takes keys.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type pg from "pg";
import type { ApiKeyStore } from "../crypto/api_key_verifier.ts";
import { withSite } from "./postgres.ts";
import { prepared } from "./prepared.ts";

interface Row {
  readonly siteId: number;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly digest: Buffer;
  readonly sealed: Buffer | null;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
}

/** A store through a pool of a role that may look keys up: ingest's writer, query's audit, accounts. */
export function postgresApiKeyStore(pool: pg.Pool): ApiKeyStore {
  return {
    find: async (apiKeyId) => {
      const { rows: [row] } = await prepared<Row>(
        pool,
        `select site_id as "siteId", role, scopes, secret_digest as "digest",
            secret_sealed as "sealed", expires_at as "expiresAt", ended_at as "endedAt"
          from wavekeep.find_api_key($1)`,
        [apiKeyId],
      );
      if (row === undefined) return undefined;
      return {
        siteId: row.siteId,
        role: row.role,
        scopes: row.scopes,
        digest: new Uint8Array(row.digest),
        sealed: row.sealed === null ? undefined : new Uint8Array(row.sealed),
        expiresAt: row.expiresAt.getTime() / 1_000,
        isEnded: row.endedAt !== null,
      };
    },
    useNonce: ({ siteId, apiKeyId, nonce, expiresAt }) =>
      withSite(pool, siteId, async (client) => {
        const { rowCount } = await prepared(
          client,
          `insert into wavekeep.signature_nonce (api_key_id, nonce, site_id, expires_at)
            values ($1, $2, $3, to_timestamp($4)) on conflict do nothing`,
          [apiKeyId, nonce, siteId, expiresAt],
        );
        return rowCount === 1;
      }),
  };
}
