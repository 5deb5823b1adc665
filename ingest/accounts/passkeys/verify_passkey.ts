/**
 * Both ceremonies of a passkey, by `@simplewebauthn/server`: what the browser is asked, and what its answer is
 * worth.
 *
 * Sole caller of that library, and sole owner of what we ask of it: a key that stays with its owner and names her
 * (discoverable), a user that the authenticator verified, our own origin and relying party, a page that is not
 * framed by another. No attestation: who made an authenticator is not what a person is trusted for.
 *
 * Hazard: the library's messages quote the answer, which a stranger wrote. They are never logged; the reason that
 * is given on is one of a closed list.
 *
 * @see WebAuthn level 3, sections 7.1 and 7.2
 * @module
 */

import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { equalBytes } from "@wavekeep/core/bytes";
import { CEREMONY_SECONDS } from "../ticket.ts";
import type { RelyingParty } from "./relying_party.ts";

/** EdDSA, ES256, RS256: COSE's numbers. The last one for what comes with some computers. */
const ALGORITHMS = [-8, -7, -257];

/** A credential as a browser knows it, for both lists of options. */
export interface KnownCredential {
  /** Base64url. */
  readonly id: string;
  readonly transports: readonly string[];
}

/** A passkey that was made, as it is kept. */
export interface MadePasskey {
  readonly credentialId: Uint8Array;
  /** COSE. */
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  /** Whether it may be on several devices of its owner, by a service that synchronises them. */
  readonly isSynchronised: boolean;
}

/** Why an answer was refused. */
export type PasskeyFault =
  | "challenge"
  | "counter"
  | "credential"
  | "framed"
  | "malformed"
  | "origin"
  | "relying-party"
  | "signature"
  | "ticket"
  | "type"
  | "user-verification";

/** An answer is not good; the caller is told that, and the log why. */
export class PasskeyRefusedError extends Error {
  override readonly name = "PasskeyRefusedError";
  readonly fault: PasskeyFault;

  constructor(fault: PasskeyFault) {
    super(`Cannot accept a passkey's answer: ${fault}`);
    this.fault = fault;
  }
}

/** What `navigator.credentials.create` is asked. */
export async function registrationOptions(
  party: RelyingParty,
  person: {
    readonly handle: Uint8Array<ArrayBuffer>;
    readonly login: string;
    readonly displayName: string;
    readonly known: readonly KnownCredential[];
  },
  challenge: string,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return await generateRegistrationOptions({
    rpName: party.name,
    rpID: party.id,
    userID: person.handle,
    userName: person.login,
    userDisplayName: person.displayName,
    challenge: fromBase64(challenge),
    timeout: CEREMONY_SECONDS * 1000,
    attestationType: "none",
    // A second key on one authenticator would only be mistaken for another one.
    excludeCredentials: person.known.map(toDescriptor),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

/** What `navigator.credentials.get` is asked; without `known` the person need not be named. */
export async function signInOptions(
  party: RelyingParty,
  challenge: string,
  known: readonly KnownCredential[] = [],
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return await generateAuthenticationOptions({
    rpID: party.id,
    challenge: fromBase64(challenge),
    timeout: CEREMONY_SECONDS * 1000,
    userVerification: "required",
    ...(known.length === 0 ? {} : { allowCredentials: known.map(toDescriptor) }),
  });
}

/** @throws {PasskeyRefusedError} The answer is not one to these options, on our page, by a verified user. */
export async function verifyRegistration(
  party: RelyingParty,
  response: RegistrationResponseJSON,
  challenge: string,
): Promise<MadePasskey> {
  refuseFramed(response.response.clientDataJSON);
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => {
    throw new PasskeyRefusedError(
      faultOf(party, response.response.clientDataJSON, { challenge, type: "webauthn.create" }) ??
        "malformed",
    );
  });
  if (!verified) throw new PasskeyRefusedError("signature");
  const { credential, aaguid, credentialDeviceType } = registrationInfo;
  return {
    credentialId: fromBase64(credential.id),
    publicKey: credential.publicKey,
    counter: credential.counter,
    transports: credential.transports ?? [],
    aaguid,
    isSynchronised: credentialDeviceType === "multiDevice",
  };
}

/**
 * Verifies that a passkey answered these options, on our page, for a user that it had verified.
 *
 * The counter is judged by the caller, who has seen all of them; a wrong one counts only under a good signature.
 *
 * @returns The authenticator's counter; 0 where it does not count.
 * @throws {PasskeyRefusedError}
 */
export async function verifySignIn(
  party: RelyingParty,
  response: AuthenticationResponseJSON,
  { challenge, publicKey }: { readonly challenge: string; readonly publicKey: Uint8Array },
): Promise<number> {
  const { clientDataJSON, authenticatorData } = response.response;
  refuseFramed(clientDataJSON);
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
    credential: { id: response.id, publicKey: new Uint8Array(publicKey), counter: 0 },
  }).catch(() => {
    throw new PasskeyRefusedError(
      faultOf(party, clientDataJSON, { challenge, type: "webauthn.get", authenticatorData }) ??
        "malformed",
    );
  });
  if (!verified) throw new PasskeyRefusedError("signature");
  return authenticationInfo.newCounter;
}

/** The library lets a page through that another one framed, where the browser does not say which. */
function refuseFramed(clientDataJson: string): void {
  const { crossOrigin, topOrigin } = clientDataOf(clientDataJson) ?? {};
  if (crossOrigin === true || topOrigin !== undefined) throw new PasskeyRefusedError("framed");
}

/** What is wrong with an answer that was refused: for the log, and nothing is decided by it. */
function faultOf(
  party: RelyingParty,
  clientDataJson: string,
  asked: { challenge: string; type: string; authenticatorData?: string },
): PasskeyFault | undefined {
  const said = clientDataOf(clientDataJson);
  if (said === undefined) return "malformed";
  if (said.type !== asked.type) return "type";
  if (said.challenge !== asked.challenge) return "challenge";
  if (said.origin !== party.origin) return "origin";
  if (asked.authenticatorData === undefined) return undefined;
  const authenticator = tryBase64(asked.authenticatorData);
  if (authenticator === undefined || authenticator.byteLength < 37) return "malformed";
  const rpIdHash = nodeSha256(new TextEncoder().encode(party.id));
  if (!equalBytes(authenticator.subarray(0, 32), rpIdHash)) return "relying-party";
  const isVerified = (authenticator[32]! & 4) !== 0;
  return isVerified ? undefined : "user-verification";
}

function clientDataOf(text: string): Record<string, unknown> | undefined {
  const bytes = tryBase64(text);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function toDescriptor({ id, transports }: KnownCredential) {
  return { id, transports: [...transports] };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

function tryBase64(text: string): Uint8Array | undefined {
  try {
    return fromBase64(text);
  } catch {
    return undefined;
  }
}
