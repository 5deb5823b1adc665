/**
 * Layer 3. What residuals cost, estimated.
 *
 * Sole owner of the estimate that learning weighs coefficients with. Sums, products and quotients only:
 * what is learnt becomes bytes, and those must be the same in every engine.
 *
 * @module
 */

/** 2πe: a bell curve of variance s costs ½ log2(2πe · s) bits. */
const BELL = 17.079468;
const LN2 = 0.6931471805599453;

const view = new DataView(new ArrayBuffer(8));

/** Logarithm to base 2 of a positive number, within 1e−8, the same in every engine. */
export function preciseLog2(value: number): number {
  view.setFloat64(0, value);
  const high = view.getInt32(0);
  let exponent = (high >>> 20) - 1023;
  view.setInt32(0, (high & 0xfffff) | 0x3ff00000);
  let mantissa = view.getFloat64(0);
  if (mantissa > 1.4142135623730951) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh((m − 1) ÷ (m + 1)), whose argument is below 0.172 here.
  const x = (mantissa - 1) / (mantissa + 1);
  const square = x * x;
  const series = 1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square / 9)));
  return exponent + 2 * x * series / LN2;
}

/** Bits of a residual of this variance, in units of whole samples: never below none. */
export function residualBits(variance: number): number {
  return 0.5 * preciseLog2(1 + BELL * variance);
}

/** How fast {@link residualBits} rises with the variance. */
export function residualBitsSlope(variance: number): number {
  return 0.5 * BELL / (LN2 * (1 + BELL * variance));
}

/** 2 to a real power between −1000 and 1000, within 0.4 %, the same in every engine. */
export function roughExp2(exponent: number): number {
  const whole = Math.floor(exponent);
  const rest = exponent - whole;
  view.setInt32(0, (whole + 1023) << 20);
  view.setInt32(4, 0);
  return view.getFloat64(0) * (1 + rest * (0.6565 + 0.3435 * rest));
}
