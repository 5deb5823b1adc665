/**
 * Codes of authenticators: seeds, and which step of time a code is of.
 *
 * Six digits of thirty seconds, HMAC-SHA-1: what every authenticator can. A code is of the present step or it is
 * none; the server's clock alone decides. That a step counts once is the store's.
 *
 * @see RFC 6238, RFC 4226
 * @module
 */

import { seal, type ServiceKeys, unseal } from "@wavekeep/core/crypto";
import { Secret, TOTP } from "otpauth";
import type { StoredSeed } from "./store/credentials.ts";

const SEED_BYTES = 20;
const STEP_SECONDS = 30;
const ISSUER = "Wavekeep";

/** A new seed, as the authenticator takes it. */
export interface NewSeed {
  readonly bytes: Uint8Array;
  /** Base32. */
  readonly secret: string;
  /** `otpauth://…`, for a QR code. */
  readonly uri: string;
}

/** @param label Who it is for: shown by the authenticator. */
export function makeSeed(
  randomBytes: (byteLength: number) => Uint8Array,
  { login, siteCode }: { readonly login: string; readonly siteCode: string },
): NewSeed {
  const bytes = randomBytes(SEED_BYTES);
  const totp = totpOf(bytes, `${login} (${siteCode})`);
  return { bytes, secret: totp.secret.base32, uri: totp.toString() };
}

/** Where a sealed seed stands. */
function seedPlace(siteId: number, totpId: string): string {
  return `totp_seed/${siteId}/${totpId}`;
}

export function sealSeed(
  keys: ServiceKeys,
  { siteId, totpId, bytes }: {
    readonly siteId: number;
    readonly totpId: string;
    readonly bytes: Uint8Array;
  },
): Uint8Array {
  return seal(keys("wavekeep/totp-seed/v1"), seedPlace(siteId, totpId), bytes);
}

/**
 * The step that a code is of, if it is of the present one.
 *
 * @throws {CorruptInputError} The seed is not what was sealed.
 */
export function stepOfCode(
  keys: ServiceKeys,
  seed: StoredSeed & { readonly siteId: number },
  { code, nowMs }: { readonly code: string; readonly nowMs: number },
): number | undefined {
  const place = seedPlace(seed.siteId, seed.totpId);
  const bytes = unseal(keys("wavekeep/totp-seed/v1"), place, seed.seedSealed);
  return stepOf(bytes, { code, nowMs });
}

/**
 * @example The first vector of RFC 6238 appendix B, with six digits
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { stepOf } from "./totp.ts";
 *
 * const seed = new TextEncoder().encode("12345678901234567890");
 * strictEqual(stepOf(seed, { code: "287082", nowMs: 59_000 }), 1);
 * strictEqual(stepOf(seed, { code: "287082", nowMs: 30_000 }), 1);
 * strictEqual(stepOf(seed, { code: "287082", nowMs: 29_999 }), undefined, "early");
 * strictEqual(stepOf(seed, { code: "287082", nowMs: 60_000 }), undefined, "late");
 * strictEqual(stepOf(seed, { code: " 287 082", nowMs: 59_000 }), 1);
 * ```
 */
export function stepOf(
  seed: Uint8Array,
  { code, nowMs }: { readonly code: string; readonly nowMs: number },
): number | undefined {
  // Authenticators show them in two groups.
  const token = code.replaceAll(/\s/g, "");
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = totpOf(seed, "").validate({ token, timestamp: nowMs, window: 0 });
  return delta === null ? undefined : Math.floor(nowMs / 1000 / STEP_SECONDS);
}

function totpOf(bytes: Uint8Array, label: string): TOTP {
  return new TOTP({
    issuer: ISSUER,
    label,
    algorithm: "SHA1",
    digits: 6,
    period: STEP_SECONDS,
    secret: new Secret({ buffer: new Uint8Array(bytes).buffer }),
  });
}
