/**
 * Layer 1. What a device's clock is worth, from what was seen of it: offset and drift, each with its uncertainty.
 *
 * A straight line through the observations of the last stretch between jumps, by weighted least squares. A clock whose
 * battery is dead jumps by decades: a jump begins a new stretch, and nothing is averaged over it. Nothing of a
 * recording is changed by a fit; wall clock and sample position stay separate coordinates.
 *
 * @see Bevington and Robinson, Data Reduction and Error Analysis, 3rd edition, section 6.4 (errors of both parameters)
 * @module
 */

/** One look at two clocks at the same moment. */
export interface ClockObservation {
  /** The device's clock, µs since 1970. */
  readonly deviceMicros: bigint;
  /** The other clock, µs since 1970. */
  readonly referenceMicros: bigint;
  /** How far they may be from the same moment, in µs: half the round trip. Null: nobody knows. */
  readonly uncertaintyMicros: number | null;
}

/** A device's clock as of its last observation. */
export interface ClockFit {
  /** What is to be added to the device's clock at the last observation, in µs. */
  readonly offsetMicros: bigint;
  /** One standard deviation, in µs. */
  readonly offsetUncertaintyMicros: number;
  /** How much too slow the device's clock goes, in parts per million; null from a single observation. */
  readonly driftPpm: number | null;
  /** One standard deviation; null like the drift. */
  readonly driftUncertaintyPpm: number | null;
  /** Observations in all, and of the stretch that the fit is of. */
  readonly observationCount: number;
  readonly usedCount: number;
  /** How often the device's clock jumped. */
  readonly jumpCount: number;
  /** The last observation by the other clock, µs since 1970. */
  readonly lastMicros: bigint;
}

/** Where nobody said: two people comparing watches. */
const UNKNOWN_MICROS = 500_000;
/** No crystal that works is worse; what changes faster has jumped. */
const DRIFT_PPM_MAX = 1_000;
/** The least that counts as a jump. */
const JUMP_MICROS = 1_000_000;

/**
 * Fits a clock.
 *
 * @param observations In any order; the same twice counts once.
 * @returns Undefined when there is none.
 *
 * @example A clock that is one second behind, and loses 20 µs a second
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { fitClock } from "@wavekeep/core/time";
 *
 * const fit = fitClock([0n, 3_600n, 7_200n].map((second) => ({
 *   deviceMicros: second * 1_000_000n,
 *   referenceMicros: second * 1_000_020n + 1_000_000n,
 *   uncertaintyMicros: 10_000,
 * })))!;
 * strictEqual(fit.offsetMicros, 1_144_000n);
 * strictEqual(fit.driftPpm!.toFixed(2), "20.00");
 * deepStrictEqual([fit.usedCount, fit.jumpCount], [3, 0]);
 * ```
 */
export function fitClock(observations: readonly ClockObservation[]): ClockFit | undefined {
  const sorted = distinct(observations);
  const last = sorted.at(-1);
  if (last === undefined) return undefined;
  const { stretch, jumpCount } = lastStretch(sorted);
  // Relative to the last: decades in microseconds do not fit a float, and the last is what is asked for.
  const points = stretch.map((each) => ({
    x: Number(each.referenceMicros - last.referenceMicros) / 1e6,
    y: Number(offsetOf(each) - offsetOf(last)),
    weight: 1 / sigma(each) ** 2,
  }));
  const line = fitLine(points);
  return {
    offsetMicros: offsetOf(last) + BigInt(Math.round(line.intercept)),
    offsetUncertaintyMicros: line.interceptSigma,
    driftPpm: line.slope,
    driftUncertaintyPpm: line.slopeSigma,
    observationCount: sorted.length,
    usedCount: stretch.length,
    jumpCount,
    lastMicros: last.referenceMicros,
  };
}

function offsetOf({ referenceMicros, deviceMicros }: ClockObservation): bigint {
  return referenceMicros - deviceMicros;
}

function sigma({ uncertaintyMicros }: ClockObservation): number {
  return Math.max(1, uncertaintyMicros ?? UNKNOWN_MICROS);
}

function distinct(observations: readonly ClockObservation[]): ClockObservation[] {
  const seen = new Map(
    observations.map((each) => [`${each.referenceMicros}/${each.deviceMicros}`, each]),
  );
  return [...seen.values()].sort((a, b) =>
    a.referenceMicros < b.referenceMicros ? -1 : a.referenceMicros > b.referenceMicros ? 1 : 0
  );
}

function lastStretch(
  sorted: readonly ClockObservation[],
): { stretch: readonly ClockObservation[]; jumpCount: number } {
  let start = 0;
  let jumpCount = 0;
  for (let index = 1; index < sorted.length; index++) {
    const [before, after] = [sorted[index - 1]!, sorted[index]!];
    const moved = Math.abs(Number(offsetOf(after) - offsetOf(before)));
    const elapsed = Number(after.referenceMicros - before.referenceMicros);
    const allowed = JUMP_MICROS + elapsed * DRIFT_PPM_MAX / 1e6 +
      3 * (sigma(before) + sigma(after));
    if (moved <= allowed) continue;
    start = index;
    jumpCount++;
  }
  return { stretch: sorted.slice(start), jumpCount };
}

/** Slope in µs a second, which is parts per million; intercept at x = 0. */
function fitLine(
  points: readonly { readonly x: number; readonly y: number; readonly weight: number }[],
): {
  intercept: number;
  interceptSigma: number;
  slope: number | null;
  slopeSigma: number | null;
} {
  const sum = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((total, point) => total + of(point), 0);
  const weight = sum((point) => point.weight);
  const meanX = sum((point) => point.weight * point.x) / weight;
  const meanY = sum((point) => point.weight * point.y) / weight;
  const spread = sum((point) => point.weight * (point.x - meanX) ** 2);
  if (!(spread > 0)) {
    const interceptSigma = Math.sqrt(1 / weight);
    return { intercept: meanY, interceptSigma, slope: null, slopeSigma: null };
  }
  const slope = sum((point) => point.weight * (point.x - meanX) * (point.y - meanY)) / spread;
  const intercept = meanY - slope * meanX;
  // Where the points lie further apart than they say, they are less certain than they say.
  const misfit = sum((point) => point.weight * (point.y - intercept - slope * point.x) ** 2);
  const freedom = points.length - 2;
  const scale = freedom > 0 ? Math.max(1, misfit / freedom) : 1;
  return {
    intercept,
    interceptSigma: Math.sqrt(scale * (1 / weight + meanX ** 2 / spread)),
    slope,
    slopeSigma: Math.sqrt(scale / spread),
  };
}
