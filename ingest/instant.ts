/**
 * Server time as text: RFC 3339, UTC, microseconds.
 *
 * A JavaScript Date ends at milliseconds, and the repeat of a receipt must not differ from the first.
 *
 * @module
 */

import { formatCivil, microsToCivil } from "@wavekeep/core/time";

/** The end of the year 9999. */
const END_MICROS = 253_402_300_800_000_000n;

/**
 * @param micros µs since 1970, UTC.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { formatInstant } from "./instant.ts";
 *
 * strictEqual(formatInstant(1_500_000n), "1970-01-01T00:00:01.500000Z");
 * ```
 */
export function formatInstant(micros: bigint): string {
  // Chunks of a request have one instant, and it is written in the row and in the receipt.
  if (micros !== last.micros) last = { micros, text: toText(micros) };
  return last.text;
}

let last = { micros: 0n, text: toText(0n) };

function toText(micros: bigint): string {
  if (0n <= micros && micros < END_MICROS) {
    // A Date has the milliseconds right; what is below them stands in three more digits.
    const text = new Date(Number(micros / 1000n)).toISOString();
    return `${text.slice(0, -1)}${String(micros % 1000n).padStart(3, "0")}Z`;
  }
  const [seconds, fraction = ""] = formatCivil(microsToCivil(micros)).split(".");
  return `${seconds}.${fraction.padEnd(6, "0")}Z`;
}
