/**
 * Layer 4. Bytes of a file to text, and header text to integers.
 *
 * Sole owner of the decoding rule: UTF-8 when it is well-formed, otherwise ISO 8859-1 byte for byte
 * (not Windows-1252, which is what the platform's "latin1" means). Text is kept as written. Hazard: it
 * may hold control characters and patient identity; it never goes into a message or a log.
 *
 * @module
 */

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes turned into one string at a time; keeps the argument list of `fromCharCode` short. */
const SLICE_BYTES = 4096;

export interface DecodedText {
  readonly text: string;
  /** How the bytes above 126 were read; `ascii` when there are none. */
  readonly encoding: "ascii" | "utf-8" | "latin-1";
  /** A byte below 32 or DEL is among them. */
  readonly hasControl: boolean;
}

/** Decodes a run of bytes; never fails. */
export function decodeText(bytes: Uint8Array): DecodedText {
  let isAscii = true;
  let hasControl = false;
  for (const byte of bytes) {
    if (byte > 126) isAscii = byte === 127 && isAscii;
    if (byte < 32 || byte === 127) hasControl = true;
  }
  if (isAscii) return { text: latin1(bytes), encoding: "ascii", hasControl };
  try {
    return { text: UTF8.decode(bytes), encoding: "utf-8", hasControl };
  } catch {
    return { text: latin1(bytes), encoding: "latin-1", hasControl };
  }
}

/** ISO 8859-1: every byte is the code point of the same number. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + SLICE_BYTES));
  }
  return text;
}

/** The bytes without the blanks and NULs at their end. */
export function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0)) end--;
  return bytes.subarray(0, end);
}

/**
 * A decimal integer: optional sign and digits, nothing else. `Number("")` is 0 and `parseInt("12x")`
 * is 12; here both are undefined.
 *
 * @returns Undefined also beyond 2^53. Minus zero comes back as 0.
 */
export function parseInteger(text: string): number | undefined {
  const start = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
  if (start === text.length) return undefined;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return undefined;
  }
  const value = Number(text);
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}
