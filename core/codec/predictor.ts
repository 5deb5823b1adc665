/**
 * Layer 3. Predicting a sample from the ones before it, in integers.
 *
 * Sole owner of the prediction arithmetic, which is part of the format: every decoder must come to the
 * same integers. Fixed predictors work modulo 2^32. Table predictors add up products either modulo 2^32
 * (narrow) or exactly (wide), then shift right, rounding down; what is added to a residual is always
 * taken modulo 2^32. Hazard: the wide sum stays exact in binary64 because 32 products of a 16-bit and a
 * 32-bit integer are below 2^52; raising either limit breaks it.
 *
 * @see core/chunk/FORMAT.md, "Prediction"
 * @module
 */

/** A linear predictor: x̂[i] = ⌊(Σ coefficients[j] · x[i − 1 − j]) ÷ 2^shift⌋. */
export interface Predictor {
  /** 1 to 32 signed integers of at most 16 bits, newest sample first. */
  readonly coefficients: Int32Array;
  /** 0 to 15. */
  readonly shift: number;
}

export const PREDICTOR_ORDER_MAX = 32;
export const FIXED_ORDER_MAX = 4;

/**
 * Sample i of the start, before a predictor has all its samples: fixed order 0, 1, 2, 2, 2, …
 * Sample 0 is predicted as 0.
 */
function predictEarly(samples: Int32Array, i: number): number {
  if (i >= 2) return (samples[i - 1]! << 1) - samples[i - 2]!;
  return i === 1 ? samples[0]! : 0;
}

/** Residuals of a fixed predictor of order 0 to 4. */
export function fixedResiduals(samples: Int32Array, order: number, residuals: Int32Array): void {
  const length = samples.length;
  const early = Math.min(order, length);
  for (let i = 0; i < early; i++) residuals[i] = samples[i]! - predictEarly(samples, i);
  if (order === 0) residuals.set(samples);
  let a = order >= 1 && length > order ? samples[order - 1]! : 0;
  let b = order >= 2 && length > order ? samples[order - 2]! : 0;
  let c = order >= 3 && length > order ? samples[order - 3]! : 0;
  let d = order >= 4 && length > order ? samples[order - 4]! : 0;
  for (let i = order; order > 0 && i < length; i++) {
    const x = samples[i]!;
    residuals[i] = x - predictFixed(order, a, b, c, d);
    d = c;
    c = b;
    b = a;
    a = x;
  }
}

/** Turns residuals of a fixed predictor into samples, in place. */
export function restoreFixed(values: Int32Array, order: number): void {
  const length = values.length;
  const early = Math.min(order, length);
  for (let i = 0; i < early; i++) values[i] = values[i]! + predictEarly(values, i);
  let a = order >= 1 && length > order ? values[order - 1]! : 0;
  let b = order >= 2 && length > order ? values[order - 2]! : 0;
  let c = order >= 3 && length > order ? values[order - 3]! : 0;
  let d = order >= 4 && length > order ? values[order - 4]! : 0;
  for (let i = order; order > 0 && i < length; i++) {
    const x = (values[i]! + predictFixed(order, a, b, c, d)) | 0;
    values[i] = x;
    d = c;
    c = b;
    b = a;
    a = x;
  }
}

/** The next value of the polynomial through the last `order` samples, modulo 2^32. */
function predictFixed(order: number, a: number, b: number, c: number, d: number): number {
  switch (order) {
    case 1:
      return a;
    case 2:
      return (2 * a - b) | 0;
    case 3:
      return (3 * (a - b) + c) | 0;
    default:
      return (4 * (a + c) - 6 * b - d) | 0;
  }
}

/**
 * Residuals of a table predictor. Before the first sample stand copies of it, so that every sample after
 * it is predicted; the first residual is the first sample.
 */
