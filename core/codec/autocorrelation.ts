/**
 * Layer 3. Autocorrelation of samples: the encoder's side only.
 *
 * Sole owner of the window. A chunk begins and ends in the middle of slow waves, whose edges would
 * outweigh everything else; so its ends are faded. Plain sums: the same in every runtime.
 *
 * @module
 */

/** Parabolic ramps over the first and last quarter; kept, since chunks of a stream have one length. */
let window = new Float64Array(0);

/** Samples faded at both ends. */
export function fadeEnds(samples: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const length = samples.length;
  if (window.length !== length) window = fadeWindow(length);
  const faded = new Float64Array(length);
  for (let i = 0; i < length; i++) faded[i] = samples[i]! * window[i]!;
  return faded;
}

function fadeWindow(length: number): Float64Array<ArrayBuffer> {
  const weights = new Float64Array(length).fill(1);
  const ramp = Math.max(1, length >>> 2);
  for (let i = 0; i < ramp; i++) {
    const rest = 1 - (i + 0.5) / ramp;
    weights[i] = 1 - rest * rest;
    weights[length - 1 - i] = 1 - rest * rest;
  }
  return weights;
}

/** Fills `lags` with Σ x[i] · x[i − lag] for each lag from 0. Exact for integers below 2^53. */
export function autocorrelate(x: Float64Array | Int16Array, lags: Float64Array): void {
  for (let lag = 0; lag < lags.length; lag += 4) correlateFour(x, lag, lags);
}

/** Four lags in one pass: each sample is loaded once for four products. */
function correlateFour(
  x: Float64Array | Int16Array,
  lag: number,
  lags: Float64Array,
): void {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let y1 = 0, y2 = 0, y3 = 0;
  for (let i = lag; i < x.length; i++) {
    const value = x[i]!;
    const y0 = x[i - lag]!;
    s0 += value * y0;
    s1 += value * y1;
    s2 += value * y2;
    s3 += value * y3;
    y3 = y2;
    y2 = y1;
    y1 = y0;
  }
  lags[lag] = s0;
  if (lag + 1 < lags.length) lags[lag + 1] = s1;
  if (lag + 2 < lags.length) lags[lag + 2] = s2;
  if (lag + 3 < lags.length) lags[lag + 3] = s3;
}
