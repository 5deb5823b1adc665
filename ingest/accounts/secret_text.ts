/**
 * Secrets that travel as text and are kept as digests: how they are spelt.
 *
 * The text names its site, because whoever comes with it has no other credential that would, and has 256
 * random bits, so a plain hash of it may be kept.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { concatBytes } from "@wavekeep/core/bytes";
import { keyedDigest, nodeSha256 } from "@wavekeep/core/crypto";

const SECRET_BYTES = 32;
const TEXT = /^([1-9][0-9]{0,9})\.([\w-]{43})$/;

/**
 * A refresh token of a site.
 *
 * @param random 32 bytes.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { parseRefreshToken, refreshTokenText } from "./secret_text.ts";
 *
 * const text = refreshTokenText(7, new Uint8Array(32));
 * strictEqual(text, "7." + "A".repeat(43));
 * strictEqual(parseRefreshToken(text)?.siteId, 7);
 * strictEqual(parseRefreshToken("7.short"), undefined);
 * ```
 */
export function refreshTokenText(siteId: number, random: Uint8Array): string {
  assert(random.byteLength === SECRET_BYTES, "a refresh token has 32 random bytes");
  return `${siteId}.${random.toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

/** Site and digest of a refresh token; undefined when the text is none. */
export function parseRefreshToken(
  text: string,
): { readonly siteId: number; readonly tokenDigest: Uint8Array } | undefined {
  const siteId = Number(TEXT.exec(text)?.[1] ?? NaN);
  if (!(siteId <= 2 ** 31 - 1)) return undefined;
  return { siteId, tokenDigest: refreshTokenDigest(text) };
}

/** What is kept of a refresh token. */
export function refreshTokenDigest(text: string): Uint8Array {
  return nodeSha256(new TextEncoder().encode(`wavekeep/refresh/v1\0${text}`));
}

/**
 * The random bytes of the token that follows another one: nobody has them who lacks the token, the salt that
 * its use left behind, or the service's key.
 */
export function nextRefreshBytes(
  key: Uint8Array,
  { text, salt }: { readonly text: string; readonly salt: Uint8Array },
): Uint8Array {
  return keyedDigest(key, concatBytes(salt, new TextEncoder().encode(text)));
}
