/**
 * Layer 3. From an autocorrelation to a predictor: Levinson and Durbin's recursion.
 *
 * Sole owner of the recursion, for both codecs. Additions, multiplications and divisions only.
 *
 * @module
 */

/** What the recursion finds beside the predictor, when a caller wants it. */
export interface LevinsonTrace {
  /** Filled with the error energy of each order 0 to the last. */
  readonly errors?: Float64Array;
  /** Filled with the reflection of each order 1 to the last. */
  readonly reflections?: Float64Array;
}

/**
 * Solves for a predictor.
 *
 * @param lags Autocorrelation at lags 0 to `order` at least; lag 0 is positive.
 * @returns The real-valued predictor of order `order`, newest sample first.
 */
export function solveLevinson(
  lags: Float64Array,
  order: number,
  { errors, reflections }: LevinsonTrace = {},
): Float64Array {
  const a = new Float64Array(order);
  const before = new Float64Array(order);
  let error = lags[0]!;
  if (errors !== undefined) errors[0] = error;
  for (let i = 0; i < order; i++) {
    let sum = lags[i + 1]!;
    for (let j = 0; j < i; j++) sum -= a[j]! * lags[i - j]!;
    const reflection = sum / error;
    for (let j = 0; j < i; j++) before[j] = a[j]!;
    for (let j = 0; j < i; j++) a[j] = before[j]! - reflection * before[i - 1 - j]!;
    a[i] = reflection;
    const next = error * (1 - reflection * reflection);
    error = next > error * 1e-12 ? next : error * 1e-12;
    if (errors !== undefined) errors[i + 1] = error;
    if (reflections !== undefined) reflections[i] = reflection;
  }
  return a;
}

/** Error energy of a predictor on a channel of this autocorrelation: r0 − 2 aᵀp + aᵀRa. */
export function errorUnder(predictor: Float64Array, lags: Float64Array): number {
  const order = predictor.length;
  let error = lags[0]!;
  for (let i = 0; i < order; i++) {
    let row = 0;
    for (let j = 0; j < i; j++) row += predictor[j]! * lags[i - j]!;
    error += predictor[i]! * (2 * (row - lags[i + 1]!) + predictor[i]! * lags[0]!);
  }
  return Math.max(error, 1e-9);
}
