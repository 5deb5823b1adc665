/**
 * Layer 2. Signed notes: a text and the lines that sign it.
 *
 * Sole owner of their form. What is parsed here is claimed and not yet believed; {@link openNote} decides.
 *
 * @see https://c2sp.org/signed-note, "Format"
 * @module
 */

import { assert } from "../assert.ts";
import { concatBytes } from "../bytes/mod.ts";
import { CorruptInputError, LimitExceededError } from "../error.ts";
import { formatBase64, parseBase64 } from "./base64.ts";

/** Most bytes of a note that is read. The specification wants a limit; Go's package has this one. */
export const NOTE_BYTES_MAX = 1_000_000;
/** Most signatures; the specification wants at least 16, and Go's package takes 100. */
export const NOTE_SIGNATURES_MAX = 100;

/** A signature as its line says. */
export interface NoteSignature {
  /** Of the key: not empty, without spaces and plus signs. */
  readonly name: string;
  /** A u32: which of the name's keys. An identifier, not a digest. */
  readonly keyId: number;
  /** What follows the key id: 64 bytes for Ed25519, 72 for a cosignature, others for other types. */
  readonly signature: Uint8Array;
}

/** A text and its signatures, none of them checked. */
export interface Note {
  /** With its last newline: the text that is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const SEPARATOR = "\n\n";
const SIGNATURE_LINE = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/u;
/** Control characters of ASCII; a newline is allowed. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x09\x0b-\x1f]/;
/** Unicode's White_Space property, and the plus that parts a verifier key. */
const NOT_IN_NAME = /[\p{White_Space}+]/u;

/** Tells whether a text may be the name of a key. */
export function isKeyName(name: string): boolean {
  return name !== "" && name.isWellFormed() && !NOT_IN_NAME.test(name) && !CONTROL.test(name);
}

/**
 * The bytes of a note.
 *
 * @param note The text ends with a newline, and there is a signature.
 */
export function formatNote(note: Note): Uint8Array<ArrayBuffer> {
  assert(
    isNoteText(note.text),
    "the text of a note ends with a newline and has no control characters",
  );
  assert(note.signatures.length > 0, "a note has a signature");
  return new TextEncoder().encode(
    note.text + "\n" + note.signatures.map(formatSignatureLine).join(""),
  );
}

/** One line of a note, newline included. */
export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  assert(isKeyName(name), "a key has a name without spaces and plus signs");
  return `— ${name} ${formatBase64(concatBytes(keyIdBytes(keyId), signature))}\n`;
}

/**
 * Reads a note, and believes nothing of it.
 *
 * @throws {LimitExceededError} More than {@link NOTE_BYTES_MAX} bytes or {@link NOTE_SIGNATURES_MAX}
 * signatures.
 * @throws {CorruptInputError} Not UTF-8, a control character, no signature, or a line that is none.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { formatNote, parseNote } from "@wavekeep/core/log";
 *
 * const signatures = [{ name: "example.com/log", keyId: 7, signature: new Uint8Array(64) }];
 * const note = parseNote(formatNote({ text: "one\n\ntwo\n", signatures }));
 * strictEqual(note.text, "one\n\ntwo\n");
 * strictEqual(note.signatures[0]?.keyId, 7);
 * ```
 */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.byteLength > NOTE_BYTES_MAX) {
    throw new LimitExceededError(
      `Cannot read note: ${bytes.byteLength} bytes are more than ${NOTE_BYTES_MAX}`,
      { limit: NOTE_BYTES_MAX, actual: bytes.byteLength },
    );
  }
  const whole = decodeUtf8(bytes);
  if (CONTROL.test(whole)) throw malformedNote("a control character");
  const separator = whole.lastIndexOf(SEPARATOR);
  if (separator < 0) throw malformedNote("no empty line before the signatures");
  const lines = whole.slice(separator + SEPARATOR.length);
  if (lines === "" || !lines.endsWith("\n")) {
    throw malformedNote("no whole signature line at the end");
  }
  const signatureLines = lines.slice(0, -1).split("\n");
  if (signatureLines.length > NOTE_SIGNATURES_MAX) {
    throw new LimitExceededError(
      `Cannot read note: ${signatureLines.length} signatures are more than ${NOTE_SIGNATURES_MAX}`,
      { limit: NOTE_SIGNATURES_MAX, actual: signatureLines.length },
    );
  }
  return {
    text: whole.slice(0, separator + 1),
    signatures: signatureLines.map(parseSignatureLine),
  };
}

/**
 * Reads one signature line, without its newline.
 *
 * @throws {CorruptInputError} It is none.
 */
export function parseSignatureLine(line: string): NoteSignature {
  const [, name = "", text = ""] = SIGNATURE_LINE.exec(line) ?? [];
  if (!isKeyName(name)) throw malformedNote("a line that is no signature");
  const bytes = parseBase64(text, "note signature");
  if (bytes.byteLength < 5) throw malformedNote("a signature without bytes");
  const keyId = new DataView(bytes.buffer).getUint32(0);
  return { name, keyId, signature: bytes.subarray(4) };
}

/** A key id as its four bytes, big-endian. */
export function keyIdBytes(keyId: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, keyId);
  return bytes;
}

/** Tells whether a text can be signed. */
export function isNoteText(text: string): boolean {
  return text.endsWith("\n") && !CONTROL.test(text) && text.isWellFormed();
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CorruptInputError("Cannot read note: not well-formed UTF-8", {
      cause,
      field: "note",
    });
  }
}

function malformedNote(found: string): CorruptInputError {
  return new CorruptInputError(`Cannot read note: it has ${found}`, { field: "note" });
}
