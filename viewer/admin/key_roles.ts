/**
 * What a machine's key may be made for: its role, and what of it.
 *
 * Nobody's key makes keys or people, devices enrol keys of their own, and a relay's token names its site.
 *
 * @module
 */

import { ACCESS, type Action, mayDo, type Role } from "@wavekeep/core/service";

/** Roles that an API key may have. */
export const KEY_ROLES = ["clinician", "researcher", "auditor", "monitor"] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

const WORDS: Readonly<Record<KeyRole, string>> = {
  clinician: "reads recordings and marks, writes marks, takes recordings out",
  researcher: "reads de-identified recordings",
  auditor: "reads who did what",
  monitor: "reads counts and times, of no one in particular",
};

/** What the role is for, in a line. */
export function keyRoleText(role: KeyRole): string {
  return WORDS[role];
}

/** Everything a key of this role could be allowed. What people do for themselves is no machine's. */
export function scopesOf(role: Role): readonly Action[] {
  return (Object.keys(ACCESS) as Action[]).filter((action) =>
    mayDo(role, action) && !/^(me|break-glass):/.test(action)
  );
}
