/**
 * What a site asks of its devices: whether new segments have to be signed.
 *
 * Sole owner of the rule's writing (by the owner role, from `migrate`) and of the refusal. Segments that are
 * open already go on as they were opened: a policy is fixed for the life of a segment. Decision 0035.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type pg from "pg";
import type { IngestDeps } from "./deps.ts";

/**
 * Refuses an unsigned segment that is not there yet, where the site asks for signatures.
 *
 * @throws {ProblemError} `signature-required`, with what to do.
 */
export async function requireUnsignedAllowed(
  { deviceKeys, segments }: Pick<IngestDeps, "deviceKeys" | "segments">,
  siteId: number,
  segmentId: Uint8Array,
): Promise<void> {
  if (!await deviceKeys.mustSign(siteId)) return;
  if (await segments.find(siteId, segmentId) !== undefined) return;
  throw new ProblemError("signature-required", {
    detail:
      "This site takes signed segments only: enrol a key for the device with a one-time code " +
      "(deno task device code, then enrol) and open the segment under it",
    extensions: { "segment_id": segmentId.toHex() },
  });
}

/**
 * Writes a new version of the rule with its event, if it changes anything.
 *
 * @param client Of `wavekeep_owner`, in a transaction.
 * @returns Whether it did.
 */
export async function putSiteRule(
  client: pg.ClientBase,
  siteId: number,
  { devicesMustSign }: { readonly devicesMustSign: boolean },
): Promise<boolean> {
  await client.query("select set_config('app.site', $1, true)", [String(siteId)]);
  const { rowCount } = await client.query(
    `with last as (
        select version, devices_must_sign from wavekeep.site_rule where site_id = $1
          order by version desc limit 1
      ),
      put as (
        insert into wavekeep.site_rule (site_id, version, devices_must_sign)
          select $1, coalesce((select version from last), 0) + 1, $2
            where coalesce((select devices_must_sign from last), false) <> $2
          returning version
      )
      insert into wavekeep.event (site_id, kind, actor, detail)
        select $1, 'site.rule-changed', 'operator',
            jsonb_build_object('devices_must_sign', $2::boolean, 'version', version)
          from put`,
    [siteId, devicesMustSign],
  );
  return rowCount === 1;
}
