/**
 * Layer 2. Decimal text to a number, by one strict grammar.
 *
 * Sole owner of how the physical minimum and maximum of a channel are read. `Number("")` is 0 and
 * `parseFloat("12x")` is 12; here both are undefined. Hazard: the result is the nearest binary64, so
 * the text stays what is stored and compared.
 *
 * @module
 */

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const CAPITAL_E = 0x45;
const SMALL_E = 0x65;

/**
 * The number that `text` spells: sign, digits with at most one point, optional exponent. No blanks,
 * no comma, no words.
 *
 * @returns The nearest binary64, or undefined when the grammar does not hold or the value is beyond
 * the range of a binary64. One pass over the text.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { parseDecimal } from "@wavekeep/core/calibration";
 *
 * strictEqual(parseDecimal("-.32E+4"), -3200);
 * strictEqual(parseDecimal("0,5"), undefined);
 * strictEqual(parseDecimal(""), undefined);
 * strictEqual(parseDecimal("1e309"), undefined);
 * ```
 */
export function parseDecimal(text: string): number | undefined {
  let at = skipSign(text, 0);
  const whole = skipDigits(text, at);
  let digitCount = whole - at;
  at = whole;
  if (text.charCodeAt(at) === POINT) {
    const fraction = skipDigits(text, at + 1);
    digitCount += fraction - (at + 1);
    at = fraction;
  }
  if (digitCount === 0) return undefined;
  const mark = text.charCodeAt(at);
  if (mark === SMALL_E || mark === CAPITAL_E) {
    const start = skipSign(text, at + 1);
    const end = skipDigits(text, start);
    if (end === start) return undefined;
    at = end;
  }
  if (at !== text.length) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function skipSign(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code === PLUS || code === MINUS ? at + 1 : at;
}

function skipDigits(text: string, at: number): number {
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

function isDigit(code: number): boolean {
  return 0x30 <= code && code <= 0x39;
}
