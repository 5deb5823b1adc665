/**
 * Names and addresses as keyed digests: what attempts are counted by.
 *
 * Keyed, because names and addresses are few enough to try them all; whoever reads the table without the key
 * folder learns neither.
 *
 * @module
 */

import { keyedDigest, type ServiceKeys } from "@wavekeep/core/crypto";

const LOGIN = /^[a-z0-9._@-]{1,64}$/;

/** The name as it is kept: without spaces around it, in small letters; undefined when nobody can have it. */
export function normalLogin(typed: string): string | undefined {
  const login = typed.trim().normalize("NFKC").toLowerCase();
  return LOGIN.test(login) ? login : undefined;
}

/** @param typed As it was typed; what nobody can have is counted as well. */
export function accountDigest(keys: ServiceKeys, typed: string): Uint8Array {
  return digest(keys, "account", normalLogin(typed) ?? typed);
}

export function addressDigest(keys: ServiceKeys, address: string): Uint8Array {
  return digest(keys, "address", address);
}

export function clientDigest(keys: ServiceKeys, userAgent: string): Uint8Array {
  return digest(keys, "client", userAgent);
}

function digest(keys: ServiceKeys, what: string, text: string): Uint8Array {
  return keyedDigest(keys(`wavekeep/${what}-digest/v1`), new TextEncoder().encode(text));
}
