/**
 * What browsers answer in both ceremonies of a passkey, as JSON.
 *
 * What we do not use is dropped here: nobody's extension results or attestation reach a row.
 *
 * @see WebAuthn level 3, section 5.1 (RegistrationResponseJSON, AuthenticationResponseJSON)
 * @module
 */

import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import * as z from "zod";

const base64url = (lengthMax: number) => z.string().max(lengthMax).regex(/^[\w-]*$/);

/** 1023 bytes at most. */
const CredentialId = base64url(1364).min(22);

const Credential = z.object({
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal("public-key"),
});

/** A ticket of ours; longer ones are none. */
export const Ticket = z.string().max(1024);

/** What `navigator.credentials.create` gave. */
export const RegistrationAnswer = Credential.extend({
  response: z.object({
    clientDataJSON: base64url(4096),
    attestationObject: base64url(16_384),
    transports: z.array(z.string().regex(/^[a-z-]{1,32}$/)).max(8).optional(),
  }),
}).transform((
  { response: { transports, ...response }, ...credential },
): RegistrationResponseJSON => ({
  ...credential,
  clientExtensionResults: {},
  response: { ...response, ...(transports === undefined ? {} : { transports }) },
}));

/** What `navigator.credentials.get` gave. */
export const SignInAnswer = Credential.extend({
  response: z.object({
    clientDataJSON: base64url(4096),
    authenticatorData: base64url(4096),
    signature: base64url(4096),
    userHandle: base64url(128).nullish(),
  }),
}).transform((
  { response: { userHandle, ...response }, ...credential },
): AuthenticationResponseJSON => ({
  ...credential,
  clientExtensionResults: {},
  response: { ...response, ...(userHandle == null ? {} : { userHandle }) },
}));
