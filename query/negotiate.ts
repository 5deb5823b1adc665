/**
 * Which of our media types a client wants.
 *
 * Sole owner of reading `Accept`: quality values, wildcards, and the rule that the most specific range
 * decides. Hazard: `q=0` means "never this", which a wildcard beside it must not undo.
 *
 * @see RFC 9110 section 12.5.1
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";

interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
}

/**
 * Picks a media type.
 *
 * @param accept The header field, or undefined when there is none: anything goes.
 * @param offers Our types, the preferred first; that order decides between equal qualities.
 * @throws {ProblemError} `not-acceptable`, listing the offers.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { negotiate } from "./negotiate.ts";
 *
 * const offers = ["application/json", "application/vnd.wavekeep.chunks"] as const;
 * strictEqual(negotiate("application/json;q=0.5, application/vnd.wavekeep.chunks", offers), offers[1]);
 * strictEqual(negotiate(undefined, offers), offers[0]);
 * ```
 */
export function negotiate<const Offer extends string>(
  accept: string | undefined,
  offers: readonly Offer[],
): Offer {
  const ranges = accept === undefined || accept.trim() === ""
    ? [{ type: "*", subtype: "*", quality: 1 }]
    : accept.split(",").map(parseRange).filter((range) => range !== undefined);
  let best: { offer: Offer; quality: number } | undefined;
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges);
    if (quality > (best?.quality ?? 0)) best = { offer, quality };
  }
  if (best === undefined) {
    throw new ProblemError("not-acceptable", {
      detail: `Cannot answer in an accepted media type: ${offers.join(", ")} can be given`,
      errors: [{
        detail: "accepts none of the media types of this route",
        pointer: "/header/accept",
      }],
    });
  }
  return best.offer;
}

function qualityOf(offer: string, ranges: readonly MediaRange[]): number {
  const [type, subtype] = offer.split("/");
  const specificity = (range: MediaRange) =>
    range.type === type && range.subtype === subtype
      ? 3
      : range.type === type && range.subtype === "*"
      ? 2
      : range.type === "*" && range.subtype === "*"
      ? 1
      : 0;
  const [decisive] = ranges
    .filter((range) => specificity(range) > 0)
    .sort((a, b) => specificity(b) - specificity(a) || b.quality - a.quality);
  return decisive?.quality ?? 0;
}

function parseRange(text: string): MediaRange | undefined {
  const [range = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const match = /^([!#$%&'*+.^_`|~0-9a-z-]+)\/([!#$%&'*+.^_`|~0-9a-z-]+)$/.exec(range);
  if (match === null) return undefined;
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
  const quality = weight === undefined ? 1 : Number(weight.replace(/^q\s*=\s*/, ""));
  if (!(quality >= 0 && quality <= 1)) return undefined;
  return { type: match[1]!, subtype: match[2]!, quality };
}
