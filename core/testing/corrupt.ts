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

/** Numbers that counters, lengths and shifts break at. */
const AWKWARD_U32: readonly number[] = [
  0,
  1,
  0xffff,
  0x10000,
  0x7fffffff,
  0x80000000,
  0xfffffffe,
  0xffffffff,
];

/** The array damaged in one of many ways: edited, flipped, cut, overwritten, or moved by a bit. */
export function damage(bytes: Uint8Array, random: Prng): Uint8Array<ArrayBuffer> {
  const damaged = new Uint8Array(bytes);
  const anyBit = () => random.below(8 * Math.max(1, bytes.byteLength));
  switch (bytes.byteLength === 0 ? 0 : random.below(10)) {
    case 0:
      return random.bytes(random.below(2 * bytes.byteLength + 16));
    case 1:
    case 2:
      return flipBits(bytes, [anyBit()]);
    case 3:
      return flipBits(bytes, [anyBit(), anyBit(), anyBit()]);
    case 4:
      return damaged.slice(0, random.below(bytes.byteLength));
    case 5: {
      const at = random.below(bytes.byteLength);
      const value = random.pick(AWKWARD_U32);
      for (let i = 0; i < 4 && at + i < damaged.length; i++) damaged[at + i] = value >>> (8 * i);
      return damaged;
    }
    case 6: {
      const at = random.below(bytes.byteLength);
      return damaged.fill(random.pick([0, 0xff, 0x55]), at, at + 1 + random.below(16));
    }
    case 7:
      return shiftedByABit(bytes, random);
    default:
      return mutate(bytes, random);
  }
}

/** From a random bit on, everything a bit later or earlier: what a lost bit does to a string of bits. */
function shiftedByABit(bytes: Uint8Array, random: Prng): Uint8Array<ArrayBuffer> {
  const start = random.below(8 * bytes.byteLength);
  const step = random.pick([-1, 1]);
  const bitAt = (bit: number) => ((bytes[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1;
  const shifted = new Uint8Array(bytes);
  for (let bit = start; bit < 8 * bytes.byteLength; bit++) {
    const mask = 0x80 >>> (bit & 7);
    const value = bitAt(bit - step);
    shifted[bit >>> 3] = value === 1 ? shifted[bit >>> 3]! | mask : shifted[bit >>> 3]! & ~mask;
  }
  return shifted;
}
