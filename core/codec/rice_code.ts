/**
 * Layer 3. One Rice code with an escape: how single numbers stand in sets and payloads.
 *
 * The same bits as in a partition of residuals; {@link decodeRice} has its own loop for speed.
 *
 * @see core/chunk/FORMAT.md, "Residuals", `code`
 * @module
 */

import type { BitReader, BitWriter } from "../bytes/mod.ts";
import { CorruptInputError } from "../error.ts";

/** Quotients from here on are escaped. */
const QUOTIENT_END = 24;

/** Largest parameter: a quotient below 24 times 2^27 stays below 2^32. */
export const RICE_PARAMETER_MAX = 27;

/** Bits of the code of an unsigned 32-bit number. */
export function riceCodeBits(value: number, k: number): number {
  const quotient = value >>> k;
  return quotient < QUOTIENT_END ? quotient + 1 + k : QUOTIENT_END + 32;
}

/** Writes an unsigned 32-bit number with parameter k, 0 to 27. */
export function writeRiceCode(writer: BitWriter, value: number, k: number): void {
  const quotient = value >>> k;
  if (quotient >= QUOTIENT_END) {
    writer.bits(0, QUOTIENT_END);
    writer.bits(value, 32);
    return;
  }
  writer.bits(1, quotient + 1);
  writer.bits(value & ((1 << k) - 1), k);
}

/**
 * Reads an unsigned 32-bit number.
 *
 * @throws {TruncatedInputError} The bits end early.
 * @throws {CorruptInputError} An escape that was not needed: every number has one code.
 */
export function readRiceCode(reader: BitReader, k: number): number {
  let quotient = 0;
  while (quotient < QUOTIENT_END && reader.bits(1) === 0) quotient++;
  if (quotient < QUOTIENT_END) return ((quotient << k) | reader.bits(k)) >>> 0;
  const value = reader.bits(32);
  if (value >>> k < QUOTIENT_END) {
    throw new CorruptInputError(
      `Cannot decode rice escape at bit ${reader.position}: ${value} needs none with parameter ${k}`,
      { offset: reader.position >>> 3, field: "rice escape" },
    );
  }
  return value;
}

/** The parameter, 0 to `parameterMax`, under which all codes together are shortest. */
export function bestRiceParameter(values: Iterable<number>, parameterMax: number): number {
  const kept = [...values];
  let best = 0;
  let bestBits = Infinity;
  for (let k = 0; k <= parameterMax; k++) {
    let bits = 0;
    for (const value of kept) bits += riceCodeBits(value, k);
    if (bits < bestBits) {
      best = k;
      bestBits = bits;
    }
  }
  return best;
}
