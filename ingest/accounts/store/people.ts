/**
 * People, as they are now: the last of their versions.
 *
 * @module
 */

import { type PERSON_ROLES, prepared } from "@wavekeep/core/service";
import type { SiteTx } from "./accounts_store.ts";
import { instant } from "./instants.ts";

/** What a person may be. */
export type PersonRole = (typeof PERSON_ROLES)[number];

/** Somebody who signs in. */
export interface Person {
  readonly personId: string;
  readonly siteId: number;
  readonly siteCode: string;
  readonly login: string;
  readonly displayName: string;
  readonly role: PersonRole;
  readonly isDisabled: boolean;
}

const SELECT_PEOPLE = `
  select p.person_id as "personId", p.site_id as "siteId", site.code as "siteCode", p.login,
      v.display_name as "displayName", v.role, v.is_disabled as "isDisabled"
    from wavekeep.person p join wavekeep.site using (site_id)
      cross join lateral (
        select * from wavekeep.person_version n where n.person_id = p.person_id
          order by n.change_no desc limit 1
      ) v`;

export async function findPerson(tx: SiteTx, personId: string): Promise<Person | undefined> {
  const { rows: [person] } = await prepared<Person>(
    tx.client,
    `${SELECT_PEOPLE} where p.person_id = $1`,
    [personId],
  );
  return person;
}

/** A person about to be added. */
export interface NewPerson {
  readonly personId: string;
  /** Lower case, `[a-z0-9._@-]{1,64}`. */
  readonly login: string;
  readonly displayName: string;
  readonly role: PersonRole;
}

/**
 * Adds somebody, without any credential.
 *
 * @param nowMs Milliseconds since 1970.
 * @returns False: the name is somebody's already, here or at another site.
 */
export async function insertPerson(tx: SiteTx, person: NewPerson, nowMs: number): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    `insert into wavekeep.person (person_id, site_id, login, actor, created_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [person.personId, tx.siteId, person.login, tx.actor, instant(nowMs)],
  );
  if (rowCount !== 1) return false;
  await insertPersonVersion(tx, { ...person, isDisabled: false }, nowMs);
  return true;
}

/** What of a person may change. */
export type PersonVersion = Pick<Person, "personId" | "displayName" | "role" | "isDisabled">;

/**
 * Adds what a person is from now on.
 *
 * Numbers of a site's changes have no gap. Whoever read what holds after {@link lockPeople} is the only one
 * who changes it until the commit.
 */
export async function insertPersonVersion(
  tx: SiteTx,
  version: PersonVersion,
  nowMs: number,
): Promise<void> {
  await lockPeople(tx);
  await tx.client.query(
    `insert into wavekeep.person_version
       (site_id, change_no, person_id, display_name, role, is_disabled, actor, at)
     select $1, coalesce(max(change_no), 0) + 1, $2, $3, $4, $5, $6, $7
       from wavekeep.person_version where site_id = $1`,
    [
      tx.siteId,
      version.personId,
      version.displayName,
      version.role,
      version.isDisabled,
      tx.actor,
      instant(nowMs),
    ],
  );
}

/** One change of the people of a site at a time, until the commit; may be called twice. */
export async function lockPeople(tx: SiteTx): Promise<void> {
  await tx.client.query(
    "select pg_advisory_xact_lock(hashtextextended('wavekeep.person/' || $1::text, 0))",
    [String(tx.siteId)],
  );
}
