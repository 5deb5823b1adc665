/**
 * What the lock of a page needs to know, as a JSON block that `seat.ts` reads.
 *
 * @module
 */

import type { SessionState } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import type { Seat } from "./seat_facts.ts";

/** The block; nothing where nobody with an account is signed in. */
export function SeatFacts({ account }: { account: SessionState | undefined }): VNode | null {
  if (account === undefined) return null;
  const seat: Seat = {
    personId: account.person.person_id,
    name: account.person.display_name,
    login: account.person.login,
    idleLockSeconds: account.idle_lock_seconds,
  };
  // `<` would end the block early; nothing else in JSON can.
  const json = JSON.stringify(seat).replaceAll("<", "\\u003c");
  return <script id="seat" type="application/json" dangerouslySetInnerHTML={{ __html: json }} />;
}
