/**
 * `deno task accounts --invite LOGIN --role ROLE`: a link for the first administrator, or for one who lost her keys.
 *
 * Whoever may run this has the database's password and the key folder, and could do worse; still it leaves the
 * event that an administrator would, under the name of the command.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { PersonRole } from "@wavekeep/core/wire";
import type { AccountsDeps } from "./deps.ts";
import { addLink, type MadeLink } from "./links/sign_in_links.ts";
import { addPerson, requirePerson } from "./people/change_person.ts";
import { stateOf } from "./people/person_rows.ts";
import type { LinkKind } from "./sign_in_link.ts";

/** Name under which the command's changes stand in versions and events. */
const ACTOR = "operator";

/** Somebody who shall be able to come in. */
export interface Invited {
  readonly login: string;
  /** Undefined where the person has to be there already. */
  readonly role: PersonRole | undefined;
  /** Default: the sign-in name. */
  readonly displayName?: string | undefined;
  readonly kind: LinkKind;
}

/**
 * Makes a link for a person of the site, and the person where there is none and a role is given.
 *
 * @returns Undefined: the person is invited, and can sign in already.
 * @throws {ProblemError} `person-conflict`: the name is somebody's at another site; `not-found`; `link-refused`:
 * the person is shut out.
 */
export async function invite(
  { store, nowMs }: Pick<AccountsDeps, "store" | "nowMs">,
  siteId: number,
  { login, role, displayName = login, kind }: Invited,
): Promise<MadeLink | undefined> {
  const found = await store.findLogin(login);
  if (found !== undefined && found.siteId !== siteId) {
    throw new ProblemError("person-conflict", {
      detail: `${login} is somebody's sign-in name at another site`,
    });
  }
  const caller = { siteId, actor: ACTOR, role: "none", requestId: crypto.randomUUID() };
  return await store.inSite(caller, async (tx) => {
    const person = found === undefined
      ? await addPerson(tx, { login, displayName, role: requireRole(login, role) }, nowMs())
      : await requirePerson(tx, found.personId);
    const state = stateOf(person);
    if (state === "disabled") {
      throw new ProblemError("link-refused", { detail: `${login} is shut out` });
    }
    if (state === "active" && kind === "invitation") return undefined;
    return await addLink(tx, { personId: person.personId, kind, nowMs: nowMs() });
  });
}

function requireRole(login: string, role: PersonRole | undefined): PersonRole {
  if (role !== undefined) return role;
  throw new ProblemError("not-found", { detail: `Nobody has the sign-in name ${login}` });
}
