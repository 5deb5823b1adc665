/**
 * What roles are called, and what they are for, in a line.
 *
 * @module
 */

import type { PersonRole } from "@wavekeep/core/wire";

/** A person's role, said. */
export const ROLE_WORDS: Readonly<Record<PersonRole, { name: string; may: string }>> = {
  technologist: {
    name: "Technologist",
    may: "watches and reads recordings, marks; takes nothing out",
  },
  clinician: { name: "Clinician", may: "reads recordings, marks, and takes them out" },
  researcher: { name: "Researcher", may: "sees de-identified recordings of consenting patients" },
  auditor: { name: "Auditor", may: "reads who did what; no health data" },
  admin: { name: "Administrator", may: "people, devices and keys; no health data" },
  custodian: {
    name: "Custodian",
    may: "takes whole recordings out, with what their files say of the patient",
  },
};

/** The role's name, whatever it is the role of. */
export function roleName(role: string): string {
  if (Object.hasOwn(ROLE_WORDS, role)) return ROLE_WORDS[role as PersonRole].name;
  return role.charAt(0).toUpperCase() + role.slice(1);
}
