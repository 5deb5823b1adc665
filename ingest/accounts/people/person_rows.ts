/**
 * People as an administrator sees them: who they are, what they may do, and what they sign in with.
 *
 * A person has versions and the last one holds; a credential counts until it has ended. Staff only: nothing here
 * is of a patient.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type { PersonRole, PersonState } from "@wavekeep/core/wire";
import type pg from "pg";
import { msOf } from "../store/instants.ts";

/** A person of a site, now. */
export interface PersonRow {
  readonly personId: string;
  readonly login: string;
  readonly displayName: string;
  readonly role: PersonRole;
  readonly isDisabled: boolean;
  readonly passkeys: number;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  /** Recovery codes that are left. */
  readonly recoveryCodes: number;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly lastSignInAtMs: number | null;
}

/** What held of a person from a moment on. */
export interface VersionRow {
  readonly displayName: string;
  readonly role: PersonRole;
  readonly isDisabled: boolean;
  /** Who said so: a person's uuid, or the name of a command. */
  readonly actor: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Whom to list. */
export interface PeopleFilter {
  /** Part of a sign-in name or of a display name. */
  readonly search?: string | undefined;
  readonly state?: PersonState | undefined;
  readonly role?: PersonRole | undefined;
  readonly ids?: readonly string[] | undefined;
  /** Sign-in name to go on behind. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Of nobody's any more: a credential that has ended. */
const HAS_NOT_ENDED = (id: string) =>
  `not exists (select from wavekeep.credential_end e where e.credential_id = ${id})`;

const PEOPLE = `
  select p.person_id as "personId", p.login, v.display_name as "displayName", v.role,
      v.is_disabled as "isDisabled", ${msOf("p.created_at")} as "createdAtMs",
      (select count(*)::int from wavekeep.passkey k
        where k.person_id = p.person_id and ${HAS_NOT_ENDED("k.passkey_id")}) as "passkeys",
      coalesce((select w.hash is not null from wavekeep.password_version w
        where w.person_id = p.person_id order by w.version desc limit 1), false) as "hasPassword",
      exists (select from wavekeep.totp_seed t join wavekeep.totp_confirmation using (totp_id)
        where t.person_id = p.person_id and ${HAS_NOT_ENDED("t.totp_id")}) as "hasTotp",
      (select count(*)::int from wavekeep.recovery_code r
        where r.person_id = p.person_id and ${HAS_NOT_ENDED("r.set_id")}
          and r.set_id = (select n.set_id from wavekeep.recovery_code n
            where n.person_id = p.person_id order by n.made_at desc limit 1)
          and not exists (select from wavekeep.recovery_use u where u.code_digest = r.code_digest)
      ) as "recoveryCodes",
      (select ${msOf("max(s.signed_in_at)")} from wavekeep.sign_in_session s
        where s.person_id = p.person_id and s.method in ('passkey', 'totp', 'recovery')
      ) as "lastSignInAtMs"
    from wavekeep.person p
    cross join lateral (
      select n.display_name, n.role, n.is_disabled from wavekeep.person_version n
        where n.person_id = p.person_id order by n.change_no desc limit 1
    ) v`;

/** How an SQL text over {@link PEOPLE} calls a person; as `stateOf` does. */
const STATE = `case when "isDisabled" then 'disabled'
  when passkeys > 0 or ("hasPassword" and "hasTotp") then 'active' else 'invited' end`;

/** What a person can do now: nothing, sign in for the first time, or sign in. */
export function stateOf(
  person: Pick<PersonRow, "isDisabled" | "passkeys" | "hasPassword" | "hasTotp">,
): PersonState {
  if (person.isDisabled) return "disabled";
  return person.passkeys > 0 || (person.hasPassword && person.hasTotp) ? "active" : "invited";
}

/** People by sign-in name. */
export async function listPeople(
  client: pg.ClientBase,
  filter: PeopleFilter,
): Promise<PersonRow[]> {
  const { rows } = await prepared<PersonRow>(
    client,
    `select * from (${PEOPLE}) person
      where ($1::text is null or strpos(login, lower($1)) > 0
          or strpos(lower("displayName"), lower($1)) > 0)
        and ($2::text is null or ${STATE} = $2)
        and ($3::text is null or role = $3)
        and ($4::uuid[] is null or "personId" = any($4))
        and ($5::text is null or login > $5 collate "C")
      order by login collate "C" limit $6`,
    [
      filter.search ?? null,
      filter.state ?? null,
      filter.role ?? null,
      filter.ids ?? null,
      filter.after ?? null,
      filter.limit,
    ],
  );
  return rows;
}

/** A person of the transaction's site, or undefined. */
export async function findPersonRow(
  client: pg.ClientBase,
  personId: string,
): Promise<PersonRow | undefined> {
  return (await listPeople(client, { ids: [personId], limit: 1 }))[0];
}

/** All that held of a person, the newest first. */
export async function listVersions(
  client: pg.ClientBase,
  personId: string,
): Promise<VersionRow[]> {
  const { rows } = await prepared<VersionRow>(
    client,
    `select display_name as "displayName", role, is_disabled as "isDisabled", actor,
        ${msOf("at")} as "atMs"
      from wavekeep.person_version where person_id = $1 order by change_no desc`,
    [personId],
  );
  return rows;
}

/** How many people of the site may do an administrator's work, without one of them. */
export async function countOtherAdmins(client: pg.ClientBase, personId: string): Promise<number> {
  const { rows: [row] } = await prepared<{ count: number }>(
    client,
    `select count(*)::int as "count" from wavekeep.person p
      cross join lateral (
        select n.role, n.is_disabled from wavekeep.person_version n
          where n.person_id = p.person_id order by n.change_no desc limit 1) v
      where p.person_id <> $1 and v.role = 'admin' and not v.is_disabled`,
    [personId],
  );
  return row!.count;
}

/** How many of each state there are. */
export async function countStates(
  client: pg.ClientBase,
): Promise<Record<PersonState, number>> {
  const { rows } = await prepared<{ state: PersonState; count: number }>(
    client,
    `select ${STATE} as "state", count(*)::int as "count" from (${PEOPLE}) person group by 1`,
  );
  const counts = { invited: 0, active: 0, disabled: 0 };
  for (const { state, count } of rows) counts[state] = count;
  return counts;
}
