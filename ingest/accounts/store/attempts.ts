/**
 * Attempts to sign in, by keyed digests of the name that was typed and of where it was typed.
 *
 * A row is written before a guess is judged, in a transaction that holds the name's lock while it counts: of a
 * thousand guesses at once no more are judged than one after the other would be.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type { SiteTx } from "./accounts_store.ts";
import { instant } from "./instants.ts";

/** What is guessed at. */
export type AttemptMethod = "password" | "totp" | "recovery" | "unlock";

/** Whose account, and from where. */
export interface AttemptPlace {
  /** 32 bytes. */
  readonly accountDigest: Uint8Array;
  readonly addressDigest: Uint8Array;
  /** Undefined: the name is nobody's. */
  readonly personId: string | undefined;
}

/** Failures of the last day, and what is known of the address. */
export interface AttemptCounts {
  /** From this address, of the last quarter of an hour and of the last day. */
  readonly hereLately: number;
  readonly hereToday: number;
  /** From anywhere, of the last hour and of the last day. */
  readonly anywhereLately: number;
  readonly anywhereToday: number;
  /** Somebody has signed in to this account from this address before, in the last ninety days. */
  readonly isKnownAddress: boolean;
}

/** How far back is counted, in milliseconds. */
export const LATELY_HERE_MS = 15 * 60_000;
export const LATELY_ANYWHERE_MS = 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

/** Of nobody: asked for as well, so that a name that is nobody's costs what another costs. */
const NOBODY = "00000000-0000-4000-8000-000000000000";

/** Counts, and keeps everybody else from counting for this account until the commit. */
export async function countAttempts(
  tx: SiteTx,
  { accountDigest, addressDigest, personId }: AttemptPlace,
  nowMs: number,
): Promise<AttemptCounts> {
  await prepared(
    tx.client,
    `select pg_advisory_xact_lock(
       hashtextextended('wavekeep.sign_in_attempt/' || encode($1::bytea, 'hex'), 0))`,
    [accountDigest],
  );
  const { rows: [counts] } = await prepared<AttemptCounts>(
    tx.client,
    `select count(*) filter (where a.address_digest = $2 and a.at > $3)::int as "hereLately",
        count(*) filter (where a.address_digest = $2)::int as "hereToday",
        count(*) filter (where a.at > $4)::int as "anywhereLately",
        count(*)::int as "anywhereToday",
        exists (
          select from wavekeep.sign_in_session s
            where s.person_id = $6 and s.address_digest = $2
              and s.method in ('passkey', 'totp', 'recovery')) as "isKnownAddress"
      from wavekeep.sign_in_attempt a
      where a.account_digest = $1 and a.at > $5
        and not exists (select from wavekeep.attempt_pass p where p.attempt_no = a.attempt_no)`,
    [
      accountDigest,
      addressDigest,
      instant(nowMs - LATELY_HERE_MS),
      instant(nowMs - LATELY_ANYWHERE_MS),
      instant(nowMs - DAY_MS),
      personId ?? NOBODY,
    ],
  );
  return counts!;
}

/** @returns Its number, for {@link insertPass}. */
export async function insertAttempt(
  tx: SiteTx,
  place: AttemptPlace,
  { method, nowMs }: { readonly method: AttemptMethod; readonly nowMs: number },
): Promise<string> {
  const { rows: [row] } = await prepared<{ attemptNo: string }>(
    tx.client,
    `insert into wavekeep.sign_in_attempt (site_id, account_digest, address_digest, method, at)
     values ($1, $2, $3, $4, $5) returning attempt_no as "attemptNo"`,
    [tx.siteId, place.accountDigest, place.addressDigest, method, instant(nowMs)],
  );
  return row!.attemptNo;
}

/** It was no failure. */
export async function insertPass(tx: SiteTx, attemptNo: string): Promise<void> {
  await prepared(
    tx.client,
    "insert into wavekeep.attempt_pass (attempt_no, site_id) values ($1, $2)",
    [attemptNo, tx.siteId],
  );
}

/** Guesses at the second factor that one ticket is good for. */
export const TICKET_TRIES_MAX = 5;

/** @returns False: the ticket has had all its guesses. */
export async function insertTicketTry(
  tx: SiteTx,
  challengeDigest: Uint8Array,
  nowMs: number,
): Promise<boolean> {
  const { rowCount } = await prepared(
    tx.client,
    `insert into wavekeep.ceremony_try (challenge_digest, try_no, site_id, at)
     select $1, count(*) + 1, $2, $3 from wavekeep.ceremony_try where challenge_digest = $1
       having count(*) < $4
     on conflict do nothing`,
    [challengeDigest, tx.siteId, instant(nowMs), TICKET_TRIES_MAX],
  );
  return rowCount === 1;
}

/** A ticket, or the challenge in it, is used: once. @returns False: it was used before. */
export async function insertCeremonyUse(
  tx: SiteTx,
  { challengeDigest, kind, nowMs, expiresAtMs }: {
    readonly challengeDigest: Uint8Array;
    readonly kind: string;
    readonly nowMs: number;
    readonly expiresAtMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await prepared(
    tx.client,
    `insert into wavekeep.ceremony_use (challenge_digest, site_id, kind, used_at, expires_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [challengeDigest, tx.siteId, kind, instant(nowMs), instant(expiresAtMs)],
  );
  return rowCount === 1;
}
