/**
 * Refresh tokens by their digests: kept, found, used once.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type { SiteTx } from "./accounts_store.ts";
import { instant, msOf } from "./instants.ts";

/** A refresh token as it was kept. */
export interface StoredRefreshToken {
  readonly sessionId: string;
  /** Whose session it is. */
  readonly personId: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export async function insertRefreshToken(
  tx: SiteTx,
  token: Omit<StoredRefreshToken, "personId"> & {
    readonly tokenDigest: Uint8Array;
    readonly nowMs: number;
  },
): Promise<void> {
  await prepared(
    tx.client,
    `insert into wavekeep.refresh_token (token_digest, session_id, site_id, made_at, expires_at)
     values ($1, $2, $3, $4, $5)`,
    [
      token.tokenDigest,
      token.sessionId,
      tx.siteId,
      instant(token.nowMs),
      instant(token.expiresAtMs),
    ],
  );
}

export async function findRefreshToken(
  tx: SiteTx,
  tokenDigest: Uint8Array,
): Promise<StoredRefreshToken | undefined> {
  const { rows: [token] } = await prepared<StoredRefreshToken>(
    tx.client,
    `select t.session_id as "sessionId", s.person_id as "personId",
        ${msOf("t.expires_at")} as "expiresAtMs"
      from wavekeep.refresh_token t join wavekeep.sign_in_session s using (session_id)
      where t.token_digest = $1`,
    [tokenDigest],
  );
  return token;
}

/** A use of a token. */
export interface RefreshUse {
  /** What the successor is made of, 32 bytes. */
  readonly salt: Uint8Array;
  /** Milliseconds since 1970. */
  readonly usedAtMs: number;
}

/** The use that a token has had; undefined: none that was committed. */
export async function findRefreshUse(
  tx: SiteTx,
  tokenDigest: Uint8Array,
): Promise<RefreshUse | undefined> {
  const { rows: [use] } = await prepared<RefreshUse>(
    tx.client,
    `select salt, ${msOf("used_at")} as "usedAtMs" from wavekeep.refresh_use
      where token_digest = $1`,
    [tokenDigest],
  );
  return use === undefined ? undefined : { ...use, salt: new Uint8Array(use.salt) };
}

/**
 * Uses a token. Waits for whoever is using the same one.
 *
 * @returns False: somebody else was first, and that is committed.
 */
export async function insertRefreshUse(
  tx: SiteTx,
  tokenDigest: Uint8Array,
  use: RefreshUse,
): Promise<boolean> {
  const { rowCount } = await prepared(
    tx.client,
    `insert into wavekeep.refresh_use (token_digest, site_id, salt, used_at)
     values ($1, $2, $3, $4) on conflict do nothing`,
    [tokenDigest, tx.siteId, use.salt, instant(use.usedAtMs)],
  );
  return rowCount === 1;
}
