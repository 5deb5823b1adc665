/**
 * The sessions of somebody that go on, as they, or their administrator, see them.
 *
 * @module
 */

import type { OwnSessions } from "@wavekeep/core/wire";
import type { AccountsDeps } from "./deps.ts";
import type { SiteTx } from "./store/accounts_store.ts";
import { listOpenSessions } from "./store/sessions.ts";

/** @param of.currentId The session of whoever asks. */
export async function listSessions(
  { nowMs, limits }: Pick<AccountsDeps, "nowMs" | "limits">,
  tx: SiteTx,
  of: { readonly personId: string; readonly currentId?: string },
): Promise<OwnSessions> {
  const now = nowMs();
  const rows = await listOpenSessions(tx, of.personId, now);
  return {
    sessions: rows
      // Nobody has been there for so long that it cannot go on.
      .filter(({ lastUsedAtMs, sessionId, isLocked }) =>
        sessionId === of.currentId || isLocked || now - lastUsedAtMs <= limits.idleMs
      )
      .map((row) => ({
        session_id: row.sessionId,
        started_at: new Date(row.signedInAtMs).toISOString(),
        last_used_at: new Date(row.lastUsedAtMs).toISOString(),
        expires_at: new Date(row.expiresAtMs).toISOString(),
        method: row.method,
        client: row.client,
        address: row.address,
        is_current: row.sessionId === of.currentId,
      })),
  };
}
