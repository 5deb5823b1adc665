/**
 * Layer 2. Public keys of logs and witnesses: names, ids, and the text that carries them.
 *
 * Sole owner of key ids and of the text form. A verifier is given these from outside: never from the
 * database, the server or the bundle that it checks.
 *
 * @see https://c2sp.org/signed-note, "Signatures"; golang.org/x/mod/sumdb/note, NewVerifier
 * @module
 */

import { assert } from "../assert.ts";
import { asciiBytes, concatBytes, formatHex, parseHex } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { ChecksumMismatchError, CorruptInputError, UnsupportedError } from "../error.ts";
import { formatBase64, parseBase64 } from "./base64.ts";
import { isKeyName, keyIdBytes } from "./note.ts";

/** Signature types that Wavekeep makes and checks, by their byte. */
export const SIGNATURE_TYPES = {
  /** Ed25519 over the note's text: a log. */
  ed25519: 0x01,
  /** Ed25519 over time and text: a witness. */
  cosignature: 0x04,
} as const;

export type SignatureType = keyof typeof SIGNATURE_TYPES;

/** Bytes of an Ed25519 public key. */
export const PUBLIC_KEY_BYTES = 32;

/** A public key and what it may sign. */
export interface VerifierKey {
  readonly name: string;
  readonly type: SignatureType;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array;
}

/** H(name ‖ newline ‖ type ‖ public key), its first four bytes as a big-endian u32. */
export function keyIdOf({ name, type, publicKey }: VerifierKey, sha256: Sha256): number {
  assert(isKeyName(name), "a key has a name without spaces and plus signs");
  assert(
    publicKey.byteLength === PUBLIC_KEY_BYTES,
    `${publicKey.byteLength} bytes are a public key`,
  );
  const digest = sha256(concatBytes(
    new TextEncoder().encode(name),
    asciiBytes("\n"),
    Uint8Array.of(SIGNATURE_TYPES[type]),
    publicKey,
  ));
  return new DataView(digest.buffer, digest.byteOffset, 4).getUint32(0);
}

/**
 * A key as text: name, key id in hexadecimal, type and key in base64, parted by plus signs.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { sha256 } from "@noble/hashes/sha2.js";
 * import { formatVerifierKey, parseVerifierKey } from "@wavekeep/core/log";
 *
 * const text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
 * const key = parseVerifierKey(text, sha256);
 * strictEqual(key.name, "PeterNeumann");
 * strictEqual(formatVerifierKey(key, sha256), text);
 * ```
 */
export function formatVerifierKey(key: VerifierKey, sha256: Sha256): string {
  const id = formatHex(keyIdBytes(keyIdOf(key, sha256)));
  const typed = concatBytes(Uint8Array.of(SIGNATURE_TYPES[key.type]), key.publicKey);
  return `${key.name}+${id}+${formatBase64(typed)}`;
}

/**
 * Reads a key.
 *
 * @throws {CorruptInputError} The text is no key.
 * @throws {UnsupportedError} A signature type that this build does not check.
 * @throws {ChecksumMismatchError} The key id is another key's.
 */
export function parseVerifierKey(text: string, sha256: Sha256): VerifierKey {
  const [, name = "", idText = "", keyText = ""] =
    /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text) ?? [];
  if (!isKeyName(name)) throw malformedKey(`${text.length} characters are not name+id+key`);
  const typed = parseBase64(keyText, "verifier key");
  const type = (Object.keys(SIGNATURE_TYPES) as SignatureType[])
    .find((known) => SIGNATURE_TYPES[known] === typed[0]);
  if (type === undefined) {
    throw new UnsupportedError(
      `Cannot use verifier key: signature type is ${typed[0]}, this build knows 1 and 4`,
      { feature: "signature type", value: typed[0]! },
    );
  }
  if (typed.byteLength !== 1 + PUBLIC_KEY_BYTES) {
    throw malformedKey(`${typed.byteLength} bytes are not a type and an Ed25519 key`);
  }
  const key: VerifierKey = { name, type, publicKey: typed.subarray(1) };
  const keyId = keyIdOf(key, sha256);
  const actual = formatHex(keyIdBytes(keyId));
  if (actual !== formatHex(parseHex(idText, 4))) {
    throw new ChecksumMismatchError(
      `Cannot use verifier key: its key id is ${actual}, its text says ${idText}`,
      { actual, expected: idText },
    );
  }
  return key;
}

function malformedKey(found: string): CorruptInputError {
  return new CorruptInputError(`Cannot read verifier key: ${found}`, { field: "verifier key" });
}
