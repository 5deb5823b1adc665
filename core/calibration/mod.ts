/**
 * Layer 2. From the converter's integers to physical values, and nothing else.
 *
 * @module
 */

export * from "./decimal.ts";
export * from "./scale.ts";
export * from "./to_physical.ts";
