/**
 * Layer 1. The hash that core is given.
 *
 * Core never chooses an implementation: servers pass `node:crypto`, the browser's worker passes
 * `@noble/hashes`, so codecs and digests stay synchronous and run anywhere.
 *
 * @module
 */

/**
 * SHA-256 of a run of bytes: 32 bytes. Must not keep or change its argument.
 *
 * @param into 32 bytes that the digest may be written to, instead of fresh ones: an array of its own costs
 * as much as hashing a block or two. An implementation is free to ignore it, so it is the result that counts.
 */
export type Sha256 = (bytes: Uint8Array, into?: Uint8Array<ArrayBuffer>) => Uint8Array;

/** The digest where it is wanted, whatever the implementation makes of that. */
export function sha256Into(
  sha256: Sha256,
  bytes: Uint8Array,
  into: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const digest = sha256(bytes, into);
  if (digest !== into) into.set(digest);
  return into;
}
