/**
 * Layer 2. Signals on their way to a screen: montages and envelopes.
 *
 * @module
 */

export * from "./derive.ts";
export * from "./envelope.ts";
