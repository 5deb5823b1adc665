/**
 * Layer 1. Exact time: seconds as ratios, rates as ratios, samples as integers, civil time apart.
 *
 * @module
 */

export * from "./civil.ts";
export * from "./clock.ts";
export * from "./clock_fit.ts";
export * from "./cut_ranges.ts";
export * from "./exact_seconds.ts";
export * from "./merged_ranges.ts";
export * from "./sample_range.ts";
export * from "./sample_rate.ts";
export * from "./sample_times.ts";
