/**
 * Links for several people at once, on a connection of their own: for `start`.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { createLogger, openPool } from "@wavekeep/core/service";
import type { PersonRole } from "@wavekeep/core/wire";
import { invite } from "./invite.ts";
import { postgresAccountsStore } from "./store/accounts_store.ts";

/** Somebody, and what to come in with. */
export interface InvitedPerson {
  readonly login: string;
  readonly role: PersonRole;
  readonly text: string;
}

/**
 * Makes people who are not there, and a link for each who cannot sign in yet; links from before are worth nothing
 * then. Who is shut out, or at another site, is left out.
 *
 * @param url PostgreSQL as wavekeep_accounts.
 */
export async function invitePeople(
  url: string,
  { siteId, people }: {
    readonly siteId: number;
    readonly people: readonly {
      readonly login: string;
      readonly role: PersonRole;
      readonly displayName: string;
    }[];
  },
): Promise<InvitedPerson[]> {
  const logger = createLogger({ service: "accounts", level: "error" });
  const pool = openPool(url, { role: "wavekeep_accounts", max: 1, logger });
  const invited: InvitedPerson[] = [];
  try {
    const deps = { store: postgresAccountsStore(pool), nowMs: Date.now };
    for (const person of people) {
      const link = await invite(deps, siteId, { ...person, kind: "invitation" })
        .catch((error: unknown) => {
          if (error instanceof ProblemError) return undefined;
          throw error;
        });
      if (link !== undefined) invited.push({ ...person, text: link.text });
    }
  } finally {
    await pool.end();
  }
  return invited;
}
