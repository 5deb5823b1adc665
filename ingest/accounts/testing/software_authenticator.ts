/**
 * An authenticator made of software, for tests: keys of its own, and every lie that a real one would not tell.
 *
 * Written from the specification and without the library under test. What is forged is forged before it is
 * signed, so that only the check that is meant can refuse it.
 *
 * @see WebAuthn level 3, sections 6.1 (authenticator data), 6.5 (attestation) and 5.8.1 (client data)
 * @module
 */

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { concatBytes } from "@wavekeep/core/bytes";
import { type CborValue, encodeCbor } from "./cbor.ts";

/** What is told otherwise than it is. */
export interface Lies {
  /** The page that asked. */
  readonly origin?: string;
  /** The relying party that the key was asked for. */
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  /** Default: the user was there and verified. */
  readonly isVerified?: boolean;
  readonly isPresent?: boolean;
  /** How often the key signed; default: once more than before. */
  readonly counter?: number;
  /** Base64url; default: what registration was given. */
  readonly userHandle?: string;
  readonly crossOrigin?: boolean;
  /** Flips a bit of the signature. */
  readonly isTampered?: boolean;
}

interface Key {
  readonly id: Uint8Array;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly userHandle: string;
  counter: number;
}

/** What options of either ceremony have to name. */
export interface AskedOptions {
  readonly challenge: string;
  readonly rpId?: string | undefined;
  readonly rp?: { readonly id?: string | undefined };
  readonly user?: { readonly id: string };
}

/** An authenticator with one key, which signs for one origin. */
export class SoftwareAuthenticator {
  readonly #origin: string;
  readonly #algorithm: "es256" | "ed25519";
  readonly #counts: boolean;
  #key: Key | undefined;

  /** @param options.counts Whether signatures are counted; synchronised passkeys say 0 for ever. */
  constructor(
    origin: string,
    options: { algorithm?: "es256" | "ed25519"; counts?: boolean } = {},
  ) {
    this.#origin = origin;
    this.#algorithm = options.algorithm ?? "es256";
    this.#counts = options.counts ?? true;
  }

  /** Base64url. */
  get credentialId(): string {
    return base64url(this.#ready().id);
  }

  /** Makes a key and answers as `navigator.credentials.create` does, in JSON. */
  register(options: AskedOptions, lies: Lies = {}) {
    const { publicKey, privateKey } = this.#algorithm === "es256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("ed25519");
    const id = new Uint8Array(randomBytes(32));
    const counter = this.#counts ? 1 : 0;
    this.#key = { id, publicKey, privateKey, userHandle: options.user!.id, counter };
    return this.registerAgain(options, lies);
  }

  /** Answers a registration with the key that is there, as a copy of it would. */
  registerAgain(options: AskedOptions, lies: Lies = {}) {
    const { id, publicKey } = this.#ready();
    const length = Uint8Array.of(0, id.byteLength);
    const attested = concatBytes(new Uint8Array(16), length, id, encodeCbor(coseOf(publicKey)));
    const authData = this.#authData(options, lies, attested);
    return {
      id: base64url(id),
      rawId: base64url(id),
      type: "public-key" as const,
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(this.#clientData("webauthn.create", options, lies)),
        attestationObject: base64url(encodeCbor(
          new Map<string, CborValue>([["fmt", "none"], ["attStmt", new Map()], [
            "authData",
            authData,
          ]]),
        )),
        transports: ["internal" as const],
      },
    };
  }

  /** Signs as `navigator.credentials.get` does, in JSON. */
  sign(options: AskedOptions, lies: Lies = {}) {
    const key = this.#ready();
    if (this.#counts) key.counter++;
    const clientData = this.#clientData("webauthn.get", options, lies);
    const authData = this.#authData(options, lies, new Uint8Array());
    const signed = concatBytes(authData, sha256(clientData));
    const signature = new Uint8Array(
      sign(this.#algorithm === "es256" ? "sha256" : null, signed, key.privateKey),
    );
    if (lies.isTampered) signature[signature.length - 1]! ^= 1;
    return {
      id: base64url(key.id),
      rawId: base64url(key.id),
      type: "public-key" as const,
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(authData),
        signature: base64url(signature),
        userHandle: lies.userHandle ?? key.userHandle,
      },
    };
  }

  #ready(): Key {
    if (this.#key === undefined) throw new Error("Cannot sign: no key was registered");
    return this.#key;
  }

  #clientData(type: string, options: AskedOptions, lies: Lies): Uint8Array {
    return new TextEncoder().encode(JSON.stringify({
      type: lies.type ?? type,
      challenge: lies.challenge ?? options.challenge,
      origin: lies.origin ?? this.#origin,
      crossOrigin: lies.crossOrigin ?? false,
    }));
  }

  #authData(options: AskedOptions, lies: Lies, attested: Uint8Array): Uint8Array {
    const { isPresent = true, isVerified = true } = lies;
    const rpId = lies.rpId ?? options.rpId ?? options.rp?.id ?? "";
    const flags = (isPresent ? 1 : 0) | (isVerified ? 4 : 0) | (attested.byteLength > 0 ? 64 : 0);
    const counter = new Uint8Array(4);
    new DataView(counter.buffer).setUint32(0, lies.counter ?? this.#key!.counter);
    return concatBytes(
      sha256(new TextEncoder().encode(rpId)),
      Uint8Array.of(flags),
      counter,
      attested,
    );
  }
}

/** A public key as COSE has it: RFC 9053, sections 7.1.1 and 7.2. */
function coseOf(publicKey: KeyObject): Map<number, CborValue> {
  const { crv, x = "", y } = publicKey.export({ format: "jwk" });
  const bytes = (text: string) => Uint8Array.fromBase64(text, { alphabet: "base64url" });
  return crv === "P-256"
    ? new Map<number, CborValue>([[1, 2], [3, -7], [-1, 1], [-2, bytes(x)], [-3, bytes(y!)]])
    : new Map<number, CborValue>([[1, 1], [3, -8], [-1, 6], [-2, bytes(x)]]);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
