/**
 * Tickets: what a sign-in has reached so far, sealed and given to the caller.
 *
 * Sole owner of their form. A ticket holds a ceremony's kind, challenge and end, and whose it is once that is
 * known, under a key of the service: nobody can read, change or make one. Nothing is stored before a ticket is
 * used, so strangers who ask for challenges fill no table, and a sign-in without a name, of which nobody can
 * say yet at which site it is, needs no row without a site. What makes it single use is the store: the digest
 * of the challenge is written down before the answer to it is judged.
 *
 * @see core/decisions/0041 (accounts), 0044 (passkeys and links)
 * @module
 */

import { seal, unseal } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import * as z from "zod";

/** How long a ceremony may take, in seconds: a person looks for her key, and a challenge does not lie about. */
export const CEREMONY_SECONDS = 300;

export const CHALLENGE_BYTES = 32;

const Claims = z.object({
  kind: z.string(),
  /** Base64url of {@link CHALLENGE_BYTES} random bytes: what the answer signs, and the ticket's name. */
  challenge: z.string().regex(/^[\w-]{43}$/),
  /** Milliseconds since 1970. */
  expiresAtMs: z.int(),
  siteId: z.int().min(1).optional(),
  personId: z.uuid().optional(),
  sessionId: z.uuid().optional(),
});
/** What a ticket says. */
export type TicketClaims = z.infer<typeof Claims>;

/**
 * A ticket as text that a URL or a JSON body takes.
 *
 * @param key 32 bytes, of this purpose alone.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { randomKey } from "@wavekeep/core/crypto";
 * import { openTicket, sealTicket } from "./ticket.ts";
 *
 * const key = randomKey();
 * const claims = { kind: "sign-in", challenge: "A".repeat(43), expiresAtMs: 1_000 };
 * const ticket = sealTicket(key, claims);
 * deepStrictEqual(openTicket(key, ticket, { kind: "sign-in", nowMs: 999 }), claims);
 * strictEqual(openTicket(key, ticket, { kind: "sign-in", nowMs: 1_000 }), undefined);
 * strictEqual(openTicket(key, ticket, { kind: "registration", nowMs: 999 }), undefined);
 * strictEqual(openTicket(randomKey(), ticket, { kind: "sign-in", nowMs: 999 }), undefined);
 * ```
 */
export function sealTicket(key: Uint8Array, claims: TicketClaims): string {
  const text = new TextEncoder().encode(JSON.stringify(claims));
  return seal(key, place(claims.kind), text).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** What {@link sealTicket} sealed; undefined when it is none of ours, of another kind, or too old. */
export function openTicket(
  key: Uint8Array,
  ticket: string,
  { kind, nowMs }: { readonly kind: string; readonly nowMs: number },
): TicketClaims | undefined {
  let text: Uint8Array;
  try {
    text = unseal(key, place(kind), Uint8Array.fromBase64(ticket, { alphabet: "base64url" }));
  } catch (error) {
    if (error instanceof SyntaxError || isCoreError(error, "CorruptInputError")) return undefined;
    throw error;
  }
  const claims = Claims.parse(JSON.parse(new TextDecoder().decode(text)));
  return claims.kind === kind && nowMs < claims.expiresAtMs ? claims : undefined;
}

function place(kind: string): string {
  return `ticket/${kind}`;
}
