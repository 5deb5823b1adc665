/**
 * Links that somebody is let in with once: an invitation, or a reset.
 *
 * Sole owner of how the secret of a link is spelt and hashed. It has 256 random bits, so a plain hash of it may
 * be kept, and names its site, because whoever redeems it has no other credential that would.
 *
 * Hazard: the text is a credential. It goes to the administrator who hands it over, once, in the body of an
 * answer; it stands in a page's address only behind `#`, which no browser sends to a server.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { nodeSha256 } from "@wavekeep/core/crypto";

/** What a link is for. */
export const LINK_KINDS = ["invitation", "reset"] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** How long a link is good, in seconds: a day until somebody has her first shift, an hour for who waits for it. */
export const LINK_SECONDS: Readonly<Record<LinkKind, number>> = {
  invitation: 24 * 3600,
  reset: 3600,
};

const SECRET_BYTES = 32;
const LINK_TEXT = /^([1-9][0-9]{0,9})\.([\w-]{43})$/;

/**
 * The text of a link out of random bytes.
 *
 * @param random 32 fresh bytes of a cryptographic source.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { linkText, parseLink } from "./sign_in_link.ts";
 *
 * const text = linkText(7, new Uint8Array(32));
 * strictEqual(text, "7." + "A".repeat(43));
 * strictEqual(parseLink(text)?.siteId, 7);
 * strictEqual(parseLink("7.short"), undefined);
 * ```
 */
export function linkText(siteId: number, random: Uint8Array): string {
  assert(random.byteLength === SECRET_BYTES, "a link is made of 32 random bytes");
  return `${siteId}.${random.toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

/** Site and digest of a link; undefined when the text is none. */
export function parseLink(text: string): { siteId: number; digest: Uint8Array } | undefined {
  const siteId = Number(LINK_TEXT.exec(text)?.[1] ?? NaN);
  if (!(siteId <= 2 ** 31 - 1)) return undefined;
  return { siteId, digest: linkDigest(text) };
}

/** What is stored of a link. */
export function linkDigest(text: string): Uint8Array {
  return nodeSha256(new TextEncoder().encode(`wavekeep/link/v1\0${text}`));
}

/** Where a person opens a link: behind `#`, which no browser sends anywhere. */
export function linkAddress(publicOrigin: string, text: string): string {
  return `${publicOrigin}/link#${text}`;
}
