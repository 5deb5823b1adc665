/**
 * Testing. Seeded randomness: the same seed gives the same numbers in every runtime, for ever.
 *
 * Golden files and simulations are replayed from a seed, so the sequence is set in stone. It is
 * xoshiro128** (Blackman and Vigna), seeded by splitmix32; not for secrets.
 *
 * @module
 */

/** A stream of numbers that its seed decides. */
export interface Prng {
  /** A u32. */
  u32(): number;
  /** An integer, 0 ≤ n < `end`; `end` is 1 to 2^32. */
  below(end: number): number;
  /** A number, 0 ≤ x < 1, in steps of 2^-32. */
  real(): number;
  /** Mean 0, deviation 1, nearly Gaussian: a sum of twelve uniforms, so no logarithm is involved. */
  gaussian(): number;
  bytes(byteLength: number): Uint8Array<ArrayBuffer>;
  pick<Value>(values: readonly Value[]): Value;
}

/**
 * @param seed A u32.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { prng } from "@wavekeep/core/testing";
 *
 * strictEqual(prng(7).u32(), prng(7).u32());
 * ```
 */
export function prng(seed: number): Prng {
  let mixed = seed | 0;
  const splitmix = () => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed ^ (mixed >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = splitmix(), b = splitmix(), c = splitmix(), d = splitmix();
  const u32 = () => {
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const real = () => u32() / 0x100000000;
  const below = (end: number) => Math.floor(real() * end);
  return {
    u32,
    below,
    real,
    gaussian() {
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += real();
      return sum;
    },
    bytes: (byteLength) => Uint8Array.from({ length: byteLength }, () => u32() & 0xff),
    pick: (values) => values[below(values.length)]!,
  };
}
