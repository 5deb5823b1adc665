/**
 * Server time as text: RFC 3339, UTC, microseconds.
 *
 * A JavaScript Date ends at milliseconds, and the repeat of a receipt must not differ from the first.
 *
 * @module
 */

import { formatCivil, microsToCivil } from "@wavekeep/core/time";

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
  const [seconds, fraction = ""] = formatCivil(microsToCivil(micros)).split(".");
  return `${seconds}.${fraction.padEnd(6, "0")}Z`;
}
