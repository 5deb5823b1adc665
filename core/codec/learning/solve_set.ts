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
import { type QuantisedRow, quantiseRow, suitableParameter } from "./row_quantisation.ts";

export const tuning = { ridge: 1e-5, floor: 1e-3, adaptation: 8, shiftStart: 7 };

const ROW_SHIFT_MIN = 2;
const ROW_SHIFT_MAX = 12;
/** Mean size of a residual over its deviation, of a bell curve. */
const MEAN_OF_BELL = 0.798;

/** A set, and what it is expected to do. */
export interface SolvedSet {
  readonly set: ParameterSet;
  /** Bits of residuals per time (all model channels together). */
  readonly bitsPerTime: number;
  /** Coefficients that are not zero. */
  readonly coefficientCount: number;
}

/**
 * Solves for the best set of all lags tried.
 *
 * @param horizon Samples per channel that the set is to serve.
 */
export function solveSet(
  statistics: CrossStatistics,
  { channelCount, horizon, lagsTried }: {
    channelCount: number;
    horizon: number;
    lagsTried: readonly number[];
  },
): SolvedSet | undefined {
  let best: SolvedSet | undefined;
  let bestBits = Infinity;
  for (const lags of lagsTried) {
    if (lags > statistics.plan.lags) continue;
    if (lags * statistics.plan.groupSize > LAGGED_TERMS_MAX) continue;
    const solved = solveWithLags(statistics, { channelCount, horizon, lags });
    if (solved === undefined) continue;
    const bits = totalBits(solved, horizon);
    if (bits >= bestBits) continue;
    best = solved;
    bestBits = bits;
  }
  return best;
}

/** Residuals over a horizon, and the set. */
export function totalBits({ set, bitsPerTime }: SolvedSet, horizon: number): number {
  return horizon * bitsPerTime + 8 * set.bytes.byteLength;
}

function solveWithLags(
  { plan, groups, weight }: CrossStatistics,
  { channelCount, horizon, lags }: { channelCount: number; horizon: number; lags: number },
): SolvedSet | undefined {
  const rows: { rowShift: number; coefficients: Int16Array; variance: number }[] = [];
  let bitsPerTime = 0;
  let coefficientCount = 0;
  for (const group of groups) {
    const factor = factorRegression(group, {
      lags,
      ridge: tuning.ridge,
      floor: tuning.floor * weight,
    });
    let shift = tuning.shiftStart;
    for (let i = 0; i < group.channelCount; i++) {
      const { rightShift } = plan.channels[rows.length]!;
      const unit = 4 ** (rightShift - plan.fractionBits) / weight;
      const row = cheapestRow(factor, lags * group.channelCount + i, { horizon, unit, shift });
      shift = row.rowShift;
      const variance = row.energy * unit;
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
      adaptation: tuning.adaptation,
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

/** Tries shifts from the neighbour's on, as long as the price falls. */
function cheapestRow(
  factor: RegressionFactor,
  row: number,
  { horizon, unit, shift }: { horizon: number; unit: number; shift: number },
): QuantisedRow {
  const diagonal = factor.rows[row * factor.size + row]!;
  const slope = residualBitsSlope(diagonal * diagonal * unit);
  const bitsPerEnergy = horizon * unit * slope;
  const tried = new Map<number, { row: QuantisedRow; price: number }>();
  const attempt = (rowShift: number) => {
    const known = tried.get(rowShift);
    if (known !== undefined) return known;
    const rough = quantiseRow(factor, row, { bitsPerEnergy, rowShift, parameter: 2 });
    const parameter = suitableParameter(rough.coefficients);
    const fine = quantiseRow(factor, row, { bitsPerEnergy, rowShift, parameter });
    const price = horizon * residualBits(fine.energy * unit) + fine.bits;
    const result = { row: fine, price };
    tried.set(rowShift, result);
    return result;
  };
  let best = attempt(shift);
  let at = shift;
  for (const direction of [1, -1]) {
    while (at + direction >= ROW_SHIFT_MIN && at + direction <= ROW_SHIFT_MAX) {
      const next = attempt(at + direction);
      if (next.price >= best.price) break;
      best = next;
      at += direction;
    }
    if (at !== shift) break;
  }
  return best.row;
}
