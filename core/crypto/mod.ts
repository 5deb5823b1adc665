/**
 * Layer 6. Keys, sealing at rest, tokens: the only owner of secrets. Servers only.
 *
 * @module
 */
export * from "./device_token.ts";
export * from "./ed25519.ts";
export * from "./key_store.ts";
export * from "./leaf.ts";
export * from "./places.ts";
export * from "./scram.ts";
export * from "./seal.ts";
export * from "./sha256.ts";
export * from "./source_key.ts";
export * from "./token.ts";