export function tableResiduals(
  samples: Int32Array,
  predictor: Predictor,
  isWide: boolean,
  residuals: Int32Array,
): void {
  const history = historyLength(predictor);
  const extended = extend(samples, history);
  const predict = isWide ? subtractWide : subtractNarrow;
  predict(extended, paddedCoefficients(predictor), predictor.shift, residuals);
  residuals[0] = samples[0]!;
}

/** Turns residuals of a table predictor into samples, in place. The first is a sample already. */
export function restoreTable(values: Int32Array, predictor: Predictor, isWide: boolean): void {
  const history = historyLength(predictor);
  const extended = extend(values, history);
  const restore = isWide ? restoreWide : restoreNarrow;
  restore(extended, paddedCoefficients(predictor), predictor.shift);
  values.set(extended.subarray(history, history + values.length));
}

/** Whether sums of this predictor over samples of this magnitude can leave the int32 range. */
export function needsWide(predictor: Predictor, magnitudeMax: number): boolean {
  let gain = 0;
  for (const coefficient of predictor.coefficients) gain += Math.abs(coefficient);
  return gain * magnitudeMax > 0x7fffffff;
}

/** Places before the first sample: the order, rounded up to the step of the inner loops. */
function historyLength(predictor: Predictor): number {
  return (predictor.coefficients.length + 3) & ~3;
}

/** Samples with their history in front and room for a last block of four behind. */
function extend(samples: Int32Array, history: number): Int32Array {
  const extended = new Int32Array(history + samples.length + 4);
  extended.fill(samples[0]!, 0, history);
  extended.set(samples, history);
  return extended;
}

/** Coefficients, newest sample first, with zeros behind: a block of four reads three beyond the last. */
function paddedCoefficients(predictor: Predictor): Int32Array {
  const padded = new Int32Array(historyLength(predictor) + 4);
  padded.set(predictor.coefficients);
  return padded;
}

/**
 * Restores four samples a turn. What the samples before the block contribute is added up for all four at
 * once, so each coefficient and each sample is loaded once for four products; what the block's own
 * samples contribute to one another is added as they become known.
 */
function restoreNarrow(extended: Int32Array, c: Int32Array, shift: number): void {
  const history = c.length - 4;
  const near0 = c[0]!, near1 = c[1]!, near2 = c[2]!;
  // Sample 0 is not predicted; the block that begins behind it does not overrun the room kept behind.
  for (let i = history + 1; i < extended.length - 4; i += 4) {
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let j = 0; j < history; j += 4) {
      const c0 = c[j]!, c1 = c[j + 1]!, c2 = c[j + 2]!, c3 = c[j + 3]!;
      const c4 = c[j + 4]!;
      const at = i - 1 - j;
      const x0 = extended[at]!;
      s0 = (s0 + Math.imul(c0, x0)) | 0;
      s1 = (s1 + Math.imul(c1, x0)) | 0;
      s2 = (s2 + Math.imul(c2, x0)) | 0;
      s3 = (s3 + Math.imul(c3, x0)) | 0;
      const x1 = extended[at - 1]!;
      s0 = (s0 + Math.imul(c1, x1)) | 0;
      s1 = (s1 + Math.imul(c2, x1)) | 0;
      s2 = (s2 + Math.imul(c3, x1)) | 0;
      s3 = (s3 + Math.imul(c4, x1)) | 0;
      const x2 = extended[at - 2]!;
      const c5 = c[j + 5]!;
      s0 = (s0 + Math.imul(c2, x2)) | 0;
      s1 = (s1 + Math.imul(c3, x2)) | 0;
      s2 = (s2 + Math.imul(c4, x2)) | 0;
      s3 = (s3 + Math.imul(c5, x2)) | 0;
      const x3 = extended[at - 3]!;
      s0 = (s0 + Math.imul(c3, x3)) | 0;
      s1 = (s1 + Math.imul(c4, x3)) | 0;
      s2 = (s2 + Math.imul(c5, x3)) | 0;
      s3 = (s3 + Math.imul(c[j + 6]!, x3)) | 0;
    }
    const y0 = (extended[i]! + (s0 >> shift)) | 0;
    extended[i] = y0;
    s1 = (s1 + Math.imul(near0, y0)) | 0;
    const y1 = (extended[i + 1]! + (s1 >> shift)) | 0;
    extended[i + 1] = y1;
    s2 = (s2 + Math.imul(near1, y0) + Math.imul(near0, y1)) | 0;
    const y2 = (extended[i + 2]! + (s2 >> shift)) | 0;
    extended[i + 2] = y2;
    s3 = (s3 + Math.imul(near2, y0) + Math.imul(near1, y1) + Math.imul(near0, y2)) | 0;
    extended[i + 3] = extended[i + 3]! + (s3 >> shift);
  }
}

