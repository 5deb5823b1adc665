/**
 * Layer 3. Rows of integers: as coarse as pays.
 *
 * Sole owner of the choice of coefficients. Back-substitution settles the last variable first; rounding
 * it there lets all variables before it make up for the rounding, at a price of (L_jj · error)². Each
 * coefficient becomes the integer whose price in residual bits and in its own bits is least, which is
 * zero where the variable does not pay for itself.
 *
 * @module
 */

import { preciseLog2 } from "./bits.ts";
import type { RegressionFactor } from "./cross_regression.ts";

/** A row, and what it costs. */
export interface QuantisedRow {
  readonly rowShift: number;
  readonly coefficients: Int16Array<ArrayBuffer>;
  /** Residual energy over the training data, in whitened units. */
  readonly energy: number;
  /** Bits of the row in the set. */
  readonly bits: number;
}

/** A row's shift and code parameter take this much. */
const ROW_HEAD_BITS = 8;
const ROW_PARAMETER_MAX = 12;

/**
 * Quantises the row whose variable is number `row` of the factor.
 *
 * @param bitsPerEnergy What a unit of energy costs over the samples that the row will be used for.
 * @param rowShift The shift to code under.
 * @param parameter The code parameter to count with.
 * @param chanceBits What a coefficient gains by chance on what it was learnt from and loses on what comes.
 */
export function quantiseRow(
  { size, rows }: RegressionFactor,
  row: number,
  { bitsPerEnergy, rowShift, parameter, chanceBits }: {
    bitsPerEnergy: number;
    rowShift: number;
    parameter: number;
    chanceBits: number;
  },
): QuantisedRow {
  const rest = rows.slice(row * size, row * size + row);
  const coefficients = new Int16Array(row);
  const unit = 1 << rowShift;
  const diagonal = rows[row * size + row]!;
  let energy = diagonal * diagonal;
  let bits = ROW_HEAD_BITS;
  for (let j = row - 1; j >= 0; j--) {
    const base = j * size;
    const pivot = rows[base + j]!;
    const wanted = rest[j]! / pivot * unit;
    const price = pivot * pivot / (unit * unit) * bitsPerEnergy;
    const code = cheapest(wanted, price, parameter, chanceBits);
    coefficients[j] = code;
    const missed = (code - wanted) * pivot / unit;
    energy += missed * missed;
    bits += codeBits(code, parameter);
    if (code === 0) continue;
    const real = code / unit;
    for (let k = 0; k < j; k++) rest[k] = rest[k]! - real * rows[base + k]!;
  }
  return { rowShift, coefficients, energy, bits };
}

/** The parameter that suits a row: from the mean size of its codes. */
export function suitableParameter(coefficients: Int16Array): number {
  let sum = 0;
  for (const value of coefficients) sum += value < 0 ? -2 * value - 1 : 2 * value;
  const mean = sum / Math.max(1, coefficients.length);
  // The best k lies near log2(ln 2 · mean).
  return Math.max(
    0,
    Math.min(ROW_PARAMETER_MAX, Math.floor(preciseLog2(0.6931 * mean + 1e-9) + 1)),
  );
}

/** The integer near `wanted`, or towards zero from it, with the least price. */
function cheapest(wanted: number, price: number, parameter: number, chanceBits: number): number {
  const near = Math.max(-32768, Math.min(32767, Math.floor(wanted + 0.5)));
  if (near === 0) return 0;
  const towards = near > 0 ? near - 1 : near + 1;
  let best = near;
  let bestPrice = (near - wanted) * (near - wanted) * price + codeBits(near, parameter);
  const towardsPrice = (towards - wanted) * (towards - wanted) * price +
    codeBits(towards, parameter);
  if (towardsPrice < bestPrice) {
    best = towards;
    bestPrice = towardsPrice;
  }
  return wanted * wanted * price + codeBits(0, parameter) < bestPrice + chanceBits ? 0 : best;
}

function codeBits(value: number, parameter: number): number {
  const code = value < 0 ? -2 * value - 1 : 2 * value;
  const quotient = code >>> parameter;
  return quotient < 24 ? quotient + 1 + parameter : 56;
}
