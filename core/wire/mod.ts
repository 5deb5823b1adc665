/**
 * Layer 5. Everything that crosses HTTP as JSON, as zod schemas; the only versioned types for clients.
 *
 * @module
 */

export * from "./api_key_api.ts";
export * from "./audit_api.ts";
export * from "./consent_api.ts";
export * from "./delimited_text.ts";
export * from "./device_api.ts";
export * from "./ingest_api.ts";
export * from "./media_types.ts";
export * from "./moments.ts";
export * from "./passkey_api.ts";
export * from "./people_api.ts";
export * from "./proof_api.ts";
export * from "./query_api.ts";
export * from "./research_api.ts";
export * from "./sign_in_api.ts";
export * from "./sign_in_requests.ts";
export * from "./viewing_api.ts";
export * from "./trends_api.ts";
