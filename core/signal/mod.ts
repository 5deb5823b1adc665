/**
 * Layer 2. Signals on their way to a screen: labels, montages, filters, envelopes.
 *
 * @module
 */

export * from "./channel_label.ts";
export * from "./derive.ts";
export * from "./envelope.ts";
export * from "./filter_design.ts";
export * from "./filter_samples.ts";
