/**
 * A passkey's answer, judged: whose it is, or why it is worth nothing.
 *
 * Sole owner of the order. The ticket first, which is ours and not too old; then the credential, which must be
 * that person's; then the challenge is used up, and that is committed; only then is anything verified. So neither
 * a replay nor a second try at one challenge is ever judged.
 *
 * @see WebAuthn level 3, section 7.2
 * @module
 */

import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import type { AccountsDeps } from "../deps.ts";
import type { SiteTx } from "../store/accounts_store.ts";
import { insertCeremonyUse } from "../store/attempts.ts";
import { ticketKey } from "../sign_in.ts";
import { openTicket } from "../ticket.ts";
import { challengeDigest, findPasskey, insertPasskeyUse, type PasskeyRow } from "./passkey_rows.ts";
import { parseUserHandle } from "./user_handle.ts";
import { PasskeyRefusedError, verifySignIn } from "./verify_passkey.ts";

type PasskeyDeps = Pick<AccountsDeps, "store" | "party" | "keys" | "nowMs">;

/** An answer and what it is one to. */
export interface PasskeyAnswer {
  readonly ticket: string;
  readonly response: AuthenticationResponseJSON;
}

/** An answer that is good, as far as can be said without the rows of this moment. */
export interface GoodAnswer {
  readonly siteId: number;
  readonly passkey: PasskeyRow;
  readonly challenge: string;
  readonly counter: number;
}

/** As {@link PasskeyRefusedError}, of a person that is known by now. */
export class KnownPasskeyRefusedError extends PasskeyRefusedError {
  readonly owner: { readonly siteId: number; readonly personId: string };

  constructor(cause: PasskeyRefusedError, owner: { siteId: number; personId: string }) {
    super(cause.fault);
    this.owner = owner;
  }
}

/**
 * Judges an answer to a ticket of `kind`.
 *
 * @param expected Whose answer it has to be, where that is known before.
 * @throws {PasskeyRefusedError} It is worth nothing.
 */
export async function judgeAnswer(
  deps: PasskeyDeps,
  { ticket, response }: PasskeyAnswer,
  { kind, requestId, expected }: {
    readonly kind: string;
    readonly requestId: string;
    readonly expected?: { readonly siteId: number; readonly personId: string };
  },
): Promise<GoodAnswer> {
  const { store, party, nowMs } = deps;
  const claims = openTicket(ticketKey(deps), ticket, { kind, nowMs: nowMs() });
  if (claims === undefined) throw new PasskeyRefusedError("ticket");
  const owner = ownerOf(response);
  if (
    owner === undefined ||
    (expected !== undefined &&
      (owner.siteId !== expected.siteId || owner.personId !== expected.personId)) ||
    (claims.personId !== undefined && claims.personId !== owner.personId)
  ) throw new PasskeyRefusedError("credential");
  const { siteId, personId } = owner;
  const credentialId = idOf(response);
  const caller = { siteId, actor: personId, role: "none", requestId };
  const { passkey, isFirst } = await store.inSite(caller, async (tx) => {
    const passkey = credentialId && await findPasskey(tx, { personId, credentialId });
    if (passkey === undefined) throw new PasskeyRefusedError("credential");
    const { challenge, expiresAtMs } = claims;
    const use = { challengeDigest: challengeDigest(challenge), kind, nowMs: nowMs(), expiresAtMs };
    return { passkey, isFirst: await insertCeremonyUse(tx, use) };
  });
  try {
    if (!isFirst) throw new PasskeyRefusedError("challenge");
    const { challenge } = claims;
    const counter = await verifySignIn(party, response, { ...passkey, challenge });
    return { siteId, passkey, challenge, counter };
  } catch (error) {
    if (error instanceof PasskeyRefusedError) throw new KnownPasskeyRefusedError(error, owner);
    throw error;
  }
}

/**
 * Writes down that a good answer was taken, in the transaction of what it is taken for.
 *
 * @throws {PasskeyRefusedError} The authenticator counts, and said no greater number than ever before: somebody
 * has a copy of it.
 */
export async function takeAnswer(
  tx: SiteTx,
  { siteId, passkey, challenge, counter }: GoodAnswer,
  { sessionId, nowMs }: { readonly sessionId: string; readonly nowMs: number },
): Promise<void> {
  const { passkeyId, personId } = passkey;
  // Read again: another answer of this key may have been taken since.
  const current = await findPasskey(tx, passkey);
  if (current === undefined) throw new PasskeyRefusedError("credential");
  const counts = counter > 0 || current.counter > 0;
  const isTaken = !(counts && counter <= current.counter) &&
    await insertPasskeyUse(tx, { challenge, passkeyId, counter, sessionId, nowMs });
  if (isTaken) return;
  throw new KnownPasskeyRefusedError(new PasskeyRefusedError("counter"), { siteId, personId });
}

function ownerOf({ response }: AuthenticationResponseJSON) {
  const handle = response.userHandle === undefined ? undefined : fromBase64(response.userHandle);
  return handle && parseUserHandle(handle);
}

function idOf({ id }: AuthenticationResponseJSON): Uint8Array | undefined {
  return fromBase64(id);
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}
