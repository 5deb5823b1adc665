/**
 * Layer 4. A device's key: its name, and the statement that takes it in.
 *
 * Sole owner of the byte form of an enrolment and of the spelling of one-time codes. The statement binds
 * site, code and key together and is signed by that key, so nobody enrols a key that is not theirs, and
 * a statement made for one code is worth nothing under another.
 *
 * @see core/chunk/FORMAT.md, "Device keys"
 * @module
 */

import { assert } from "../assert.ts";
import { ByteWriter } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { labelledBytes, labelledDigest } from "./digests.ts";
import { DIGEST_BYTES } from "./layout.ts";

export const PUBLIC_KEY_BYTES = 32;

/** What an enrolment says. */
export interface Enrolment {
  readonly siteId: number;
  /** {@link enrolmentCodeDigest}, 32 bytes. */
  readonly codeDigest: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** H(public key), 32 bytes: what segment records name. */
export function deviceKeyId(publicKey: Uint8Array, sha256: Sha256): Uint8Array {
  assert(publicKey.byteLength === PUBLIC_KEY_BYTES, "an Ed25519 public key has 32 bytes");
  return sha256(publicKey);
}

/** The 68 bytes of an enrolment: site, code digest, public key. */
export function encodeEnrolment(
  { siteId, codeDigest, publicKey }: Enrolment,
): Uint8Array<ArrayBuffer> {
  return new ByteWriter(68).u32(siteId)
    .fixed(codeDigest, DIGEST_BYTES)
    .fixed(publicKey, PUBLIC_KEY_BYTES)
    .finish();
}

/** The bytes that a device signs to show that the key is its own. */
export function enrolmentSignatureMessage(
  enrolment: Enrolment,
  sha256: Sha256,
): Uint8Array<ArrayBuffer> {
  const digest = labelledDigest("enrolment", [encodeEnrolment(enrolment)], sha256);
  return labelledBytes("enrolmentSignature", [digest]);
}

/** Letters and digits without those that are mistaken for others (Crockford's base 32). */
const CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 100 bits: nobody guesses one, so a plain hash of it may be kept. */
const CODE_LENGTH = 20;

/**
 * A one-time code out of random bytes: the site's number, then four groups of five.
 *
 * @param random 20 fresh bytes of a cryptographic source, of which five bits each are used.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { enrolmentCode } from "@wavekeep/core/chunk";
 *
 * strictEqual(enrolmentCode(7, new Uint8Array(20).fill(31)), "7-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ");
 * ```
 */
export function enrolmentCode(siteId: number, random: Uint8Array): string {
  assert(random.byteLength === CODE_LENGTH, "a code is made of 20 random bytes");
  const letters = Array.from(random, (byte) => CODE_ALPHABET[byte & 31]!).join("");
  return [String(siteId), ...letters.match(/.{5}/g)!].join("-");
}

/** A code as it was typed, in its one spelling; undefined when it is none. */
export function normalEnrolmentCode(typed: string): { siteId: number; code: string } | undefined {
  const text = typed.toUpperCase().replaceAll(/[\s_]/g, "").replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  const match = /^([1-9]\d{0,9})-([0-9A-HJKMNP-TV-Z-]{20,27})$/.exec(text);
  const letters = match?.[2]?.replaceAll("-", "");
  const siteId = Number(match?.[1]);
  if (letters?.length !== CODE_LENGTH || siteId >= 2 ** 31) return undefined;
  return { siteId, code: [match![1], ...letters.match(/.{5}/g)!].join("-") };
}

/** H("wavekeep/enrolment-code/v1\0" ‖ code in its one spelling): all that is kept of a code. */
export function enrolmentCodeDigest(code: string, sha256: Sha256): Uint8Array {
  return labelledDigest("enrolmentCode", [new TextEncoder().encode(code)], sha256);
}
