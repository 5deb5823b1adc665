/**
 * Layer 3. Whitening filters that channels share.
 *
 * Sole owner of which channels share one. A filter for all keeps mixtures of channels mixtures, which is
 * what the cross-channel part lives on; channels of another nature (a polysomnogram's) want another.
 *
 * @module
 */

import { errorUnder, solveLevinson } from "../levinson.ts";
import { type ReflectionFilter, reflectionFilter } from "../reflection_filter.ts";
import { preciseLog2 } from "./bits.ts";

/** Times that channels are weighed again by their error, and that channels choose their filter again. */
const REWEIGHTINGS = 4;
const REASSIGNMENTS = 6;
/** White noise added to autocorrelations, as a share: the recursion stays stable on pure tones. */
const NOISE_SHARE = 1e-9;
const REFLECTION_ONE = 32_768;
const REFLECTION_MAX = 32_767;

/** Filters, and each channel's. */
export interface SharedFilters {
  readonly filters: readonly ReflectionFilter[];
  /** Index of a filter for each autocorrelation given. */
  readonly assignment: Uint8Array;
  /** Sum over channels of log2 of the error energy. */
  readonly logError: number;
}

/**
 * Solves for at most `filterCount` filters.
 *
 * @param correlations One for each channel; with lag 0 equal to 0 the channel has no say.
 */
export function solveSharedFilters(
  correlations: readonly Float64Array[],
  { order, filterCount }: { order: number; filterCount: number },
): SharedFilters {
  const assignment = new Uint8Array(correlations.length);
  const noisy = correlations.map((lags) => {
    const copy = lags.slice(0, order + 1);
    copy[0] = copy[0]! * (1 + NOISE_SHARE);
    return copy;
  });
  const lively = noisy.flatMap((lags, c) => lags[0]! > 0 ? [c] : []);
  if (lively.length === 0) {
    return { filters: [reflectionFilter(new Int16Array(0))], assignment, logError: 0 };
  }
  const ownErrors = noisy.map((lags) => {
    if (lags[0]! <= 0) return 1;
    const errors = new Float64Array(order + 1);
    solveLevinson(lags, order, { errors });
    return Math.max(errors[order]!, 1e-9);
  });
  let centres = [solveCentre(lively.map((c) => noisy[c]!), order)];
  while (centres.length < filterCount) {
    const worst = worstServed(lively, noisy, ownErrors, centres, assignment);
    if (worst === undefined) break;
    centres.push(solveCentre([noisy[worst]!], order));
    for (let round = 0; round < REASSIGNMENTS; round++) {
      for (const c of lively) assignment[c] = nearest(noisy[c]!, centres);
      centres = centres.map((centre, i) => {
        const members = lively.filter((c) => assignment[c] === i);
        return members.length === 0 ? centre : solveCentre(members.map((c) => noisy[c]!), order);
      });
    }
    for (const c of lively) assignment[c] = nearest(noisy[c]!, centres);
  }
  let logError = 0;
  for (const c of lively) {
    logError += preciseLog2(errorUnder(centres[assignment[c]!]!.predictor, noisy[c]!));
  }
  return { filters: centres.map((centre) => centre.filter), assignment, logError };
}

interface Centre {
  readonly predictor: Float64Array;
  readonly filter: ReflectionFilter;
}

/** The filter that makes the sum of the logarithms of the channels' errors small. */
function solveCentre(correlations: readonly Float64Array[], order: number): Centre {
  let weights = correlations.map((lags) => 1 / lags[0]!);
  for (let round = 0;; round++) {
    const sum = new Float64Array(order + 1);
    correlations.forEach((lags, c) => {
      for (let lag = 0; lag <= order; lag++) sum[lag] = sum[lag]! + lags[lag]! * weights[c]!;
    });
    const reflections = new Float64Array(order);
    const predictor = solveLevinson(sum, order, { reflections });
    if (round === REWEIGHTINGS) return { predictor, filter: integerFilter(reflections) };
    weights = correlations.map((lags) => 1 / errorUnder(predictor, lags));
  }
}

/** Reflections in the format's units; the tail is cut where coefficients would not fit. */
function integerFilter(reflections: Float64Array): ReflectionFilter {
  const integers = Int16Array.from(
    reflections,
    (value) =>
      Math.max(-REFLECTION_MAX, Math.min(REFLECTION_MAX, Math.floor(value * REFLECTION_ONE + 0.5))),
  );
  for (let order = integers.length;; order--) {
    try {
      return reflectionFilter(integers.slice(0, order));
    } catch (error) {
      if (order === 0) throw error;
    }
  }
}

function nearest(lags: Float64Array, centres: readonly Centre[]): number {
  let best = 0;
  let bestError = Infinity;
  centres.forEach(({ predictor }, i) => {
    const error = errorUnder(predictor, lags);
    if (error < bestError) {
      best = i;
      bestError = error;
    }
  });
  return best;
}

/** The channel that loses most by not having its own filter. */
function worstServed(
  lively: readonly number[],
  correlations: readonly Float64Array[],
  ownErrors: readonly number[],
  centres: readonly Centre[],
  assignment: Uint8Array,
): number | undefined {
  let worst: number | undefined;
  let worstRatio = 1.02;
  for (const c of lively) {
    const ratio = errorUnder(centres[assignment[c]!]!.predictor, correlations[c]!) / ownErrors[c]!;
    if (ratio <= worstRatio) continue;
    worst = c;
    worstRatio = ratio;
  }
  return worst;
}
