/**
 * Layer 2. Signals on their way to a screen: labels, montages, filters, envelopes.
 *
 * @module
 */

export * from "./channel_label.ts";
export * from "./derive.ts";
export * from "./electrode_graph.ts";
export * from "./envelope.ts";
export * from "./filter_design.ts";
export * from "./filter_samples.ts";
export * from "./parse_montage.ts";
export * from "./resolve_montage.ts";
export * from "./standard_montages.ts";
export * from "./stuck_runs.ts";
