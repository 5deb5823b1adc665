/**
 * Layer 4. Time-stamped annotation lists: the bytes of an annotation signal in one data record.
 *
 * Sole owner of the TAL grammar. `onset [0x15 duration] 0x14 text 0x14 … 0x14 0x00`; unused bytes are 0.
 * The first list of a record keeps time: its first text is empty. One pass over the bytes; text is kept
 * as written, also when it looks like an onset (Nihon Kohden writes such). Hazard: onsets count from the
 * start in the header, not from the first sample.
 *
 * @see EDF+ specification 2.2
 * @module
 */

import { isCoreError } from "../error.ts";
import { type ExactSeconds, parseSeconds } from "../time/mod.ts";
import { type Diagnostic, diagnostic, type DiagnosticCode } from "./diagnostics.ts";
import { decodeText, latin1 } from "./text.ts";

/** A mark of the file. */
export interface EdfAnnotation {
  /** Seconds from the start in the header; may be negative, may lie outside the samples. */
  readonly onset: ExactSeconds;
  /** As written, sign included. */
  readonly onsetText: string;
  /** Null when the file gives none, or none that is a number; zero is a duration. */
  readonly duration: ExactSeconds | null;
  /** As written; empty when absent. */
  readonly durationText: string;
  /** As written. May identify the patient; may hold control characters. */
  readonly text: string;
  /** The record that carries it, which need not be the one it marks. */
  readonly recordIndex: number;
}

export interface AnnotationList {
  /** Onset of the record, where this signal keeps time. */
  readonly recordOnset: ExactSeconds | null;
  readonly annotations: EdfAnnotation[];
  /** At most one finding for each code. */
  readonly diagnostics: Diagnostic[];
}

/** Where the bytes stand. */
export interface AnnotationPlace {
  readonly recordIndex: number;
  readonly signalIndex: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** The first annotation signal of a record keeps time. */
  readonly keepsTime: boolean;
}

const TEXT_END = 0x14;
const DURATION_MARK = 0x15;
const PLUS = 0x2b;
const MINUS = 0x2d;

/**
 * Reads all lists of one annotation signal in one record.
 *
 * @returns Never fails: what cannot be read is a finding with its offset.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { parseAnnotationSignal } from "@wavekeep/core/edf";
 *
 * const bytes = new TextEncoder().encode("+20\x14\x14\0+10\x1590\x14Seizure\x14\0\0\0");
 * const place = { recordIndex: 10, signalIndex: 23, offset: 0, keepsTime: true };
 * const { annotations } = parseAnnotationSignal(bytes, place);
 * strictEqual(annotations[0]?.text, "Seizure");
 * ```
 */
export function parseAnnotationSignal(bytes: Uint8Array, place: AnnotationPlace): AnnotationList {
  const annotations: EdfAnnotation[] = [];
  const notes = new Notes(place);
  let recordOnset: ExactSeconds | null = null;
  let isFirstList = place.keepsTime;
  for (let start = 0; start < bytes.length;) {
    if (bytes[start] === 0) {
      start++;
      continue;
    }
    const zero = bytes.indexOf(0, start);
    const end = zero === -1 ? bytes.length : zero;
    const list = parseList(bytes.subarray(start, end), { at: start, notes });
    if (list !== undefined) {
      const { texts, ...stamp } = list;
      if (isFirstList && texts[0] === "") {
        recordOnset = stamp.onset;
        texts.shift();
      }
      for (const text of texts) {
        if (text === "" && stamp.durationText === "") {
          notes.add("annotation-empty", start, "an annotation has neither text nor duration");
        } else {
          annotations.push({ ...stamp, text, recordIndex: place.recordIndex });
        }
      }
    }
    isFirstList = false;
    start = end;
  }
  return { recordOnset, annotations, diagnostics: notes.list };
}

type Stamp = Pick<EdfAnnotation, "onset" | "onsetText" | "duration" | "durationText">;

/** One list without its closing zero; undefined when it has no readable onset. */
function parseList(
  list: Uint8Array,
  context: { at: number; notes: Notes },
): (Stamp & { texts: string[] }) | undefined {
  const { at, notes } = context;
  const stampEnd = list.indexOf(TEXT_END);
  const stamp = stampEnd === -1 ? undefined : parseStamp(list.subarray(0, stampEnd), context);
  if (stamp === undefined) {
    notes.add("annotation-unreadable", at, "an annotation list has no readable onset");
    return undefined;
  }
  const texts: string[] = [];
  for (let start = stampEnd + 1; start < list.length;) {
    const found = list.indexOf(TEXT_END, start);
    const end = found === -1 ? list.length : found;
    if (found === -1) notes.add("annotation-unterminated", at + start, "a text has no end mark");
    const { text, encoding } = decodeText(list.subarray(start, end));
    if (encoding === "latin-1") {
      notes.add("annotation-text-not-utf8", at + start, "a text is not UTF-8");
    }
    texts.push(text);
    start = end + 1;
  }
  return { ...stamp, texts };
}

function parseStamp(
  stamp: Uint8Array,
  context: { at: number; notes: Notes },
): Stamp | undefined {
  const { at, notes } = context;
  const mark = stamp.indexOf(DURATION_MARK);
  const onsetText = latin1(mark === -1 ? stamp : stamp.subarray(0, mark));
  const durationText = mark === -1 ? "" : latin1(stamp.subarray(mark + 1));
  const onset = secondsOrNull(onsetText);
  if (onset === null) return undefined;
  if (stamp[0] !== PLUS && stamp[0] !== MINUS) {
    notes.add("annotation-onset-unsigned", at, "an onset has no sign");
  }
  const duration = isUnsignedText(durationText) ? secondsOrNull(durationText) : null;
  if (mark !== -1 && duration === null) {
    notes.add("annotation-duration-unreadable", at + mark + 1, "a duration is no decimal number");
  }
  return { onset, onsetText, duration, durationText };
}

function isUnsignedText(text: string): boolean {
  return text !== "" && text[0] !== "+" && text[0] !== "-";
}

function secondsOrNull(text: string): ExactSeconds | null {
  try {
    return parseSeconds(text);
  } catch (err) {
    if (isCoreError(err)) return null;
    throw err;
  }
}

/** Findings of one signal in one record: the first of each code, so that damage cannot flood memory. */
class Notes {
  readonly list: Diagnostic[] = [];
  readonly #codes = new Set<DiagnosticCode>();
  readonly #place: AnnotationPlace;

  constructor(place: AnnotationPlace) {
    this.#place = place;
  }

  add(code: DiagnosticCode, at: number, detail: string): void {
    if (this.#codes.has(code)) return;
    this.#codes.add(code);
    const { recordIndex, signalIndex, offset } = this.#place;
    const full = `${detail} in record ${recordIndex} at offset ${offset + at}`;
    this.list.push(
      diagnostic(code, full, { recordIndex, signalIndex, offset: offset + at }),
    );
  }
}
