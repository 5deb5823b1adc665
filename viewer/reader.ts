/**
 * Who is signed in, as a page may know it: no token, and a name in place of an id.
 *
 * @module
 */

import type { Reader } from "./components/AccountMenu.tsx";
import type { Session } from "./session.ts";

/** What pages show of a session. */
export function readerOf({ principal, isDemo, account }: Session): Reader {
  const { subject, role } = principal;
  const name = account?.person.display_name ?? subject;
  return { subject, name, role, isDemo, hasAccount: account !== undefined };
}
