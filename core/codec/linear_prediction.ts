/**
 * Layer 3. Finding predictors: the encoder's side only.
 *
 * Sole owner of the search; a decoder never runs it. Channels of one recording have much the same
 * spectrum, so one predictor, solved over all channels of the chunk, serves nearly all of them, costs
 * its coefficients once, and may be long: on CHB-MIT one-second chunks this is smaller than FLAC -8 with
 * sixteen-second frames. Channels that differ get their own.
 *
 * Deterministic: additions, multiplications, divisions and integer logarithms only, no Math.log or
 * Math.cos, whose last bits differ between engines.
 *
 * @module
 */

import { autocorrelate, fadeEnds } from "./autocorrelation.ts";
import { errorUnder, solveLevinson } from "./levinson.ts";
import { type Predictor, PREDICTOR_ORDER_MAX } from "./predictor.ts";

/** Bits of a coefficient of a predictor for many channels, and for one. Measured on the corpus. */
const SHARED_WIDTH = 10;
const OWN_WIDTH = 8;

/** Bits that a predictor costs besides its coefficients. */
const PREDICTOR_HEADER_BITS = 13;

/** Times the channels are weighed again. Two let one odd channel among nine drop out. */
const REWEIGHTINGS = 2;

/** One below the format's limit, so that the lags fill whole passes of four. */
const ORDER_SEARCHED_MAX = PREDICTOR_ORDER_MAX - 1;

/** Samples a channel must have before its correlation is worth anything. */
const LENGTH_MIN = 16;

/** What is known of one channel's correlation. */
interface Correlation {
  /** Lags 0 to `order`. */
  readonly lags: Float64Array;
  /** Error energy of the best predictor of each order 0 to `order`. */
  readonly errors: Float64Array;
}

/** Predictors worth trying, and for each channel which of them. */
export interface PredictorChoice {
  readonly predictors: Predictor[];
  /** For each channel, indexes into `predictors`, at most two. */
  readonly candidates: number[][];
}

/**
 * Solves predictors for the channels of a chunk.
 *
 * @param channels Samples of one length; a channel that is constant may be left empty.
 * @param predictorsMax The size of the table.
 */
export function findPredictors(
  channels: readonly Int32Array[],
  predictorsMax: number,
): PredictorChoice {
  const candidates: number[][] = channels.map(() => []);
  const length = Math.max(0, ...channels.map((channel) => channel.length));
  if (length < LENGTH_MIN) return { predictors: [], candidates };
  const orderMax = Math.min(ORDER_SEARCHED_MAX, length >>> 2);
  const correlations = channels.map((channel) =>
    channel.length < LENGTH_MIN ? undefined : correlate(channel, orderMax)
  );
  const predictors: Predictor[] = [];
  const shared = solveShared(correlations, length, orderMax);
  if (shared !== undefined) {
    predictors.push(shared);
    for (let c = 0; c < channels.length; c++) {
      if (correlations[c] !== undefined) candidates[c]!.push(0);
    }
  }
  const sharedReal = shared === undefined ? undefined : realCoefficients(shared);
  const wishes = correlations.flatMap((correlation, channel) => {
    if (correlation === undefined) return [];
    const { order, gainBits } = ownOrder(correlation, sharedReal, length);
    return gainBits > 0 ? [{ channel, order, gainBits }] : [];
  });
  wishes.sort((a, b) => b.gainBits - a.gainBits || a.channel - b.channel);
  for (const { channel, order } of wishes.slice(0, predictorsMax - predictors.length)) {
    candidates[channel]!.push(predictors.length);
    predictors.push(quantise(solveLevinson(correlations[channel]!.lags, order), OWN_WIDTH));
  }
  return { predictors, candidates };
}

/** Bits that a predictor takes in the table. */
export function predictorBits(predictor: Predictor): number {
  return PREDICTOR_HEADER_BITS + predictor.coefficients.length * coefficientWidth(predictor);
}

/** The narrowest width that holds every coefficient, 1 to 16. */
export function coefficientWidth(predictor: Predictor): number {
  let all = 0;
  for (const coefficient of predictor.coefficients) all |= coefficient ^ (coefficient >> 31);
  return 33 - Math.clz32(all);
}

/** Autocorrelation of a channel under a window, and the prediction errors that follow from it. */
function correlate(samples: Int32Array, order: number): Correlation {
  const lags = new Float64Array(order + 1);
  autocorrelate(fadeEnds(samples), lags);
  // A little white noise keeps the recursion stable where a channel is perfectly predictable.
  lags[0] = lags[0]! * (1 + 1e-9) + 1e-9;
  const errors = new Float64Array(order + 1);
  solveLevinson(lags, order, { errors });
  return { lags, errors };
}

