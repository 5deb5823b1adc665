/**
 * The address of an invitation or a reset.
 *
 * @module
 */

/**
 * The link as it is handed over: what proves it stands behind `#`, which no browser sends and nobody logs.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { linkAddress } from "./link_address.ts";
 *
 * strictEqual(linkAddress("https://eeg.example", "1.abc"), "https://eeg.example/link#1.abc");
 * ```
 */
export function linkAddress(publicOrigin: string, urlToken: string): string {
  return `${publicOrigin.replace(/\/$/, "")}/link#${urlToken}`;
}
