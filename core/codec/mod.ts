/**
 * Layer 3. Lossless coders of chunk payloads.
 *
 * @module
 */

export * from "./codec.ts";
export * from "./cross_channel.ts";
export { scanLent, type ScannedRow } from "./kernel/scan_lent.ts";
export * from "./parameter_set.ts";
export * from "./predictive.ts";
export * from "./raw.ts";
export * from "./registry.ts";
export * from "./stream_encoder.ts";
