/**
 * Layer 1. Checksums against accidents; the type of the digest against everything else.
 *
 * @module
 */

export * from "./crc32c.ts";
export * from "./sha256.ts";
