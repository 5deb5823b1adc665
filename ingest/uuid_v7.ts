/**
 * UUIDs of version 7: 48 bits of milliseconds, then randomness.
 *
 * Recordings get theirs from the server's clock, never a device's, because it decides the partition.
 *
 * @see RFC 9562 section 5.7
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";

/**
 * A UUIDv7 as PostgreSQL prints it.
 *
 * @param unixMs Milliseconds since 1970.
 * @param random 10 random bytes.
 */
export function uuidV7(unixMs: bigint, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, unixMs << 16n);
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return uuidText(bytes);
}

/** A random UUID (version 4). */
export function uuidV4(random: Uint8Array): string {
  const bytes = random.slice(0, 16);
  bytes[6] = 0x40 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return uuidText(bytes);
}

function uuidText(bytes: Uint8Array): string {
  const hex = formatHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    .join("-");
}
