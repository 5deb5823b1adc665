/**
 * CBOR as authenticators write it: enough for an attestation object and a public key. For tests.
 *
 * @see RFC 8949, section 4.2.1 (core deterministic encoding)
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";

export type CborValue =
  | number
  | string
  | Uint8Array
  | ReadonlyMap<number | string, CborValue>;

/** The bytes of a value; maps keep the order of their entries. */
export function encodeCbor(value: CborValue): Uint8Array {
  if (typeof value === "number") {
    return value >= 0 ? head(0, value) : head(1, -1 - value);
  }
  if (value instanceof Uint8Array) return concatBytes(head(2, value.byteLength), value);
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    return concatBytes(head(3, text.byteLength), text);
  }
  const parts = [...value].flatMap(([key, each]) => [encodeCbor(key), encodeCbor(each)]);
  return concatBytes(head(5, value.size), ...parts);
}

function head(major: number, value: number): Uint8Array {
  const type = major << 5;
  if (value < 24) return Uint8Array.of(type | value);
  if (value < 256) return Uint8Array.of(type | 24, value);
  return Uint8Array.of(type | 25, value >> 8, value & 255);
}
