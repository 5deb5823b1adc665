/**
 * Layer 5. Problems: the error vocabulary of the HTTP interface (RFC 9457).
 *
 * @module
 */

export * from "./catalogue.ts";
export * from "./problem.ts";
