/**
 * Layer 6. What every service is made of: configuration, log, HTTP, database. Servers only.
 *
 * @module
 */
export * from "./durability.ts";
export * from "./embedded_postgres.ts";
export * from "./json_log.ts";
export * from "./postgres.ts";
export * from "./schema_version.ts";
