/**
 * Somebody signs in with a passkey, without saying a name.
 *
 * The answer to whatever is wrong is one and the same; what it was is in the log, and in an event once it is known
 * whose passkey it should have been.
 *
 * @module
 */

import type { Ceremony } from "@wavekeep/core/wire";
import type { AccountsDeps } from "../deps.ts";
import { type OpenSession, startSession } from "../sessions.ts";
import { type Asked, signInRefused, ticketKey } from "../sign_in.ts";
import { findPerson } from "../store/people.ts";
import { insertSecurityEvent } from "../store/security_event.ts";
import { CEREMONY_SECONDS, CHALLENGE_BYTES, sealTicket } from "../ticket.ts";
import {
  judgeAnswer,
  KnownPasskeyRefusedError,
  type PasskeyAnswer,
  takeAnswer,
} from "./answer_passkey.ts";
import { type KnownCredential, PasskeyRefusedError, signInOptions } from "./verify_passkey.ts";

const KIND = "passkey-sign-in";

/** `POST /sign-in/passkey/options`: nothing is stored, and nobody is named. */
export function beginPasskeySignIn(deps: AccountsDeps): Promise<Ceremony> {
  return beginAnswer(deps, { kind: KIND });
}

/** A ticket, and what a browser is asked; with `known` it asks for one of these. */
export async function beginAnswer(
  deps: Pick<AccountsDeps, "party" | "keys" | "nowMs" | "randomBytes">,
  { kind, personId, known }: {
    readonly kind: string;
    readonly personId?: string;
    readonly known?: readonly KnownCredential[];
  },
): Promise<Ceremony> {
  const random = deps.randomBytes(CHALLENGE_BYTES);
  const challenge = random.toBase64({ alphabet: "base64url", omitPadding: true });
  const expiresAtMs = deps.nowMs() + CEREMONY_SECONDS * 1000;
  const claims = { kind, challenge, expiresAtMs, ...(personId === undefined ? {} : { personId }) };
  const options = await signInOptions(deps.party, challenge, known);
  return { ticket: sealTicket(ticketKey(deps), claims), options: { ...options } };
}

/** `POST /sign-in/passkey`. @throws {ProblemError} `sign-in-refused`. */
export async function finishPasskeySignIn(
  deps: AccountsDeps,
  answer: PasskeyAnswer,
  asked: Asked,
): Promise<OpenSession> {
  try {
    const good = await judgeAnswer(deps, answer, { kind: KIND, requestId: asked.requestId });
    const { siteId, passkey: { personId, passkeyId } } = good;
    const caller = { siteId, actor: personId, role: "none", requestId: asked.requestId };
    const open = await deps.store.inSite(caller, async (stranger) => {
      const person = await findPerson(stranger, personId);
      if (person === undefined || person.isDisabled) throw new PasskeyRefusedError("credential");
      const tx = { ...stranger, role: person.role };
      const how = { method: "passkey", passkeyId, client: asked.client } as const;
      const open = await startSession(deps, tx, person, how);
      if (open.session.person.isDisabled) throw new PasskeyRefusedError("credential");
      await takeAnswer(tx, good, { sessionId: open.session.sessionId, nowMs: deps.nowMs() });
      return open;
    });
    deps.metrics.signIn("passkey-passed");
    return open;
  } catch (error) {
    if (!(error instanceof PasskeyRefusedError)) throw error;
    await tellRefused(deps, error, asked);
    throw signInRefused();
  }
}

/** Writes down that an answer was refused: as an event of the person, where one is known. */
export async function tellRefused(
  { store, logger, metrics }: Pick<AccountsDeps, "store" | "logger" | "metrics">,
  error: PasskeyRefusedError,
  { client, requestId }: Asked,
): Promise<void> {
  const reason = `passkey-${error.fault}`;
  metrics.signIn("passkey-refused");
  logger.warn("passkey refused", { requestId, reason });
  if (!(error instanceof KnownPasskeyRefusedError)) return;
  const { siteId, personId } = error.owner;
  await store.inSite(
    { siteId, actor: "stranger", role: "none", requestId },
    (tx) =>
      insertSecurityEvent(tx, "sign-in-failed", {
        person: personId,
        method: "passkey",
        reason,
        outcome: "refused",
        ...(client.from === undefined ? {} : { from: client.from }),
      }),
  );
}
