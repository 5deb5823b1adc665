/**
 * Layer 4. Trends of days: spectrum, asymmetry, aEEG, suppression, band power, and what can be judged.
 *
 * @see core/trend/FORMAT.md
 * @module
 */

export * from "./decibels.ts";
export * from "./definition.ts";
export * from "./levels.ts";
export * from "./panels.ts";
export * from "./plan_trends.ts";
export * from "./trend_block.ts";
export * from "./trend_columns.ts";
export * from "./trend_sum.ts";
export * from "./trends_answer.ts";
