/**
 * Layer 1. Bytes as lower-case hexadecimal text.
 *
 * Sole owner of this spelling; ids and digests in JSON, URLs and messages all go through it.
 *
 * @module
 */

import { CorruptInputError } from "../error.ts";

const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, value) => value.toString(16).padStart(2, "0"),
);

/**
 * @returns Two lower-case digits a byte.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { formatHex, parseHex } from "@wavekeep/core/bytes";
 *
 * strictEqual(formatHex(Uint8Array.of(0, 255)), "00ff");
 * deepStrictEqual(parseHex("00ff"), Uint8Array.of(0, 255));
 * ```
 */
export function formatHex(bytes: Uint8Array): string {
  return toHex === undefined ? formatByPairs(bytes) : toHex.call(bytes);
}

/** The engine's own; older browsers have none. It makes one text instead of one for every byte. */
const toHex = (Uint8Array.prototype as { toHex?: (this: Uint8Array) => string }).toHex;

/** The same without the engine's help. */
export function formatByPairs(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += PAIRS[byte];
  return text;
}

/**
 * Reads hexadecimal text, upper or lower case.
 *
 * @param byteLength Refuses any other length when given.
 * @throws {CorruptInputError} A character is no hexadecimal digit, or the length is wrong.
 */
export function parseHex(text: string, byteLength?: number): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) {
    throw new CorruptInputError(
      `Cannot read hexadecimal text of ${text.length} characters: not pairs of hexadecimal digits`,
    );
  }
  if (byteLength !== undefined && text.length !== byteLength * 2) {
    throw new CorruptInputError(
      `Cannot read hexadecimal text: ${text.length} characters, ${byteLength * 2} wanted`,
    );
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
