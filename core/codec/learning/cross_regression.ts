/**
 * Layer 3. Least squares for all rows of a group at once.
 *
 * Sole owner of the normal matrix and its factor. Whitened channels have, but for the ends of chunks, a
 * block-Toeplitz covariance: R_l tells everything. With the variables in the order lag 1 of all channels,
 * lag 2, …, lag q, then lag 0 channel by channel, the variables that a row may use are those before its
 * own, so that one Cholesky factor L holds every row: its solution is back-substitution, and what it
 * leaves over is the square of its diagonal element.
 *
 * @module
 */

/** Covariances of a group, as {@link addCovariance} fills them. */
export interface GroupCovariance {
  readonly channelCount: number;
  /** Shape (lags + 1, channelCount, channelCount). */
  readonly sums: Float64Array;
}

/** L of the normal matrix, lower triangle, row after row of length `size`. */
export interface RegressionFactor {
  readonly size: number;
  readonly rows: Float64Array;
}

/**
 * Factors the normal matrix.
 *
 * @param lags How many lags rows use; at most those of the covariance.
 * @param ridge Relative to each variable's energy; keeps copies and exact sums solvable.
 */
export function factorRegression(
  { channelCount, sums }: GroupCovariance,
  { lags, ridge, floor }: { lags: number; ridge: number; floor: number },
): RegressionFactor {
  const size = (lags + 1) * channelCount;
  const rows = new Float64Array(size * size);
  const squared = channelCount * channelCount;
  // Lag 0 stands last: variable block a < lags is lag a + 1.
  const lagOf = (block: number) => block === lags ? 0 : block + 1;
  for (let a = 0; a <= lags; a++) {
    for (let b = 0; b <= a; b++) {
      const difference = lagOf(b) - lagOf(a);
      const base = Math.abs(difference) * squared;
      for (let c = 0; c < channelCount; c++) {
        const target = (a * channelCount + c) * size + b * channelCount;
        for (let d = 0; d < channelCount; d++) {
          const swap = difference < 0 || (difference === 0 && d > c);
          rows[target + d] = sums[base + (swap ? d * channelCount + c : c * channelCount + d)]!;
        }
      }
    }
  }
  for (let i = 0; i < size; i++) {
    rows[i * size + i] = rows[i * size + i]! * (1 + ridge) + floor;
  }
  factorInPlace(rows, size);
  return { size, rows };
}

function factorInPlace(rows: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    const least = rows[row + i]! * 1e-12 + 1e-300;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      const sum = rows[row + j]! - dot(rows, row, other, j);
      rows[row + j] = j < i ? sum / rows[other + j]! : Math.sqrt(Math.max(sum, least));
    }
  }
}

/** Four sums side by side: one would wait for each addition. */
function dot(rows: Float64Array, a: number, b: number, length: number): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    s0 += rows[a + k]! * rows[b + k]!;
    s1 += rows[a + k + 1]! * rows[b + k + 1]!;
    s2 += rows[a + k + 2]! * rows[b + k + 2]!;
    s3 += rows[a + k + 3]! * rows[b + k + 3]!;
  }
  for (; k < length; k++) s0 += rows[a + k]! * rows[b + k]!;
  return (s0 + s1) + (s2 + s3);
}
