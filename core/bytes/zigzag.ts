/**
 * Layer 1. Signed integers as unsigned ones, small magnitudes first.
 *
 * 0, −1, 1, −2, 2 become 0, 1, 2, 3, 4. Defined modulo 2^32, so every int32 has exactly one code and
 * −2^31 needs no special case.
 *
 * @module
 */

/**
 * @param value An int32.
 * @returns A u32.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { unzigzag, zigzag } from "@wavekeep/core/bytes";
 *
 * strictEqual(zigzag(-1), 1);
 * strictEqual(zigzag(-0x80000000), 0xffffffff);
 * strictEqual(unzigzag(0xffffffff), -0x80000000);
 * ```
 */
export function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

/** @param code A u32; bits above are ignored. @returns The int32 it stands for. */
export function unzigzag(code: number): number {
  return (code >>> 1) ^ -(code & 1);
}
