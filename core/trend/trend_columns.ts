/**
 * Layer 4. The arrays of an answer, column by column.
 *
 * Sole owner of what a column's numbers follow from. Shares are of the derivation-seconds that a column
 * should have: assessable, not assessable, missing and not computed add up to 1.
 *
 * @module
 */

import { hundredthsOf, NO_POWER } from "./decibels.ts";
import { BIN_COUNT, BIN_HERTZ, binsOfBand, SIDES, TREND_BANDS } from "./definition.ts";
import type { SideSum, TrendSum } from "./trend_sum.ts";
import type { TrendArrays } from "./trends_answer.ts";

const ALPHA = TREND_BANDS.findIndex(({ id }) => id === "alpha");
const DELTA = TREND_BANDS.findIndex(({ id }) => id === "delta");

/** What a column should hold, in sequences. */
export interface ColumnExtent {
  /** All that lie in it, up to the last one that is stored or promised. */
  readonly sequences: number;
  readonly stored: number;
  /** Those of `stored` that are in its sum. */
  readonly computed: number;
}

/** The columns of one stream as they come together. */
export class TrendColumns {
  readonly arrays: TrendArrays;
  readonly #derivationCounts: readonly [number, number];

  constructor(columnCount: number, derivationCounts: readonly [number, number]) {
    this.#derivationCounts = derivationCounts;
    const floats = (width = 1) => new Float32Array(columnCount * width).fill(NaN);
    const arrays: Record<string, Int16Array | Float32Array> = {
      "missing": floats(),
      "not_computed": floats(),
      "asymmetry_relative": floats(),
      "asymmetry_absolute": floats(),
    };
    for (const side of SIDES) {
      arrays[`assessable_${side}`] = floats();
      arrays[`not_assessable_${side}`] = floats();
      arrays[`spectrum_${side}`] = new Int16Array(columnCount * BIN_COUNT).fill(NO_POWER);
      arrays[`bands_${side}`] = floats(TREND_BANDS.length);
      arrays[`alpha_delta_${side}`] = floats();
      arrays[`aeeg_lower_${side}`] = floats();
      arrays[`aeeg_upper_${side}`] = floats();
      arrays[`suppression_${side}`] = floats();
    }
    this.arrays = arrays;
  }

  /** Fills a column in. */
  set(column: number, sum: TrendSum, { sequences, stored, computed }: ColumnExtent): void {
    const { arrays } = this;
    const share = (count: number, of = sequences) => of === 0 ? 0 : count / of;
    arrays["missing"]![column] = share(sequences - stored);
    arrays["not_computed"]![column] = share(stored - computed);
    arrays["asymmetry_relative"]![column] = sum.relative;
    arrays["asymmetry_absolute"]![column] = sum.absolute;
    for (const [index, side] of SIDES.entries()) {
      const own = sum.sides[index]!;
      const derivations = this.#derivationCounts[index]!;
      arrays[`assessable_${side}`]![column] = share(own.assessable, sequences * derivations);
      arrays[`not_assessable_${side}`]![column] = share(
        computed * derivations - own.assessable,
        sequences * derivations,
      );
      arrays[`aeeg_lower_${side}`]![column] = own.lower;
      arrays[`aeeg_upper_${side}`]![column] = own.upper;
      arrays[`suppression_${side}`]![column] = own.halves === 0
        ? NaN
        : 100 * own.suppressed / own.halves;
      this.#setSpectrum(column, side, own);
    }
  }

  #setSpectrum(column: number, side: string, sum: SideSum): void {
    if (sum.windows === 0) return;
    const spectrum = this.arrays[`spectrum_${side}`]!;
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      spectrum[column * BIN_COUNT + bin] = hundredthsOf(sum.power(bin));
    }
    const bands = this.arrays[`bands_${side}`]!;
    const from = column * TREND_BANDS.length;
    for (const [index, band] of TREND_BANDS.entries()) {
      const { first, end } = binsOfBand(band);
      let power = 0;
      for (let bin = first; bin < end; bin++) power += sum.power(bin) * BIN_HERTZ;
      bands[from + index] = power;
    }
    this.arrays[`alpha_delta_${side}`]![column] = bands[from + ALPHA]! / bands[from + DELTA]!;
  }
}
