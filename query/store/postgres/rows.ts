/**
 * How database values become ours, once.
 *
 * Hazard: `pg` hands int8 over as text; sample numbers are checked to be safe integers here.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";

/** An int8 as a number. */
export function safeInteger(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), `a stored number fits 2^53: ${text}`);
  return value;
}

/** A fresh plain view of a bytea. */
export function bytes(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}

/** SQL of an instant as RFC 3339 in UTC with microseconds. */
export function instant(expression: string): string {
  return `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
