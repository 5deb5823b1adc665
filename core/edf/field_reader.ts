/**
 * Layer 4. One header field at a time: bytes to text or number, and what was odd about it.
 *
 * @module
 */

import { CorruptInputError } from "../error.ts";
import {
  type Diagnostic,
  diagnostic,
  type DiagnosticCode,
  type DiagnosticPlace,
} from "./diagnostics.ts";
import { decodeText, latin1, parseInteger, withoutPadding } from "./text.ts";

/** Where a field stands, resolved for one signal if it belongs to one. */
export interface FieldPlace {
  readonly name: string;
  readonly offset: number;
  readonly width: number;
  readonly signalIndex?: number;
}

/** Reads fields out of header bytes and keeps what it noticed. */
export class FieldReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #bytes: Uint8Array;

  /** @param bytes The header from the start of the file; must cover every field asked for. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Text as written, without the padding at its end. */
  text(place: FieldPlace): string {
    const { text, encoding, hasControl } = decodeText(withoutPadding(this.#slice(place)));
    if (encoding !== "ascii") this.note("header-not-ascii", place, `${place.name} is ${encoding}`);
    if (hasControl) {
      this.note("header-control-character", place, `${place.name} holds a control character`);
    }
    return text;
  }

  /** Text of a number: padding at both ends taken off, and noted when it is not blanks on the right. */
  numberText(place: FieldPlace): string {
    const raw = latin1(this.#slice(place));
    const trimmed = raw.replaceAll("\0", " ").trim();
    if (trimmed !== "" && raw.trimEnd() !== trimmed) {
      this.note("field-padding", place, `${place.name} is padded with NUL or on the left`);
    }
    return trimmed;
  }

  /** Undefined when the field does not hold an integer. */
  integer(place: FieldPlace): number | undefined {
    return parseInteger(this.numberText(place));
  }

  /**
   * An integer without which the file cannot be read.
   *
   * @throws {CorruptInputError} The field does not hold an integer from `min` up.
   */
  requiredInteger(place: FieldPlace, min: number): number {
    const value = this.integer(place);
    if (value === undefined) throw fieldError(place, "not an integer");
    if (value < min) throw fieldError(place, `${value} is below ${min}`);
    return value;
  }

  note(code: DiagnosticCode, place: FieldPlace, detail: string): void {
    this.diagnostics.push(diagnostic(code, detail, diagnosticPlace(place)));
  }

  #slice(place: FieldPlace): Uint8Array {
    return this.#bytes.subarray(place.offset, place.offset + place.width);
  }
}

/** The refusal for a header field; says where and why, never what the bytes spell. */
export function fieldError(place: FieldPlace, state: string): CorruptInputError {
  const signal = place.signalIndex === undefined ? "" : ` of signal ${place.signalIndex}`;
  return new CorruptInputError(
    `Cannot read EDF header field ${place.name}${signal} at offset ${place.offset}: ${state}`,
    { field: place.name, offset: place.offset },
  );
}

/** The place of a field as a diagnostic carries it. */
export function diagnosticPlace(place: FieldPlace): DiagnosticPlace {
  const { name: field, offset, signalIndex } = place;
  return signalIndex === undefined ? { field, offset } : { field, offset, signalIndex };
}