/**
 * One predictor for all channels, which makes the sum of the logarithms of their errors small: that is
 * what bits are. Found by weighing each channel down by its error under the predictor before, twice over
 * where the channel could do better alone: loud channels do not rule, and odd ones drop out.
 */
function solveShared(
  correlations: readonly (Correlation | undefined)[],
  length: number,
  orderMax: number,
): Predictor | undefined {
  const present = correlations.filter((correlation) => correlation !== undefined);
  const channelCount = present.length;
  if (channelCount === 0) return undefined;
  let weights = present.map(({ errors }) => 1 / errors[Math.min(8, orderMax)]!);
  let lags = weightedLags(present, weights);
  for (let round = 0; round < REWEIGHTINGS && channelCount > 1; round++) {
    const predictor = solveLevinson(lags, orderMax);
    weights = present.map(({ lags, errors }) => {
      const error = errorUnder(predictor, lags);
      return errors[orderMax]! / (error * error);
    });
    lags = weightedLags(present, weights);
  }
  const errors = new Float64Array(orderMax + 1);
  solveLevinson(lags, orderMax, { errors });
  const width = channelCount >= 4 ? SHARED_WIDTH : OWN_WIDTH;
  const order = cheapestOrder(errors, { channelCount, length, width });
  return order === 0 ? undefined : quantise(solveLevinson(lags, order), width);
}

function weightedLags(
  correlations: readonly Correlation[],
  weights: readonly number[],
): Float64Array {
  const sum = new Float64Array(correlations[0]!.lags.length);
  correlations.forEach(({ lags }, c) => {
    for (let lag = 0; lag < sum.length; lag++) sum[lag] = sum[lag]! + lags[lag]! * weights[c]!;
  });
  return sum;
}

/** The order at which coefficients and residuals take the fewest bits. */
function cheapestOrder(
  errors: Float64Array,
  use: { channelCount: number; length: number; width: number },
): number {
  // The first samples see copies of sample 0 as their past: about as good as a predictor of order 2.
  const early = log2(errors[Math.min(2, errors.length - 1)]!);
  let best = 0;
  let bestBits = Infinity;
  for (let order = 1; order < errors.length; order++) {
    const perChannel = (use.length - order) * log2(errors[order]!) + order * early;
    const bits = 0.5 * use.channelCount * perChannel + order * use.width;
    if (bits < bestBits) {
      bestBits = bits;
      best = order;
    }
  }
  return best;
}

/** The best order of a channel's own predictor, and the bits it saves over the shared one. */
function ownOrder(
  correlation: Correlation,
  shared: Float64Array | undefined,
  length: number,
): { order: number; gainBits: number } {
  const order = cheapestOrder(correlation.errors, {
    channelCount: 1,
    length,
    width: OWN_WIDTH,
  });
  if (shared === undefined) return { order, gainBits: order };
  const ratio = errorUnder(shared, correlation.lags) / correlation.errors[order]!;
  const saved = ratio > 1 ? 0.5 * length * log2(ratio) : 0;
  return { order, gainBits: saved - order * OWN_WIDTH - PREDICTOR_HEADER_BITS };
}

/** The coefficients that a decoder will use, as real numbers. */
function realCoefficients({ coefficients, shift }: Predictor): Float64Array {
  return Float64Array.from(coefficients, (coefficient) => coefficient / (1 << shift));
}

/** Integer coefficients of at most `width` bits; each rounding error is passed on to the next. */
function quantise(coefficients: Float64Array, width: number): Predictor {
  let magnitude = 0;
  for (const value of coefficients) magnitude = Math.max(magnitude, Math.abs(value));
  const limit = 1 << (width - 1);
  let shift = 15;
  while (shift > 0 && magnitude * (1 << shift) >= limit) shift--;
  const quantised = new Int32Array(coefficients.length);
  let carried = 0;
  for (let i = 0; i < coefficients.length; i++) {
    carried += coefficients[i]! * (1 << shift);
    const rounded = Math.max(-limit, Math.min(limit - 1, Math.floor(carried + 0.5)));
    quantised[i] = rounded;
    carried -= rounded;
  }
  return { coefficients: quantised, shift };
}

const bits = new DataView(new ArrayBuffer(8));

/** Logarithm to base 2 of a positive number, to about 0.01, the same in every engine. */
export function log2(value: number): number {
  bits.setFloat64(0, value);
  const high = bits.getInt32(0);
  const fraction = (high & 0xfffff) / 0x100000;
  // (1 + f) between 1 and 2: f + 0.344 f (1 − f) touches the logarithm at both ends.
  return (high >>> 20) - 1023 + fraction + 0.344 * fraction * (1 - fraction);
}
