/**
 * Layer 4. Power as stored: hundredths of a decibel in 16 bits.
 *
 * Sole owner of that spelling. Averages are made of power, never of decibels, so both ways are needed
 * and both are fast: back from a table, because an answer of three days unpacks half a million of them.
 *
 * @module
 */

/** Stands for no value. */
export const NO_POWER = -0x8000;

let powers: Float64Array | undefined;

/** Power of every hundredth of a decibel from −327.68 dB on, at index value + 32768; 0 for no value. */
export function powerTable(): Float64Array {
  if (powers !== undefined) return powers;
  powers = new Float64Array(0x10000);
  for (let i = 1; i < powers.length; i++) powers[i] = 10 ** ((i - 0x8000) / 1000);
  return powers;
}

/**
 * A power in hundredths of a decibel, rounded; no power at all is the least there is.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { hundredthsOf, powerTable } from "@wavekeep/core/trend";
 *
 * strictEqual(hundredthsOf(100), 2000);
 * strictEqual(powerTable()[2000 + 0x8000], 100);
 * ```
 */
export function hundredthsOf(power: number): number {
  if (Number.isNaN(power)) return NO_POWER;
  const value = Math.round(1000 * Math.log10(power));
  return value < -0x7fff ? -0x7fff : value > 0x7fff ? 0x7fff : value;
}
