/**
 * What holds at a site, in rules, limits and counts: no health data, and nothing of anybody.
 *
 * @module
 */

import { SESSION_TOKEN_SECONDS_MAX } from "@wavekeep/core/crypto";
import type { SiteResponse } from "@wavekeep/core/wire";
import type { AccountsDeps } from "../deps.ts";
import { RECENT_MS } from "../own_session.ts";
import { LINK_SECONDS } from "../sign_in_link.ts";
import type { Caller } from "../store/accounts_store.ts";
import { countStates } from "./person_rows.ts";

/** `GET /site`. */
export async function readSite(
  { store, limits }: Pick<AccountsDeps, "store" | "limits">,
  caller: Caller,
): Promise<SiteResponse> {
  return await store.inSite(caller, async (tx) => {
    const { rows: [site] } = await tx.client.query<{
      code: string;
      mustSign: boolean;
      devices: number;
      apiKeys: number;
    }>(
      `select site.code,
          coalesce((select r.devices_must_sign from wavekeep.site_rule r
            order by r.version desc limit 1), false) as "mustSign",
          (select count(distinct k.device_id)::int from wavekeep.device_key k
            where not exists (select from wavekeep.device_key_revocation v
              where v.site_id = k.site_id and v.key_id = k.key_id)) as "devices",
          (select count(*)::int from wavekeep.api_key a
            where a.expires_at > clock_timestamp() and not exists (
              select from wavekeep.api_key_end e where e.api_key_id = a.api_key_id)) as "apiKeys"
        from wavekeep.site where site.site_id = $1`,
      [tx.siteId],
    );
    const { code, mustSign, devices, apiKeys } = site!;
    return {
      site_id: tx.siteId,
      code,
      rules: { must_sign: mustSign },
      limits: {
        access_token_seconds: SESSION_TOKEN_SECONDS_MAX,
        idle_lock_seconds: limits.idleLockSeconds,
        idle_end_seconds: limits.idleMs / 1000,
        session_seconds: limits.sessionMs / 1000,
        recent_sign_in_seconds: RECENT_MS / 1000,
        invitation_seconds: LINK_SECONDS.invitation,
        reset_seconds: LINK_SECONDS.reset,
      },
      counts: { people: await countStates(tx.client), api_keys: apiKeys, devices },
    };
  });
}
