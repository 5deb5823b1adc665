/**
 * Testing. Damage to bytes: cut, flipped, overwritten.
 *
 * Every function returns a fresh array and leaves its input whole.
 *
 * @module
 */

import type { Prng } from "./prng.ts";

/** Every proper prefix, from the empty one up. */
export function* properPrefixes(bytes: Uint8Array): Iterable<Uint8Array<ArrayBuffer>> {
  for (let length = 0; length < bytes.byteLength; length++) {
    yield new Uint8Array(bytes.subarray(0, length));
  }
}

/** Every array with one bit flipped, with the index of the bit. */
export function* singleBitFlips(
  bytes: Uint8Array,
): Iterable<{ bit: number; damaged: Uint8Array<ArrayBuffer> }> {
  for (let bit = 0; bit < 8 * bytes.byteLength; bit++) {
    yield { bit, damaged: flipBits(bytes, [bit]) };
  }
}

/** The array with these bits flipped; bit 0 is the lowest of byte 0. */
export function flipBits(bytes: Uint8Array, bits: Iterable<number>): Uint8Array<ArrayBuffer> {
  const damaged = new Uint8Array(bytes);
  for (const bit of bits) damaged[bit >>> 3] = damaged[bit >>> 3]! ^ (1 << (bit & 7));
  return damaged;
}

/** The array with a run of bits overwritten at random, at least its two ends truly changed. */
export function damagedRun(
  bytes: Uint8Array,
  random: Prng,
  run: { startBit: number; bitLength: number },
): Uint8Array<ArrayBuffer> {
  const bits: number[] = [];
  for (let i = 0; i < run.bitLength; i++) {
    const isEnd = i === 0 || i === run.bitLength - 1;
    if (isEnd || random.below(2) === 1) bits.push(run.startBit + i);
  }
  return flipBits(bytes, bits);
}

/** The array with 1 to 8 random edits: overwrite, insert, remove or repeat a piece. */
export function mutate(bytes: Uint8Array, random: Prng): Uint8Array<ArrayBuffer> {
  let damaged: number[] = [...bytes];
  for (let edits = 1 + random.below(8); edits > 0; edits--) {
    const at = random.below(damaged.length + 1);
    const length = 1 + random.below(8);
    const piece = random.below(2) === 0
      ? [...random.bytes(length)]
      : damaged.slice(random.below(damaged.length + 1)).slice(0, length);
    const removed = random.pick([0, length, piece.length]);
    damaged = [...damaged.slice(0, at), ...piece, ...damaged.slice(at + removed)];
    if (random.below(8) === 0) damaged = damaged.slice(0, random.below(damaged.length + 1));
  }
  return Uint8Array.from(damaged);
}
