/**
 * Recovery codes: ten, each good once, for whoever has lost what they sign in with.
 *
 * Twenty-four signs of 32, so 120 random bits: nobody guesses one, and a plain digest of it might be kept (OWASP
 * ASVS 5.0, 6.5.2, wants 112); ours is keyed besides. No sign looks like another one (Crockford's alphabet), and
 * those that are mistaken for them are read as them.
 *
 * @module
 */

import { keyedDigest, type ServiceKeys } from "@wavekeep/core/crypto";

export const RECOVERY_CODE_COUNT = 10;
const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SIGN_COUNT = 24;

/** One code, in groups of four. */
export function makeRecoveryCode(randomBytes: (byteLength: number) => Uint8Array): string {
  const signs = Array.from(randomBytes(SIGN_COUNT), (byte) => SIGNS[byte & 31]!);
  return signs.join("").replaceAll(/.{4}(?=.)/g, "$&-");
}

/**
 * What was typed as it was printed; undefined when it is no code.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { normalRecoveryCode } from "./recovery_codes.ts";
 *
 * const typed = " oiab cdef-ghjk mnpq rstv wxyz ";
 * strictEqual(normalRecoveryCode(typed), "01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ");
 * strictEqual(normalRecoveryCode("01AB"), undefined);
 * ```
 */
export function normalRecoveryCode(typed: string): string | undefined {
  const signs = typed.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  const isCode = signs.length === SIGN_COUNT && [...signs].every((sign) => SIGNS.includes(sign));
  return isCode ? signs.replaceAll(/.{4}(?=.)/g, "$&-") : undefined;
}

/** What is kept of a code of somebody's. */
export function recoveryCodeDigest(keys: ServiceKeys, personId: string, code: string): Uint8Array {
  const text = new TextEncoder().encode(`${personId}/${code}`);
  return keyedDigest(keys("wavekeep/recovery-code/v1"), text);
}
