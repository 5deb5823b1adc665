/**
 * Layer 1. Seconds as exact ratios.
 *
 * Sole owner of time arithmetic: no fixed tick holds 1/256 s next to 0.01 s, so nothing here rounds but
 * {@link toNumber}, and {@link formatSeconds} where decimal text cannot be exact. Hazard: binary floating
 * point must not come back in; build values from integers or from decimal text.
 *
 * @module
 */

import { assert } from "../assert.ts";
import { CorruptInputError } from "../error.ts";

/** A reduced fraction of a second; `denominator` > 0. */
export interface ExactSeconds {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Longest decimal text accepted; far beyond any recording, and a bound on the arithmetic. */
const TEXT_LENGTH_MAX = 64;

/** Digits written when no decimal text is exact: a picosecond. */
const INEXACT_DIGITS = 12;

export const ZERO_SECONDS: ExactSeconds = { numerator: 0n, denominator: 1n };

/**
 * A reduced fraction from integers.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { exactSeconds, formatSeconds, parseSeconds } from "@wavekeep/core/time";
 *
 * deepStrictEqual(exactSeconds(10, 256), { numerator: 5n, denominator: 128n });
 * strictEqual(formatSeconds(exactSeconds(1, 256)), "0.00390625");
 * deepStrictEqual(parseSeconds("+2.50"), exactSeconds(5, 2));
 * ```
 */
export function exactSeconds(
  numerator: bigint | number,
  denominator: bigint | number = 1n,
): ExactSeconds {
  let n = BigInt(numerator);
  let d = BigInt(denominator);
  assert(d !== 0n, "the denominator of a time is not zero");
  if (d < 0n) {
    n = -n;
    d = -d;
  }
  const divisor = greatestCommonDivisor(n < 0n ? -n : n, d);
  return { numerator: n / divisor, denominator: d / divisor };
}

export function addSeconds(a: ExactSeconds, b: ExactSeconds): ExactSeconds {
  return exactSeconds(
    a.numerator * b.denominator + b.numerator * a.denominator,
    a.denominator * b.denominator,
  );
}

export function subtractSeconds(a: ExactSeconds, b: ExactSeconds): ExactSeconds {
  return addSeconds(a, { numerator: -b.numerator, denominator: b.denominator });
}

/** Negative when `a` is earlier, 0 when equal, positive when later: fit for `Array.sort`. */
export function compareSeconds(a: ExactSeconds, b: ExactSeconds): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The nearest binary64, for display and for JSON numbers only; never fed back into arithmetic. */
export function toNumber(value: ExactSeconds): number {
  const whole = floorDivide(value.numerator, value.denominator);
  const rest = value.numerator - whole * value.denominator;
  return Number(whole) + Number(rest) / Number(value.denominator);
}

/**
 * Reads decimal text such as `-12`, `+0.5` or `.25`, digit by digit.
 *
 * @throws {CorruptInputError} Anything else: an exponent, a space, no digit, over 64 characters.
 */
export function parseSeconds(text: string): ExactSeconds {
  const match = text.length <= TEXT_LENGTH_MAX
    ? /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?$/.exec(text)
    : null;
  if (match === null) {
    throw new CorruptInputError(
      `Cannot read seconds from ${text.length} characters: not plain decimal text of at most ${TEXT_LENGTH_MAX}`,
      { field: "seconds" },
    );
  }
  const [, sign, whole = "", fraction = ""] = match;
  const magnitude = BigInt(whole + fraction);
  return exactSeconds(sign === "-" ? -magnitude : magnitude, 10n ** BigInt(fraction.length));
}

/**
 * Decimal text without an exponent.
 *
 * @returns Exact, as short as can be, whenever the value has a finite decimal form; otherwise rounded
 * to 12 fractional digits (a third of a second is `0.333333333333`).
 */
export function formatSeconds(value: ExactSeconds): string {
  const exactDigits = decimalDigits(value.denominator);
  const digits = exactDigits ?? INEXACT_DIGITS;
  const scale = 10n ** BigInt(digits);
  const magnitude = value.numerator < 0n ? -value.numerator : value.numerator;
  const scaled = exactDigits === undefined
    ? (2n * magnitude * scale + value.denominator) / (2n * value.denominator)
    : magnitude * scale / value.denominator;
  const sign = value.numerator < 0n && scaled > 0n ? "-" : "";
  const text = scaled.toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  const fraction = text.slice(text.length - digits).replace(/0+$/, "");
  return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** Quotient rounded towards minus infinity; `b` > 0. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** Quotient rounded towards plus infinity; `b` > 0. */
export function ceilDivide(a: bigint, b: bigint): bigint {
  return -floorDivide(-a, b);
}

/** `a` ≥ 0, `b` > 0. */
export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

/** Fractional digits that a reduced denominator needs, or undefined when no number of them is enough. */
function decimalDigits(denominator: bigint): number | undefined {
  let rest = denominator;
  let twos = 0;
  let fives = 0;
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}
