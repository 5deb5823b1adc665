/**
 * Layer 1. The hash that core is given.
 *
 * Core never chooses an implementation: servers pass `node:crypto`, the browser's worker passes
 * `@noble/hashes`, so codecs and digests stay synchronous and run anywhere.
 *
 * @module
 */

/** SHA-256 of a run of bytes: 32 fresh bytes. Must not keep or change its argument. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;
