/**
 * Layer 4. Trends of days: spectrum, asymmetry, aEEG, suppression, band power, and what can be judged.
 *
 * @see core/trend/FORMAT.md
 * @module
 */

export * from "./aeeg_filter.ts";
export * from "./decibels.ts";
export * from "./definition.ts";
export * from "./epoch_maker.ts";
export * from "./fourier.ts";
export * from "./halve.ts";
export * from "./levels.ts";
export * from "./panels.ts";
export * from "./percentile.ts";
export * from "./plan_trends.ts";
export * from "./trend_block.ts";
export * from "./trend_columns.ts";
export * from "./trend_sum.ts";
export * from "./trends_answer.ts";
export * from "./welch_pair.ts";
