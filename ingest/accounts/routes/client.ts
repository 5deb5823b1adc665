/**
 * From where and with what somebody asks, as it may be kept.
 *
 * Sole owner of what of a browser's own words is shown again: names out of two closed lists, since whoever
 * signs in can write anything there. Hazard: the whole address stays in this module.
 *
 * @module
 */

import { addressNetwork, clientAddress, truncatedAddress } from "@wavekeep/core/service";
import type { Context } from "hono";
import { addressDigest, clientDigest } from "../account_place.ts";
import type { AccountsDeps } from "../deps.ts";
import type { Asked } from "../sign_in.ts";
import type { Caller } from "../store/accounts_store.ts";
import type { ClientFacts } from "../store/sessions.ts";

/** The first that fits: most browsers name others as well. */
const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["Edge", /\bEdg(e|A|iOS)?\//],
  ["Opera", /\bOPR\//],
  ["Firefox", /\b(Firefox|FxiOS)\//],
  ["Chrome", /\b(Chrome|Chromium|CriOS)\//],
  ["Safari", /\bSafari\//],
];
const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(iPhone|iPad|iPod)\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
];

/** What a browser calls itself, in words of ours. */
export function clientLabel(userAgent: string): string {
  const nameIn = (names: typeof BROWSERS) =>
    names.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const browser = nameIn(BROWSERS);
  const system = nameIn(SYSTEMS);
  if (browser === undefined) return system ?? "another program";
  return system === undefined ? browser : `${browser}, ${system}`;
}

export function clientFacts(c: Context, { keys }: Pick<AccountsDeps, "keys">): ClientFacts {
  const userAgent = c.req.header("user-agent") ?? "";
  const address = clientAddress(c);
  return {
    label: clientLabel(userAgent),
    from: truncatedAddress(address),
    clientDigest: clientDigest(keys, userAgent),
    addressDigest: addressDigest(keys, address === undefined ? "" : addressNetwork(address)),
  };
}

/** Of an open route. */
export function askedOf(c: Context, deps: Pick<AccountsDeps, "keys">): Asked {
  return { client: clientFacts(c, deps), requestId: c.get("requestId") };
}

/** Of a guarded route: who asks, for a transaction of their site. */
export function callerOf(c: Context): Caller {
  const { siteId, subject, role } = c.get("principal");
  return { siteId, actor: subject, role, requestId: c.get("requestId") };
}
