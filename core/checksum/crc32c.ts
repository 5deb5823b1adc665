/**
 * Layer 1. CRC-32C (Castagnoli) over stored bytes, against accidents.
 *
 * Sole owner of the polynomial. Set in stone: stored chunks carry its values. Reflected polynomial
 * 0x82f63b78, initial value and final exclusive-or 0xffffffff (RFC 3720 appendix B.4). It detects every
 * damaged run of up to 32 bits; it promises nothing against an adversary, the digest does.
 *
 * Eight bytes a step from eight tables; the one-table form stands beside it as the definition.
 *
 * @module
 */

const POLYNOMIAL = 0x82f63b78;

/** `TABLES[256 * n + b]`: the effect of byte `b` followed by `n` zero bytes. */
const TABLES = makeTables();

/**
 * The checksum of `bytes`.
 *
 * @param seed The checksum of what came before, so a long input may be fed in parts.
 * @returns A u32.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { crc32c } from "@wavekeep/core/checksum";
 *
 * const text = new TextEncoder().encode("123456789");
 * strictEqual(crc32c(text), 0xe3069283);
 * strictEqual(crc32c(text.subarray(4), crc32c(text.subarray(0, 4))), 0xe3069283);
 * ```
 */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  const table = TABLES;
  let crc = ~seed;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    const low = crc ^
      (bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24);
    crc = table[1792 + (low & 0xff)]! ^ table[1536 + (low >>> 8 & 0xff)]! ^
      table[1280 + (low >>> 16 & 0xff)]! ^ table[1024 + (low >>> 24)]! ^
      table[768 + bytes[i + 4]!]! ^ table[512 + bytes[i + 5]!]! ^
      table[256 + bytes[i + 6]!]! ^ table[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The definition, a byte at a time; tests compare the fast form with it. */
export function crc32cByteByByte(bytes: Uint8Array, seed = 0): number {
  let crc = ~seed;
  for (const byte of bytes) crc = TABLES[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = tables[before & 0xff]! ^ (before >>> 8);
  }
  return tables;
}