/** The same sums with every sample known. */
function subtractNarrow(
  extended: Int32Array,
  c: Int32Array,
  shift: number,
  residuals: Int32Array,
): void {
  const history = c.length - 4;
  for (let i = history; i < extended.length - 4; i += 4) {
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    let x1 = extended[i + 2]!, x2 = extended[i + 1]!, x3 = extended[i]!;
    for (let j = 0; j < history; j += 4) {
      const at = i - 1 - j;
      const y0 = extended[at]!, y1 = extended[at - 1]!, y2 = extended[at - 2]!;
      const y3 = extended[at - 3]!;
      const c0 = c[j]!, c1 = c[j + 1]!, c2 = c[j + 2]!, c3 = c[j + 3]!;
      s0 = (s0 + Math.imul(c0, y0)) | 0;
      s1 = (s1 + Math.imul(c0, x3)) | 0;
      s2 = (s2 + Math.imul(c0, x2)) | 0;
      s3 = (s3 + Math.imul(c0, x1)) | 0;
      s0 = (s0 + Math.imul(c1, y1)) | 0;
      s1 = (s1 + Math.imul(c1, y0)) | 0;
      s2 = (s2 + Math.imul(c1, x3)) | 0;
      s3 = (s3 + Math.imul(c1, x2)) | 0;
      s0 = (s0 + Math.imul(c2, y2)) | 0;
      s1 = (s1 + Math.imul(c2, y1)) | 0;
      s2 = (s2 + Math.imul(c2, y0)) | 0;
      s3 = (s3 + Math.imul(c2, x3)) | 0;
      s0 = (s0 + Math.imul(c3, y3)) | 0;
      s1 = (s1 + Math.imul(c3, y2)) | 0;
      s2 = (s2 + Math.imul(c3, y1)) | 0;
      s3 = (s3 + Math.imul(c3, y0)) | 0;
      x1 = y1;
      x2 = y2;
      x3 = y3;
    }
    const target = i - history;
    residuals[target] = extended[i]! - (s0 >> shift);
    residuals[target + 1] = extended[i + 1]! - (s1 >> shift);
    residuals[target + 2] = extended[i + 2]! - (s2 >> shift);
    residuals[target + 3] = extended[i + 3]! - (s3 >> shift);
  }
}

function restoreWide(extended: Int32Array, c: Int32Array, shift: number): void {
  const history = c.length - 4;
  const scale = 1 / (1 << shift);
  for (let i = history + 1; i < extended.length - 4; i++) {
    extended[i] = extended[i]! + Math.floor(wideSum(extended, i, c) * scale);
  }
}

function subtractWide(
  extended: Int32Array,
  c: Int32Array,
  shift: number,
  residuals: Int32Array,
): void {
  const history = c.length - 4;
  const scale = 1 / (1 << shift);
  for (let i = history; i < extended.length - 4; i++) {
    residuals[i - history] = extended[i]! - Math.floor(wideSum(extended, i, c) * scale);
  }
}

/** Σ c[j] · x[i − 1 − j], exact: below 2^52 in magnitude. */
function wideSum(extended: Int32Array, i: number, c: Int32Array): number {
  const history = c.length - 4;
  let sum = 0;
  for (let j = 0; j < history; j++) sum += c[j]! * extended[i - 1 - j]!;
  return sum;
}
