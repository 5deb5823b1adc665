/**
 * Strong entity tags, and answers to clients that already have them.
 *
 * Sole owner of the headers that every answer with health data carries: never cached by anything but the
 * client itself, and always validated.
 *
 * @see RFC 9110 sections 8.8.3 and 13.1.2
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { BoundedMap } from "@wavekeep/core/service";

/** Headers of every answer that holds health data, by names in lower case. */
export function healthHeaders(mediaType: string, etag?: string): Record<string, string> {
  return {
    "content-type": mediaType,
    "cache-control": "private, no-store",
    "vary": "Accept",
    ...(etag === undefined ? {} : { etag }),
  };
}

/**
 * A strong tag over everything that decides the bytes of an answer.
 *
 * @param parts Media type, version of what made it, and the facts it is made of.
 */
export function strongTag(...parts: readonly unknown[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  return `"${formatHex(nodeSha256(bytes)).slice(0, 43)}"`;
}

/** The tag of an answer that these facts and the moment it carries decide. */
export function tagOfMoment(facts: string, asOf: string): string {
  return `"${facts.slice(1, -1)}-${asOf}"`;
}

/** Whether `If-None-Match` names this tag, so that 304 is the answer; weak comparison, as the RFC says. */
export function hasTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/** An answer without a body: what the client has is still true. */
export function notModified(etag: string): Response {
  const { "content-type": _, ...headers } = healthHeaders("", etag);
  return new Response(null, { status: 304, headers });
}

/** Facts remembered at most; the oldest goes first. */
const REMEMBERED_MAX = 2_000;

/**
 * Remembers when a state was first answered.
 *
 * Every answer carries the moment it is true of, and a strong tag covers that text, too. An answer whose
 * facts have not changed keeps its first moment, so that its bytes and its tag stay the same.
 */
export class FirstMoments {
  readonly #moments = new BoundedMap<string, string>(REMEMBERED_MAX);

  /** The moment first given for these facts; `now` when they are new here. */
  momentOf(facts: string, now: string): string {
    const known = this.#moments.get(facts);
    if (known !== undefined) return known;
    this.#moments.set(facts, now);
    return now;
  }
}
