/**
 * Layer 4. The two annotation formats that come with the CHB-MIT scalp EEG database.
 *
 * @module
 */

export * from "./crop.ts";
export * from "./seizures.ts";
export * from "./summary.ts";
