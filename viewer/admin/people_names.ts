/**
 * Names of the people behind ids, asked for together.
 *
 * @module
 */

import type { AdminClient } from "../api/admin_client.ts";
import type { Asking } from "../api/upstream.ts";

/** The service takes so many at once. */
const IDS_MAX = 100;
const PERSON_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text can be a person's id. */
export function isPersonId(text: string): boolean {
  return PERSON_ID.test(text);
}

/**
 * Display names by id. What is no person's id has none, and what nobody answers for stays an id: a name is
 * never worth a page.
 */
export async function namesOf(
  admin: Pick<AdminClient, "people">,
  asking: Asking,
  ids: Iterable<string | null>,
): Promise<ReadonlyMap<string, string>> {
  const known = new Set([...ids].filter((id): id is string => id !== null && isPersonId(id)));
  if (known.size === 0) return new Map();
  const wanted = [...known].slice(0, IDS_MAX);
  try {
    const limit = String(IDS_MAX);
    const { people } = await admin.people(asking, { ids: wanted.join(","), limit });
    return new Map(people.map((person) => [person.person_id, person.display_name]));
  } catch {
    return new Map();
  }
}
