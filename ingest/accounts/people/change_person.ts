/**
 * People are made, given a role, shut out and let in again; each change is a version with who and when.
 *
 * Sole owner of the rules: nobody changes the own account, and a site keeps an administrator. Both hold when two
 * administrators act at once, since changes of a site's people come one after the other.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { PersonRole } from "@wavekeep/core/wire";
import type { AccountsDeps } from "../deps.ts";
import { endSessions } from "../sessions.ts";
import type { Caller, SiteTx } from "../store/accounts_store.ts";
import { insertPerson, insertPersonVersion, lockPeople } from "../store/people.ts";
import { insertRevocation } from "../store/revocations.ts";
import { insertSecurityEvent } from "../store/security_event.ts";
import { lockTokens } from "../store/sessions.ts";
import { countOtherAdmins, findPersonRow, type PersonRow } from "./person_rows.ts";

type PeopleDeps = Pick<AccountsDeps, "store" | "nowMs">;

/** Somebody who is to be there. */
export interface NewPerson {
  readonly login: string;
  readonly displayName: string;
  readonly role: PersonRole;
}

/** What is to hold of a person. */
export type PersonChange = { readonly role: PersonRole } | { readonly isDisabled: boolean };

/** @throws {ProblemError} `person-conflict`: the sign-in name is taken. */
export async function makePerson(
  { store, nowMs }: PeopleDeps,
  caller: Caller,
  person: NewPerson,
): Promise<PersonRow> {
  return await store.inSite(caller, async (tx) => await addPerson(tx, person, nowMs()));
}

/** As {@link makePerson}, in a transaction. */
export async function addPerson(tx: SiteTx, person: NewPerson, nowMs: number): Promise<PersonRow> {
  const personId = crypto.randomUUID();
  if (!await insertPerson(tx, { ...person, personId }, nowMs)) {
    throw new ProblemError("person-conflict", {
      detail: "The sign-in name is taken",
      errors: [{ detail: "is taken", pointer: "/body/login" }],
    });
  }
  await insertSecurityEvent(tx, "person-added", { person: personId, role: person.role });
  return (await findPersonRow(tx.client, personId))!;
}

/**
 * Gives a person a role, or shuts the person out, or lets the person in again. What holds already is no change.
 *
 * Tokens from before are refused as soon as services have heard of it; a person who is shut out has no sessions
 * any more.
 *
 * @throws {ProblemError} `not-found`, `own-account`, `last-administrator`.
 */
export async function changePerson(
  deps: PeopleDeps,
  caller: Caller,
  personId: string,
  change: PersonChange,
): Promise<PersonRow> {
  return await deps.store.inSite(caller, async (tx) => {
    await lockPeople(tx);
    await lockTokens(tx, personId);
    const nowMs = deps.nowMs();
    const before = await requirePerson(tx, personId);
    const { displayName, role, isDisabled } = before;
    const after = { personId, displayName, role, isDisabled, ...change };
    if (after.role === role && after.isDisabled === isDisabled) return before;
    refuseOwn(tx, personId);
    const wasAdmin = role === "admin" && !isDisabled;
    const isAdmin = after.role === "admin" && !after.isDisabled;
    if (wasAdmin && !isAdmin && await countOtherAdmins(tx.client, personId) === 0) {
      throw new ProblemError("last-administrator", {
        detail: "The site would be left without an administrator",
      });
    }
    await insertPersonVersion(tx, after, nowMs);
    const kind = after.isDisabled === isDisabled
      ? "role-changed"
      : after.isDisabled
      ? "person-disabled"
      : "person-enabled";
    await insertSecurityEvent(tx, kind, { person: personId, role: after.role });
    if (after.isDisabled) await endSessions(deps, tx, personId, { reason: "disabled" });
    // Tokens with the role from before, and of sessions that nobody knows of any more.
    await insertRevocation(tx, { kind: "person", subject: personId, nowMs });
    return (await findPersonRow(tx.client, personId))!;
  });
}

/** @throws {ProblemError} `not-found`: nobody of this site. */
export async function requirePerson(tx: SiteTx, personId: string): Promise<PersonRow> {
  const person = await findPersonRow(tx.client, personId);
  if (person === undefined) {
    throw new ProblemError("not-found", { detail: "No such person at this site" });
  }
  return person;
}

/** @throws {ProblemError} `own-account`. */
export function refuseOwn({ actor }: Caller, personId: string): void {
  if (personId !== actor) return;
  throw new ProblemError("own-account", {
    detail: "Another administrator has to do this to your account",
  });
}
