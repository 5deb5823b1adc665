/**
 * Who a passkey is made for: the address that people have the viewer under.
 *
 * Sole owner of origin and relying party id. Both come from the configuration and never from a request: a proxy
 * that passes a forged Host on, or a page somewhere else, changes nothing of what an answer has to be for.
 *
 * @see WebAuthn level 3, section 5.1.2 (relying party id) and 13.4.9 (validating the origin)
 * @module
 */

/** Who asks for passkeys. */
export interface RelyingParty {
  /** Such as `https://eeg.hospital.example`; compared letter by letter. */
  readonly origin: string;
  /** The host of it. */
  readonly id: string;
  readonly name: string;
}

/**
 * The relying party of a configured origin.
 *
 * @throws {RangeError} No passkey can be bound to it.
 *
 * @example
 * ```ts
 * import { strictEqual, throws } from "node:assert/strict";
 * import { relyingPartyOf } from "./relying_party.ts";
 *
 * strictEqual(relyingPartyOf("https://eeg.hospital.example").id, "eeg.hospital.example");
 * strictEqual(relyingPartyOf("http://localhost:8002").origin, "http://localhost:8002");
 * throws(() => relyingPartyOf("http://eeg.hospital.example"), /https/);
 * throws(() => relyingPartyOf("https://192.0.2.7"), /a name/);
 * throws(() => relyingPartyOf("https://eeg.hospital.example/viewer"), /nothing behind/);
 * ```
 */
export function relyingPartyOf(publicOrigin: string): RelyingParty {
  const refuse = (why: string) => new RangeError(`Cannot use the public origin: ${why}`);
  if (!URL.canParse(publicOrigin)) throw refuse("it is no address");
  const { origin, hostname, protocol } = new URL(publicOrigin);
  if (publicOrigin !== origin) {
    throw refuse(
      `it must be an origin, with nothing behind the host and the port, such as ${origin}`,
    );
  }
  if (hostname.startsWith("[") || /^[\d.]+$/.test(hostname)) {
    throw refuse("it must have a name, since a passkey cannot be bound to an address of numbers");
  }
  if (protocol !== "https:" && !(protocol === "http:" && isLocal(hostname))) {
    throw refuse("it must be https, since browsers have passkeys nowhere else but on localhost");
  }
  return { origin, id: hostname, name: "Wavekeep" };
}

function isLocal(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost");
}
