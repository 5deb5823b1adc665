/**
 * From driver values to ours: bytea as plain bytes, int8 as numbers, instants as microseconds.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";

/** A Uint8Array that is no Buffer, whose `slice` would share memory. */
export function bytes(value: Uint8Array): Uint8Array {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export function bytesOrNull(value: Uint8Array | null): Uint8Array | null {
  return value === null ? null : bytes(value);
}

/** int8 arrives as text. */
export function safeInteger(value: string | number): number {
  const number = Number(value);
  assert(Number.isSafeInteger(number), "a counted thing fits a number");
  return number;
}

/** SQL text of an instant's microseconds since 1970, exact; the driver's Date ends at milliseconds. */
export function microsOf(column: string): string {
  return `(extract(epoch from ${column}) * 1000000)::bigint::text`;
}
