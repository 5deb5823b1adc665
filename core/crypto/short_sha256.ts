/**
 * Layer 6. SHA-256 of short inputs, in this thread and without an object of the runtime.
 *
 * A chunk has eight digests of two to four blocks: of its context, its place, its leaf. Each call of
 * `node:crypto` makes an object of the runtime and a Buffer, which somebody has to clear away: 3.8 µs of
 * processor in all, where this takes 1.6 to 2.7 (core/decisions/0025). For what is longer `node:crypto`
 * is faster, which has the processor's own instructions.
 *
 * @see FIPS 180-4 sections 4.1.2, 5.1.1, 5.3.3 and 6.2.2
 * @module
 */

/** Up to here this is the faster way. */
export const SHORT_BYTES_MAX = 256;

const BLOCK_BYTES = 64;
/** What padding adds at least: one bit in a byte, and the length. */
const PADDING_BYTES = 9;

/** Fractional parts of the cube roots of the first 64 primes. */
const ROUNDS = fractions(64, Math.cbrt);
/** The same of the square roots of the first eight. */
const START = fractions(8, Math.sqrt);

const words = new Int32Array(64);
const state = new Int32Array(8);
/** The input with its padding. */
const padded = new Uint8Array(
  Math.ceil((SHORT_BYTES_MAX + PADDING_BYTES) / BLOCK_BYTES) * BLOCK_BYTES,
);

/** SHA-256 of up to {@link SHORT_BYTES_MAX} bytes: 32 fresh bytes. */
export function shortSha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { byteLength } = bytes;
  const paddedBytes = (byteLength + PADDING_BYTES + BLOCK_BYTES - 1) & -BLOCK_BYTES;
  // Loops, not calls: of so few bytes a call of the runtime costs more than what it does.
  for (let i = 0; i < byteLength; i++) padded[i] = bytes[i]!;
  for (let i = byteLength + 1; i < paddedBytes; i++) padded[i] = 0;
  padded[byteLength] = 0x80;
  // At most 2,048 bits.
  padded[paddedBytes - 2] = byteLength >>> 5;
  padded[paddedBytes - 1] = byteLength << 3;
  for (let i = 0; i < 8; i++) state[i] = START[i]!;
  for (let at = 0; at < paddedBytes; at += BLOCK_BYTES) addBlock(at);
  const digest = new Uint8Array(32);
  for (let i = 0; i < 8; i++) {
    const word = state[i]!;
    digest[4 * i] = word >>> 24;
    digest[4 * i + 1] = word >>> 16;
    digest[4 * i + 2] = word >>> 8;
    digest[4 * i + 3] = word;
  }
  return digest;
}

/** The letters are those of the standard. */
function addBlock(start: number): void {
  for (let i = 0, at = start; i < 16; i++, at += 4) {
    words[i] = padded[at]! << 24 | padded[at + 1]! << 16 | padded[at + 2]! << 8 | padded[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15]!;
    const y = words[i - 2]!;
    const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
    const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
    words[i] = words[i - 16]! + words[i - 7]! + s0 + s1 | 0;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const S1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const t1 = h + S1 + (e & f ^ ~e & g) + ROUNDS[i]! + words[i]! | 0;
    const S0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const t2 = S0 + (a & b ^ a & c ^ b & c) | 0;
    h = g;
    g = f;
    f = e;
    e = d + t1 | 0;
    d = c;
    c = b;
    b = a;
    a = t1 + t2 | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
  state[5] = state[5]! + f;
  state[6] = state[6]! + g;
  state[7] = state[7]! + h;
}

/** The first 32 bits behind the point of the roots of the first primes. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const found = new Int32Array(count);
  for (let n = 0, candidate = 2; n < count; candidate++) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
    if (divisor * divisor <= candidate) continue;
    const value = root(candidate);
    found[n++] = Math.floor((value - Math.floor(value)) * 2 ** 32);
  }
  return found;
}
