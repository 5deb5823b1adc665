/**
 * Layer 4. Numbers into EDF's eight characters, with the error stated.
 *
 * Sole owner of shortening a calibration text. A text that fits is written as it was given, character
 * for character. One that does not is replaced by the nearest number that fits, and the relative error
 * is part of the answer: an export that hides it would change every physical value in silence.
 *
 * @module
 */

import { parseDecimal } from "../calibration/mod.ts";
import { CorruptInputError } from "../error.ts";

export interface FittedDecimal {
  /** At most `width` characters of ASCII. */
  readonly text: string;
  /** |written − given| ÷ |given|; 0 when the text was kept or is exact. */
  readonly relativeError: number;
}

/** Significant digits that a binary64 can need. */
const DIGITS_MAX = 17;

/**
 * The text of a number in at most `width` characters.
 *
 * @throws {CorruptInputError} `given` is not a decimal number, or none of its size fits.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { fitDecimal } from "@wavekeep/core/edf";
 *
 * deepStrictEqual(fitDecimal("-1000.00", 8), { text: "-1000.00", relativeError: 0 });
 * deepStrictEqual(fitDecimal("187.50000000", 8), { text: "187.5", relativeError: 0 });
 * ```
 */
export function fitDecimal(given: string, width: number): FittedDecimal {
  const value = parseDecimal(given);
  if (value === undefined) {
    throw new CorruptInputError(
      `Cannot fit a number into ${width} characters: ${given.length} characters are not a number`,
      { field: "calibration" },
    );
  }
  if (given.length <= width) return { text: given, relativeError: 0 };
  let best: FittedDecimal | undefined;
  for (const text of spellings(value)) {
    if (text.length > width) continue;
    const written = Number(text);
    const relativeError = value === 0 ? 0 : Math.abs((written - value) / value);
    if (best === undefined || relativeError < best.relativeError) best = { text, relativeError };
  }
  // A value that becomes 0 has lost its size, which no relative error below 1 can say.
  if (best === undefined || best.relativeError >= 1) {
    throw new CorruptInputError(
      `Cannot fit a number into ${width} characters: ${given.length} characters have no short form`,
      { field: "calibration" },
    );
  }
  return best;
}

/** Plain forms first, since every reader knows them; short ones before long ones. */
function* spellings(value: number): Iterable<string> {
  for (let digits = 0; digits < DIGITS_MAX && Math.abs(value) < 1e21; digits++) {
    yield value.toFixed(digits);
  }
  for (let digits = 0; digits < DIGITS_MAX; digits++) {
    yield value.toExponential(digits).replace("e+", "e");
  }
}
