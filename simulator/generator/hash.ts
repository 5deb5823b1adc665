/**
 * Random numbers by name instead of by order.
 *
 * Sole owner of the generator's randomness: every value is a hash of the seed and of where it is used,
 * so any second of a week can be made without making the seconds before it.
 *
 * @module
 */

/** What a hashed value is for; two purposes never share a value. */
export const PURPOSE = {
  noise: 1,
  offset: 2,
  source: 3,
  eyes: 4,
  blink: 5,
  muscle: 6,
  pop: 7,
  seizure: 8,
  disconnection: 9,
  spindle: 10,
  electrode: 11,
} as const;

/** An even 32-bit hash of three numbers (the finaliser of MurmurHash3, applied to each in turn). */
export function hash32(seed: number, purpose: number, index: number): number {
  let h = mix(seed ^ 0x9e3779b9);
  h = mix(h ^ Math.imul(purpose + 1, 0x85ebca6b));
  h = mix(h ^ (index | 0));
  // The upper half of a large index; zero below 2^32.
  return mix(h ^ Math.floor(index / 0x1_0000_0000));
}

/**
 * A number from 0 to below 1.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { PURPOSE, unit } from "./hash.ts";
 *
 * strictEqual(unit(1, PURPOSE.blink, 7), unit(1, PURPOSE.blink, 7));
 * ```
 */
export function unit(seed: number, purpose: number, index: number): number {
  return hash32(seed, purpose, index) / 0x1_0000_0000;
}

function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
