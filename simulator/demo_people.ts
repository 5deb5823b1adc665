/**
 * Who is there after a `start`: somebody of each role at the demo site, and elsewhere the first administrator.
 *
 * They have no passwords that a demo has and a hospital has not: each makes a passkey, or a password with a second
 * factor, over an invitation, as everybody does.
 *
 * @module
 */

import { PERSON_ROLES, type PersonRole } from "@wavekeep/core/wire";

/** Somebody who is to be there. */
export interface DemoPerson {
  readonly login: string;
  readonly role: PersonRole;
  readonly displayName: string;
}

/** The people of a fresh site. */
export function peopleOf({ isDemo }: { readonly isDemo: boolean }): readonly DemoPerson[] {
  const roles = isDemo ? PERSON_ROLES : ["admin"] as const;
  return roles.map((role) => ({
    login: role,
    role,
    displayName: role === "admin" ? "Administrator" : `${role[0]!.toUpperCase()}${role.slice(1)}`,
  }));
}
