/**
 * What patients and recordings are called towards researchers, and by how many days their dates are shifted.
 *
 * Sole owner of both. All of it is HMAC-SHA-256 under a key of the site that comes from the master key: the same
 * for ever, different at another site, and without the key nobody gets from a pseudonym to a code, not even by
 * trying all codes there could be. A shift is whole days, so the time of day stays, and one for all recordings of
 * a patient, so the time between them stays; the day of the week does not.
 *
 * @see query/decisions/0008-research-views.md
 * @module
 */

import { asciiBytes, concatBytes } from "@wavekeep/core/bytes";
import { keyedDigest } from "@wavekeep/core/crypto";

const SITE_LABEL = asciiBytes("wavekeep/research-site/v1\0");
const ENCODER = new TextEncoder();

/** Digits of RFC 4648 in lower case: no file system and no BIDS label objects to them. */
const DIGITS = "abcdefghijklmnopqrstuvwxyz234567";

/** 65 bits: two of a million patients share a name once in seventy million sites. */
const DIGIT_COUNT = 13;

/** A year at least and twenty-one at most, back. */
const DAYS_MIN = 366;
const DAYS_RANGE = 7_305;

/** Names of one site; it remembers none, they are cheap. */
export class SitePseudonyms {
  readonly #key: Uint8Array;

  /** @param researchKey Of the service, for all sites. */
  constructor(researchKey: Uint8Array, siteId: number) {
    this.#key = keyedDigest(researchKey, concatBytes(SITE_LABEL, ENCODER.encode(String(siteId))));
  }

  /**
   * @example
   * ```ts
   * import { match, notStrictEqual, strictEqual } from "node:assert/strict";
   * import { SitePseudonyms } from "./site_pseudonyms.ts";
   *
   * const key = new Uint8Array(32);
   * const name = new SitePseudonyms(key, 1).patient("p-1");
   * match(name, /^p[a-z2-7]{13}$/);
   * strictEqual(new SitePseudonyms(key, 1).patient("p-1"), name, "for ever");
   * notStrictEqual(new SitePseudonyms(key, 2).patient("p-1"), name, "at one site");
   * ```
   */
  patient(patientCode: string): string {
    return `p${digits(this.#digest("patient", patientCode))}`;
  }

  /** @param recordingId The server's own: codes of recordings may be given away. */
  recording(recordingId: string): string {
    return `r${digits(this.#digest("recording", recordingId))}`;
  }

  /** Days that the dates of a patient go back. */
  daysBack(patientCode: string): number {
    const bytes = this.#digest("days", patientCode);
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    return DAYS_MIN + number % DAYS_RANGE;
  }

  #digest(what: string, of: string): Uint8Array {
    return keyedDigest(this.#key, ENCODER.encode(`${what}\0${of}`));
  }
}

function digits(bytes: Uint8Array): string {
  let rest = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) << 8n |
    BigInt(bytes[8]!);
  let text = "";
  for (let at = 0; at < DIGIT_COUNT; at++) {
    text += DIGITS[Number(rest & 31n)];
    rest >>= 5n;
  }
  return text;
}
