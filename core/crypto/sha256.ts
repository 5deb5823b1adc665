/**
 * Layer 6. SHA-256 for the services, by `node:crypto`.
 *
 * Core takes its hash as a parameter so that codecs run in a browser; this is what servers pass. Five
 * times as fast as WebCrypto at the size of a chunk, and synchronous. Short inputs take a way of their own.
 *
 * @module
 */
import { createHmac, hash } from "node:crypto";
import type { Sha256 } from "../checksum/mod.ts";
import { SHORT_BYTES_MAX, shortSha256 } from "./short_sha256.ts";

/**
 * SHA-256 of a run of bytes: 32 fresh bytes, or `into`.
 *
 * By way of hexadecimal text: bytes that the runtime makes are memory of its own, which outlives them until
 * the heap is marked, and take longer.
 */
export const nodeSha256: Sha256 = (bytes, into = new Uint8Array(32)) => {
  if (bytes.byteLength <= SHORT_BYTES_MAX) return shortSha256(bytes, into);
  into.setFromHex(hash("sha256", bytes, "hex"));
  return into;
};

/**
 * HMAC-SHA-256: a digest that nobody without the key can recompute, so that a short text cannot be
 * guessed from it. Used for `content_digest` columns.
 */
export function keyedDigest(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(bytes).digest());
}
