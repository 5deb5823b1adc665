/**
 * Layer 6. Keys, sealing at rest, tokens: the only owner of secrets. Servers only.
 *
 * @module
 */
export * from "./scram.ts";
export * from "./sha256.ts";
