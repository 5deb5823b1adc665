/**
 * Layer 6. SHA-256 of short inputs, in this thread and without an object of the runtime.
 *
 * A chunk has seven digests of two to four blocks: of its context, its place, its leaf. Each call of
 * `node:crypto` makes an object of the runtime and a Buffer, which somebody has to clear away: 3.8 µs of
 * processor in all, where this takes a third (core/decisions/0036). For what is longer `node:crypto`
 * is faster, which has the processor's own instructions.
 *
 * @see FIPS 180-4 section 5.1.1
 * @module
 */

import { DIGEST_AT, sha256Module } from "./sha256_module.ts";

/** Up to here this is the faster way. */
export const SHORT_BYTES_MAX = 256;

const BLOCK_BYTES = 64;
/** What padding adds at least: one bit in a byte, and the length. */
const PADDING_BYTES = 9;

const { memory, digest } = sha256Module();
/** The module's memory never grows, so this view stays good. */
const bytes = new Uint8Array(memory.buffer as ArrayBuffer);

/**
 * SHA-256 of up to {@link SHORT_BYTES_MAX} bytes.
 *
 * @param into Where the digest goes. Default: 32 fresh bytes, which take longer than a block does.
 */
export function shortSha256(
  input: Uint8Array,
  into: Uint8Array<ArrayBuffer> = new Uint8Array(32),
): Uint8Array<ArrayBuffer> {
  const { byteLength } = input;
  const paddedBytes = (byteLength + PADDING_BYTES + BLOCK_BYTES - 1) & -BLOCK_BYTES;
  bytes.set(input);
  bytes[byteLength] = 0x80;
  for (let at = byteLength + 1; at < paddedBytes - 2; at++) bytes[at] = 0;
  // The length in bits, big-endian: at most 2,048 bits.
  bytes[paddedBytes - 2] = byteLength >>> 5;
  bytes[paddedBytes - 1] = byteLength << 3;
  digest(paddedBytes / BLOCK_BYTES);
  for (let i = 0; i < 32; i++) into[i] = bytes[DIGEST_AT + i]!;
  return into;
}
