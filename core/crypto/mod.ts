/**
 * Layer 6. Keys, sealing at rest, tokens: the only owner of secrets. Servers only.
 *
 * @module
 */
export * from "./api_key.ts";
export * from "./api_key_verifier.ts";
export * from "./device_token.ts";
export * from "./ed25519.ts";
export * from "./key_store.ts";
export * from "./leaf.ts";
export * from "./message_signature.ts";
export * from "./places.ts";
export * from "./scram.ts";
export * from "./seal.ts";
export * from "./sha256.ts";
export * from "./source_key.ts";
export * from "./structured_fields.ts";
export * from "./token.ts";
export * from "./token_issuer.ts";
export * from "./token_keys.ts";
