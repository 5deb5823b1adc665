/**
 * Invitations and resets as they are stored: the digest of a link, whom it is for, and its one use.
 *
 * Of a person's links the newest one counts, and only until its end or its use.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type { LinkKind } from "../sign_in_link.ts";
import type { SiteTx } from "../store/accounts_store.ts";
import { instant, msOf } from "../store/instants.ts";

/** A link that somebody may be let in with. */
export interface LinkRow {
  readonly linkId: string;
  readonly personId: string;
  readonly kind: LinkKind;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export async function insertLink(
  tx: SiteTx,
  link: LinkRow & { readonly digest: Uint8Array; readonly nowMs: number },
): Promise<void> {
  await tx.client.query(
    `insert into wavekeep.sign_in_link
       (link_id, link_digest, person_id, site_id, kind, actor, made_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      link.linkId,
      link.digest,
      link.personId,
      tx.siteId,
      link.kind,
      tx.actor,
      instant(link.nowMs),
      instant(link.expiresAtMs),
    ],
  );
}

/** The link of a digest, when it is good now; undefined for any other, whatever is wrong with it. */
export async function findGoodLink(
  tx: SiteTx,
  digest: Uint8Array,
  nowMs: number,
): Promise<LinkRow | undefined> {
  const { rows: [link] } = await prepared<LinkRow>(
    tx.client,
    `select l.link_id as "linkId", l.person_id as "personId", l.kind,
        ${msOf("l.expires_at")} as "expiresAtMs"
      from wavekeep.sign_in_link l
      where l.link_digest = $1 and l.expires_at > $2
        and not exists (select from wavekeep.link_use u where u.link_id = l.link_id)
        and not exists (select from wavekeep.sign_in_link n
          where n.person_id = l.person_id and (n.made_at, n.link_id) > (l.made_at, l.link_id))`,
    [digest, instant(nowMs)],
  );
  return link;
}

/** Links of a person are made and used one after the other: who comes second sees what the first one did. */
export async function lockLinks(tx: SiteTx, personId: string): Promise<void> {
  await tx.client.query(
    "select pg_advisory_xact_lock(hashtextextended('wavekeep.link/' || $1::text, 0))",
    [personId],
  );
}

/** True for whoever comes first with it; the second waits for the first. */
export async function insertLinkUse(
  tx: SiteTx,
  { linkId, sessionId, nowMs }: {
    readonly linkId: string;
    readonly sessionId: string;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.link_use (link_id, site_id, session_id, used_at)
     values ($1, $2, $3, $4) on conflict do nothing`,
    [linkId, tx.siteId, sessionId, instant(nowMs)],
  );
  return rowCount === 1;
}
