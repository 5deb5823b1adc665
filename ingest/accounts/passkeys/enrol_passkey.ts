/**
 * A person makes a passkey, and takes one away.
 *
 * A ticket of a registration is of one session, so nobody registers under another's name. A passkey that is
 * taken away ends the sessions that began with it: it was lost, or it was somebody else's. The last thing that a
 * person can sign in with stays.
 *
 * @module
 */

import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import { ProblemError } from "@wavekeep/core/problem";
import type { Ceremony } from "@wavekeep/core/wire";
import type { AccountsDeps } from "../deps.ts";
import { finishReset } from "../links/finish_reset.ts";
import { findPersonRow, stateOf } from "../people/person_rows.ts";
import { endSession } from "../sessions.ts";
import { ticketKey } from "../sign_in.ts";
import type { Caller } from "../store/accounts_store.ts";
import { insertCeremonyUse } from "../store/attempts.ts";
import { insertCredentialEnd, lockCredentials } from "../store/credentials.ts";
import { insertSecurityEvent } from "../store/security_event.ts";
import type { Session } from "../store/sessions.ts";
import { CEREMONY_SECONDS, CHALLENGE_BYTES, openTicket, sealTicket } from "../ticket.ts";
import {
  challengeDigest,
  insertPasskey,
  listPasskeys,
  openSessionsOfPasskey,
  type PasskeyRow,
} from "./passkey_rows.ts";
import { userHandle } from "./user_handle.ts";
import { PasskeyRefusedError, registrationOptions, verifyRegistration } from "./verify_passkey.ts";

const KIND = "passkey-registration";
/** More than somebody has devices. */
const PASSKEYS_MAX = 20;

/** `POST /me/passkeys/options`. */
export async function beginRegistration(
  deps: AccountsDeps,
  caller: Caller,
  { person, sessionId, method, mustEnrol }: Session,
): Promise<Ceremony> {
  const { siteId, personId, login, displayName } = person;
  // Those that end with the first new one are in nobody's way: a device that was kept may be used again.
  const known = method === "reset" && mustEnrol
    ? []
    : await deps.store.inSite(caller, (tx) => listPasskeys(tx, personId));
  if (known.length >= PASSKEYS_MAX) {
    throw new ProblemError("credential-refused", {
      detail: `A person may have ${PASSKEYS_MAX} passkeys`,
    });
  }
  const challenge = base64url(deps.randomBytes(CHALLENGE_BYTES));
  const expiresAtMs = deps.nowMs() + CEREMONY_SECONDS * 1000;
  const options = await registrationOptions(deps.party, {
    handle: userHandle({ siteId, personId }),
    login,
    displayName,
    known: known.map(toKnown),
  }, challenge);
  const claims = { kind: KIND, challenge, expiresAtMs, siteId, personId, sessionId };
  return { ticket: sealTicket(ticketKey(deps), claims), options: { ...options } };
}

/** As the lists of options have it. */
export function toKnown({ credentialId, transports }: PasskeyRow) {
  return { id: base64url(credentialId), transports };
}

/**
 * `POST /me/passkeys`.
 *
 * @returns Its id, and when it was made, in milliseconds since 1970.
 * @throws {ProblemError} `credential-refused`.
 */
export async function finishRegistration(
  deps: AccountsDeps,
  caller: Caller,
  { session, ticket, response, name }: {
    readonly session: Session;
    readonly ticket: string;
    readonly response: RegistrationResponseJSON;
    readonly name: string;
  },
): Promise<{ passkeyId: string; madeAtMs: number }> {
  const { sessionId, person: { personId } } = session;
  const nowMs = deps.nowMs();
  const claims = openTicket(ticketKey(deps), ticket, { kind: KIND, nowMs });
  if (claims?.sessionId !== sessionId || claims.personId !== personId) throw refused("ticket");
  const { challenge, expiresAtMs } = claims;
  const use = { challengeDigest: challengeDigest(challenge), kind: KIND, nowMs, expiresAtMs };
  const isFirst = await deps.store.inSite(caller, (tx) => insertCeremonyUse(tx, use));
  if (!isFirst) throw refused("challenge");
  const made = await verifyRegistration(deps.party, response, challenge).catch((error) => {
    if (error instanceof PasskeyRefusedError) throw refused(error.fault, error);
    throw error;
  });
  const passkeyId = crypto.randomUUID();
  await deps.store.inSite(caller, async (tx) => {
    const passkey = { ...made, passkeyId, personId, sessionId, name, nowMs };
    if (!await insertPasskey(tx, passkey)) throw refused("credential");
    await insertSecurityEvent(tx, "credential-added", {
      session: sessionId,
      method: "passkey",
      subject: passkeyId,
    });
    await finishReset(tx, session, nowMs);
  });
  return { passkeyId, madeAtMs: nowMs };
}

/**
 * `POST /me/passkeys/:id/remove`.
 *
 * @throws {ProblemError} `not-found`, `last-credential`.
 */
export async function removePasskey(
  deps: AccountsDeps,
  caller: Caller,
  { session, passkeyId }: { readonly session: Session; readonly passkeyId: string },
): Promise<void> {
  const { personId } = session.person;
  await deps.store.inSite(caller, async (tx) => {
    // Who takes two away at once takes one after the other, and the last one stays.
    await lockCredentials(tx, personId);
    const own = await listPasskeys(tx, personId);
    if (!own.some((each) => each.passkeyId === passkeyId)) {
      throw new ProblemError("not-found", { detail: "You have no such passkey" });
    }
    const nowMs = deps.nowMs();
    const end = { credentialId: passkeyId, personId, kind: "passkey", reason: "removed" } as const;
    await insertCredentialEnd(tx, { ...end, nowMs });
    const person = await findPersonRow(tx.client, personId);
    if (person === undefined || stateOf(person) !== "active") {
      throw new ProblemError("last-credential", {
        detail: "Make another passkey first, or a password with a second factor",
      });
    }
    await insertSecurityEvent(tx, "credential-removed", { method: "passkey", subject: passkeyId });
    for (const sessionId of await openSessionsOfPasskey(tx, { passkeyId, personId }, nowMs)) {
      if (sessionId === session.sessionId) continue;
      const ended = { sessionId, person: { personId } };
      await endSession(deps, tx, ended, { reason: "credential-removed" });
    }
  });
}

function refused(reason: string, cause?: unknown): ProblemError {
  return new ProblemError("credential-refused", {
    detail: "The passkey cannot be taken; begin again",
    extensions: { reason },
    cause,
  });
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
