/**
 * The two calls of WebAuthn, between the JSON that crosses HTTP and the bytes that browsers want.
 *
 * Browsers have this of their own by now, though not all that hospitals use; two calls do without a library.
 *
 * @see https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON
 * @module
 */

/** Options of a ceremony as JSON: bytes are base64url. */
// deno-lint-ignore no-explicit-any -- the service's library owns the shape, and checks the answer to it
export type CeremonyOptions = Record<string, any>;

/** How a passkey is asked for. */
export interface AskOptions {
  readonly signal?: AbortSignal;
  /** As an offer in the field of the name, without a dialog. */
  readonly isConditional?: boolean;
}

/** Asks for a passkey to sign in with. Rejects when the person declines. */
export async function askPasskey(
  options: CeremonyOptions,
  { signal, isConditional }: AskOptions = {},
): Promise<unknown> {
  const publicKey = {
    ...options,
    challenge: fromBase64Url(options["challenge"]),
    allowCredentials: (options["allowCredentials"] ?? []).map(withBytes),
  };
  const credential = await navigator.credentials.get({
    publicKey,
    ...(signal === undefined ? {} : { signal }),
    ...(isConditional ? { mediation: "conditional" as const } : {}),
  }) as PublicKeyCredential | null;
  if (credential === null) throw new Error("No passkey was chosen");
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    ...envelope(credential),
    response: {
      clientDataJSON: toBase64Url(response.clientDataJSON),
      authenticatorData: toBase64Url(response.authenticatorData),
      signature: toBase64Url(response.signature),
      ...(response.userHandle === null ? {} : { userHandle: toBase64Url(response.userHandle) }),
    },
  };
}

/** Makes a passkey. Rejects when the person declines, or has one of this account on this device. */
export async function makePasskey(options: CeremonyOptions): Promise<unknown> {
  const publicKey = {
    ...options,
    challenge: fromBase64Url(options["challenge"]),
    user: { ...options["user"], id: fromBase64Url(options["user"].id) },
    excludeCredentials: (options["excludeCredentials"] ?? []).map(withBytes),
  } as unknown as PublicKeyCredentialCreationOptions;
  const credential = await navigator.credentials.create({ publicKey }) as
    | PublicKeyCredential
    | null;
  if (credential === null) throw new Error("No passkey was made");
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    ...envelope(credential),
    response: {
      clientDataJSON: toBase64Url(response.clientDataJSON),
      attestationObject: toBase64Url(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

/** Whether this browser knows passkeys. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && isSecureContext;
}

/** What a browser's refusal means to a person; undefined where they declined by themselves. */
export function passkeyTrouble(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  if (name === "InvalidStateError") return "This device already has a passkey of this account.";
  if (name === "NotAllowedError" || name === "AbortError") {
    return "No passkey was used. Try again, or sign in with your password.";
  }
  if (name === "SecurityError") {
    return "Passkeys do not work at this address. Open the viewer by the name that your administrator gave you.";
  }
  return "The passkey could not be used.";
}

function envelope(credential: PublicKeyCredential) {
  return {
    id: credential.id,
    rawId: toBase64Url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function withBytes(descriptor: { id: string; type: "public-key" }) {
  return { ...descriptor, id: fromBase64Url(descriptor.id) };
}

/** Bytes of base64url text. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** Base64url text of bytes, without padding. */
export function toBase64Url(bytes: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
