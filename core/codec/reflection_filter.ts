/**
 * Layer 3. A whitening filter kept as reflection coefficients.
 *
 * Sole owner of the way from reflections to integer predictors, which is part of the format: every
 * decoder must come to the same coefficients. Reflections give the best predictor of every lower order
 * for free, and the first samples of a chunk need those. Exact in binary64: a coefficient below 2^36
 * times a reflection below 2^15 is below 2^53.
 *
 * @see core/chunk/FORMAT.md, "Filters"
 * @module
 */

import { CorruptInputError } from "../error.ts";

/** Order of a filter at most. */
export const FILTER_ORDER_MAX = 32;

/** Magnitudes from here on are corruption, in units of 2^−24. */
const COEFFICIENT_END = 2 ** 36;

/** Largest shift of a predictor. */
const SHIFT_MAX = 14;

/** x̂[t] = ⌊Σ coefficients[j] · x[t − 1 − j] ÷ 2^shift⌋. */
export interface FilterPredictor {
  readonly shift: number;
  readonly coefficients: Int16Array;
}

/** A filter with one predictor for each order 0 to its own. */
export interface ReflectionFilter {
  /** In units of 2^−15, each above −32768. */
  readonly reflections: Int16Array;
  readonly predictors: readonly FilterPredictor[];
}

/**
 * Derives the predictors.
 *
 * @throws {CorruptInputError} A coefficient grows beyond what the format allows.
 */
export function reflectionFilter(reflections: Int16Array): ReflectionFilter {
  const predictors: FilterPredictor[] = [quantise(new Float64Array(0))];
  let before = new Float64Array(0);
  for (let m = 1; m <= reflections.length; m++) {
    const reflection = reflections[m - 1]!;
    const next = new Float64Array(m);
    for (let j = 0; j < m - 1; j++) {
      const product = reflection * before[m - 2 - j]!;
      next[j] = before[j]! - Math.floor((product + 16384) / 32768);
    }
    next[m - 1] = 512 * reflection;
    for (const value of next) {
      if (Math.abs(value) >= COEFFICIENT_END) {
        throw new CorruptInputError(
          `Cannot use filter: a coefficient of order ${m} is ${value} x 2^-24, must be below 2^36`,
          { field: "reflection" },
        );
      }
    }
    predictors.push(quantise(next));
    before = next;
  }
  return Object.freeze({ reflections, predictors: Object.freeze(predictors) });
}

/** 16-bit coefficients under the largest shift that holds them; rounding errors are passed on. */
function quantise(exact: Float64Array): FilterPredictor {
  for (let shift = SHIFT_MAX; shift >= 0; shift--) {
    const coefficients = tryShift(exact, shift);
    if (coefficients !== undefined) return Object.freeze({ shift, coefficients });
  }
  throw new CorruptInputError(
    `Cannot use filter: a coefficient of order ${exact.length} does not fit 16 bits`,
    { field: "reflection" },
  );
}

function tryShift(exact: Float64Array, shift: number): Int16Array | undefined {
  const unit = 2 ** (24 - shift);
  const coefficients = new Int16Array(exact.length);
  let carried = 0;
  for (let j = 0; j < exact.length; j++) {
    const wanted = exact[j]! + carried;
    const rounded = Math.floor((wanted + unit / 2) / unit);
    if (rounded < -32768 || rounded > 32767) return undefined;
    coefficients[j] = rounded;
    carried = wanted - rounded * unit;
  }
  return coefficients;
}
