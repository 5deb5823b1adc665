/**
 * Shutting out: rows of the feed that every service reads.
 *
 * @module
 */

import type { RevocationKind } from "@wavekeep/core/service";
import type { SiteTx } from "./accounts_store.ts";

/**
 * Makes what was issued to somebody until now worthless, in all services within half a second.
 *
 * Tokens say when they were made in whole seconds. So the second that is under way is lost as well, and who
 * may come back is given a token of the next one (`sessions.ts`).
 *
 * @param nowMs Milliseconds since 1970.
 */
export async function insertRevocation(
  tx: SiteTx,
  { kind, subject, nowMs }: {
    readonly kind: RevocationKind;
    readonly subject: string;
    readonly nowMs: number;
  },
): Promise<void> {
  await tx.client.query(
    `insert into wavekeep.revocation (site_id, kind, subject, not_before) values ($1, $2, $3, $4)`,
    [tx.siteId, kind, subject, Math.floor(nowMs / 1000) + 1],
  );
}
