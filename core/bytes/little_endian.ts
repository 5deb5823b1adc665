/**
 * Layer 1. Typed arrays to and from their little-endian bytes.
 *
 * Sole owner of the processor's byte order. Copies bits, never numbers: a NaN keeps its payload and a
 * zero its sign, which reading a float and writing it again does not promise.
 *
 * @module
 */

import { assert } from "../assert.ts";

const PLATFORM_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The arrays that samples live in. */
export type NumericArray = Int32Array | Float32Array | Float64Array;

/** Every array whose bytes are written somewhere. */
export type LittleEndianArray = NumericArray | Int16Array | Uint16Array | Uint32Array;

/**
 * The little-endian bytes of an array.
 *
 * @returns A view on the array's own memory where the processor is little-endian (all that matter), a
 * copy elsewhere; so do not write through it.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { littleEndianBytes } from "@wavekeep/core/bytes";
 *
 * deepStrictEqual(littleEndianBytes(Int32Array.of(-2)), Uint8Array.of(0xfe, 0xff, 0xff, 0xff));
 * ```
 */
export function littleEndianBytes(values: LittleEndianArray): Uint8Array {
  const own = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return PLATFORM_IS_LITTLE_ENDIAN ? own : reverseElements(own.slice(), values.BYTES_PER_ELEMENT);
}

/** Fills `target` with the elements whose little-endian bytes are `bytes`. */
export function fillFromLittleEndian(target: LittleEndianArray, bytes: Uint8Array): void {
  assert(
    bytes.byteLength === target.byteLength,
    `${bytes.byteLength} bytes fill ${target.byteLength}`,
  );
  const own = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  own.set(bytes);
  if (!PLATFORM_IS_LITTLE_ENDIAN) reverseElements(own, target.BYTES_PER_ELEMENT);
}

function reverseElements(bytes: Uint8Array, elementBytes: number): Uint8Array {
  for (let start = 0; start < bytes.byteLength; start += elementBytes) {
    bytes.subarray(start, start + elementBytes).reverse();
  }
  return bytes;
}
