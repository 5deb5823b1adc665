/**
 * Layer 2. Base64 of RFC 4648 section 4, in its one canonical spelling.
 *
 * A decoder that forgives (missing padding, bits after the end, line breaks) gives one signature many
 * texts; this one takes exactly what it would write.
 *
 * @module
 */

import { CorruptInputError } from "../error.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));

/** Bytes as base64 with padding. */
export function formatBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.byteLength; i += 3) {
    const four = bytes[i]! << 16 | (bytes[i + 1] ?? 0) << 8 | (bytes[i + 2] ?? 0);
    text += ALPHABET[four >>> 18]! + ALPHABET[four >>> 12 & 63]! +
      (i + 1 < bytes.byteLength ? ALPHABET[four >>> 6 & 63]! : "=") +
      (i + 2 < bytes.byteLength ? ALPHABET[four & 63]! : "=");
  }
  return text;
}

/**
 * Reads base64.
 *
 * @param field What it is, for the error.
 * @throws {CorruptInputError} Another character, padding that is missing or too much, or bits after the
 * last byte.
 */
export function parseBase64(text: string, field: string): Uint8Array<ArrayBuffer> {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digitCount = text.length - padding;
  if (text.length % 4 !== 0) throw malformed(field, text.length);
  const bytes = new Uint8Array(text.length / 4 * 3 - padding);
  let bits = 0, bitCount = 0, at = 0;
  for (let i = 0; i < digitCount; i++) {
    const value = VALUES.get(text[i]!);
    if (value === undefined) throw malformed(field, text.length);
    bits = (bits << 6 | value) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[at++] = bits >>> bitCount;
  }
  if ((bits & (1 << bitCount) - 1) !== 0) throw malformed(field, text.length);
  return bytes;
}

function malformed(field: string, length: number): CorruptInputError {
  return new CorruptInputError(
    `Cannot read ${field}: ${length} characters are not canonical base64`,
    { field },
  );
}
