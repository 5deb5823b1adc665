/**
 * Layer 5. What browsers and pages send about passkeys, links, locked seats and emergencies.
 *
 * Answers of a browser are as WebAuthn spells them in JSON; what is not used of them is not in here, and so
 * reaches no row.
 *
 * @see WebAuthn level 3, section 5.1 (RegistrationResponseJSON, AuthenticationResponseJSON)
 * @module
 */

import * as z from "zod";
import { Code } from "../recording/mod.ts";

const base64url = (lengthMax: number) => z.string().max(lengthMax).regex(/^[\w-]*$/);

/** 16 to 1023 bytes. */
const CredentialId = base64url(1364).min(22);

const Credential = z.object({
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal("public-key"),
});

/** Sealed; whoever gives it out opens it. */
const Ticket = z.string().max(1024);
const RefreshToken = z.string().max(128);

/** What `navigator.credentials.create` gave. */
export const RegistrationAnswer = z.object({
  ...Credential.shape,
  response: z.object({
    clientDataJSON: base64url(4096),
    attestationObject: base64url(16_384),
    transports: z.array(z.string().regex(/^[a-z-]{1,32}$/)).max(8).optional(),
  }),
});
export type RegistrationAnswer = z.infer<typeof RegistrationAnswer>;

/** What `navigator.credentials.get` gave. */
export const PasskeyAnswer = z.object({
  ...Credential.shape,
  response: z.object({
    clientDataJSON: base64url(4096),
    authenticatorData: base64url(4096),
    signature: base64url(4096),
    userHandle: base64url(128).nullish(),
  }),
});
export type PasskeyAnswer = z.infer<typeof PasskeyAnswer>;

/** A body that says nothing, so that no form of another page fits. */
export const Nothing = z.strictObject({});

/** `POST /sign-in/passkey`. */
export const PasskeySignInRequest = z.strictObject({ ticket: Ticket, response: PasskeyAnswer });
export type PasskeySignInRequest = z.infer<typeof PasskeySignInRequest>;

/** `POST /me/passkeys`. */
export const MakePasskeyRequest = z.strictObject({
  ticket: Ticket,
  response: RegistrationAnswer,
  /** What its owner calls it. */
  name: z.string().trim().regex(/^[^\p{Cc}\p{Cf}]{1,64}$/u),
});
export type MakePasskeyRequest = z.infer<typeof MakePasskeyRequest>;

/** A passkey that was made. */
export const MadePasskey = z.object({
  passkey_id: z.uuid(),
  name: z.string(),
  created_at: z.string(),
  last_used_at: z.null(),
  must_enrol: z.literal(false),
});
export type MadePasskey = z.infer<typeof MadePasskey>;

/** `POST /links/look`, `POST /links/redeem`. */
export const LinkRequest = z.strictObject({ token: z.string().max(128) });
export type LinkRequest = z.infer<typeof LinkRequest>;

/** `POST /me/lock`. */
export const Locked = z.object({ locked_at: z.string() });
export type Locked = z.infer<typeof Locked>;

/** `POST /me/unlock/options`. */
export const UnlockOptionsRequest = z.strictObject({ refresh_token: RefreshToken });
export type UnlockOptionsRequest = z.infer<typeof UnlockOptionsRequest>;

/** `POST /me/unlock`: with the password, or with a passkey. */
export const UnlockRequest = z.union([
  z.strictObject({ refresh_token: RefreshToken, password: z.string().min(1).max(1024) }),
  z.strictObject({ refresh_token: RefreshToken, ticket: Ticket, response: PasskeyAnswer }),
]);
export type UnlockRequest = z.infer<typeof UnlockRequest>;

/** `POST /break-glass`. */
export const BreakGlassRequest = z.strictObject({
  patient_id: Code,
  /** What somebody will want to know who reads it later. */
  reason: z.string().trim().min(8).max(500),
});
export type BreakGlassRequest = z.infer<typeof BreakGlassRequest>;
