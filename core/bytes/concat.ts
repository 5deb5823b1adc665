/**
 * Layer 1. Joining and comparing runs of bytes.
 *
 * Hazard: {@link equalBytes} stops at the first difference, so it is for identity, not for secrets.
 *
 * @module
 */

/**
 * Copies the parts one after the other into a fresh array.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { concatBytes } from "@wavekeep/core/bytes";
 *
 * deepStrictEqual(concatBytes(Uint8Array.of(1), Uint8Array.of(2, 3)), Uint8Array.of(1, 2, 3));
 * ```
 */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let byteLength = 0;
  for (const part of parts) byteLength += part.byteLength;
  const whole = new Uint8Array(byteLength);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** Tells whether two runs have the same length and the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let i = 0; i < a.byteLength; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** Tells whether every byte is zero: the format's way of saying "none". */
export function isZeros(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.byteLength; i++) {
    if (bytes[i] !== 0) return false;
  }
  return true;
}

/** ASCII text as bytes; domain labels such as `wavekeep/chunk/v1\0` are written with it. */
export function asciiBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
