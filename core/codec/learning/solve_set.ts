/**
 * Layer 3. From covariances to a parameter set.
 *
 * Sole owner of the choice of lags, shifts and coefficients: what makes residuals and set together
 * smallest over the samples that the set is expected to serve.
 *
 * @module
 */

import { LAGGED_TERMS_MAX, type ParameterSet, writeParameterSet } from "../parameter_set.ts";
import { scaleIndex } from "../residual_models.ts";
import { residualBits, residualBitsSlope } from "./bits.ts";
import type { CrossStatistics } from "./cross_statistics.ts";
import { factorRegression, type RegressionFactor } from "./cross_regression.ts";
import { SAMPLES_PER_UNKNOWN } from "./make_plan.ts";
import { type QuantisedRow, quantiseRow, suitableParameter } from "./row_quantisation.ts";

/** Energy added to every variable, relative: exact copies and sums among channels stay solvable. */
const RIDGE = 1e-5;
/** The same in samples: it holds rows back that few samples speak for. 2 to 8 do equally well. */
const RIDGE_SAMPLES = 6;
/** Mean square added to every whitened value: silent channels stay solvable. */
const LEAST_SQUARE = 1e-3;
/** Adaptive taps move by 2^7 of 2^14: best or within 0.2 % of it on all recordings. */
const ADAPTATION = 8;
/** Where the search for a row shift begins. */
const ROW_START: RowStart = { rowShift: 7, parameter: 3 };
const NAT_BITS = 1.4427;
const ROW_SHIFT_MIN = 2;
const ROW_SHIFT_MAX = 12;
/** Mean size of a residual over its deviation, of a bell curve. */
const MEAN_OF_BELL = 0.798;

/** What a set is for. */
export interface SetUse {
  /** Channels of the stream. */
  readonly channelCount: number;
  /** Samples per channel that the set is to serve. */
  readonly horizon: number;
  /** Share of those that it has not been learnt from, 0 to 1. */
  readonly newShare: number;
  /** Numbers of lags, in the order of trying. */
  readonly lagsTried: readonly number[];
}

/** A set, and what it is expected to do. */
export interface SolvedSet {
  readonly set: ParameterSet;
  /** Bits of residuals per time (all model channels together). */
  readonly bitsPerTime: number;
  /** Coefficients that are not zero. */
  readonly coefficientCount: number;
}

/**
 * Solves for the best set: lags are tried in order as long as the price falls.
 */
export function solveSet(
  statistics: CrossStatistics,
  { lagsTried, ...use }: SetUse,
): SolvedSet | undefined {
  let best: SolvedSet | undefined;
  let bestBits = Infinity;
  for (const lags of lagsTried) {
    if (lags > statistics.plan.lags) continue;
    if (lags * statistics.plan.groupSize > LAGGED_TERMS_MAX) continue;
    const unknowns = (lags + 1) * statistics.groups[0]!.channelCount;
    if (unknowns * use.newShare * SAMPLES_PER_UNKNOWN > statistics.sampleCount) continue;
    const solved = solveWithLags(statistics, { ...use, lags });
    if (solved === undefined) continue;
    const bits = totalBits(solved, use.horizon);
    if (bits >= bestBits) break;
    best = solved;
    bestBits = bits;
  }
  return best;
}

/** Residuals over a horizon, and the set. */
function totalBits({ set, bitsPerTime }: SolvedSet, horizon: number): number {
  return horizon * bitsPerTime + 8 * set.bytes.byteLength;
}

function solveWithLags(
  { plan, groups, weight, sampleCount }: CrossStatistics,
  { channelCount, horizon, newShare, lags }: Omit<SetUse, "lagsTried"> & { lags: number },
): SolvedSet | undefined {
  const rows: { rowShift: number; coefficients: Int16Array; variance: number }[] = [];
  // Least squares of as many unknowns gains half a nat each by chance, and loses as much on new samples.
  const chanceBits = NAT_BITS * horizon * newShare / Math.max(1, sampleCount);
  let bitsPerTime = 0;
  let coefficientCount = 0;
  for (const group of groups) {
    const factor = factorRegression(group, {
      lags,
      ridge: RIDGE + RIDGE_SAMPLES * newShare / Math.max(1, sampleCount),
      floor: LEAST_SQUARE * weight,
    });
    let start = ROW_START;
    for (let i = 0; i < group.channelCount; i++) {
      const { rightShift } = plan.channels[rows.length]!;
      const unit = 4 ** (rightShift - plan.fractionBits) / weight;
      const row = cheapestRow(factor, lags * group.channelCount + i, {
        horizon,
        unit,
        start,
        chanceBits,
      });
      start = { rowShift: row.rowShift, parameter: suitableParameter(row.coefficients) };
      // Chunks of a single sample have no residuals: nothing is known, and nothing will be coded.
      const variance = weight > 0 ? row.energy * unit : 0;
      bitsPerTime += residualBits(variance);
      for (const value of row.coefficients) if (value !== 0) coefficientCount++;
      rows.push({ rowShift: row.rowShift, coefficients: row.coefficients, variance });
    }
  }
  try {
    const set = writeParameterSet({
      channelCount,
      fractionBits: plan.fractionBits,
      lags,
      groupSize: plan.groupSize,
      adaptation: ADAPTATION,
      filters: plan.filters,
      channels: plan.channels.map((planned, i) => ({
        ...planned,
        scaleDefault: scaleIndex(MEAN_OF_BELL * Math.sqrt(rows[i]!.variance)),
        rowShift: rows[i]!.rowShift,
        coefficients: rows[i]!.coefficients,
      })),
    });
    return { set, bitsPerTime, coefficientCount };
  } catch {
    return undefined;
  }
}

/** What a row took is where the search for the next one begins. */
interface RowStart {
  readonly rowShift: number;
  readonly parameter: number;
}

/** Tries shifts from the row before on, as long as the price falls. */
function cheapestRow(
  factor: RegressionFactor,
  row: number,
  { horizon, unit, start, chanceBits }: {
    horizon: number;
    unit: number;
    start: RowStart;
    chanceBits: number;
  },
): QuantisedRow {
  const diagonal = factor.rows[row * factor.size + row]!;
  const bitsPerEnergy = horizon * unit * residualBitsSlope(diagonal * diagonal * unit);
  const attempt = (rowShift: number) => {
    // Codes double with each step of the shift.
    const parameter = Math.max(0, start.parameter + rowShift - start.rowShift);
    const tried = quantiseRow(factor, row, { bitsPerEnergy, rowShift, parameter, chanceBits });
    return { tried, price: horizon * residualBits(tried.energy * unit) + tried.bits };
  };
  let best = attempt(start.rowShift);
  for (const direction of [1, -1]) {
    let at = start.rowShift;
    while (at + direction >= ROW_SHIFT_MIN && at + direction <= ROW_SHIFT_MAX) {
      const next = attempt(at + direction);
      if (next.price >= best.price) break;
      best = next;
      at += direction;
    }
    if (at !== start.rowShift) break;
  }
  return best.tried;
}
