/**
 * Layer 4. Everything that can be odd about a file that is still readable: one total table.
 *
 * Sole owner of the codes and of what ingest does about each. A code has one disposition:
 * `note` (the meaning is certain, the file is unusual), `repair` (something was left out or one of two
 * statements was preferred; all samples stay as written) or `refuse` (a value is readable, but believing
 * it would be inventing; strict mode throws, tolerant mode lists it). What is not in this table is a
 * typed error. Hazard: details go to logs and problem documents; they hold numbers and field names,
 * never a character of the file.
 *
 * @module
 */

import { CorruptInputError } from "../error.ts";

export type Disposition = "note" | "repair" | "refuse";

/** Every code, its disposition and its meaning. */
export const DIAGNOSTICS = {
  // The fixed header.
  "header-not-ascii": {
    disposition: "note",
    meaning: "A text field holds bytes above 126; read as UTF-8, or else as ISO 8859-1.",
  },
  "header-control-character": {
    disposition: "note",
    meaning: "A text field holds NUL, CR, LF or another control character; kept as written.",
  },
  "field-padding": {
    disposition: "note",
    meaning: "A number is padded with NUL or stands right-justified; read without the padding.",
  },
  "start-date-pivot-overridden": {
    disposition: "note",
    meaning: "The Startdate field of EDF+ says another century than the 1985-2084 pivot.",
  },
  "start-dates-disagree": {
    disposition: "note",
    meaning: "Startdate field and header date name different days; the Startdate field stands.",
  },
  "start-date-unreadable": {
    disposition: "note",
    meaning:
      "The start date is not dd.mm.yy, or names a day that does not exist; the start is unknown.",
  },
  "start-time-unreadable": {
    disposition: "note",
    meaning:
      "The start time is not hh.mm.ss, or names a time that does not exist; the start is unknown.",
  },
  "start-date-placeholder": {
    disposition: "note",
    meaning: "Startdate X with 01.01.85 00.00.00: EDF+'s way to say unknown; no start is given.",
  },
  "header-bytes-disagree": {
    disposition: "refuse",
    meaning:
      "Number of bytes in header record is not 256 x (signals + 1); the signal table decides.",
  },
  "header-bytes-unreadable": {
    disposition: "refuse",
    meaning: "Number of bytes in header record is not an integer; the signal table decides.",
  },
  "record-count-unreadable": {
    disposition: "refuse",
    meaning: "Number of data records is not an integer of -1 or more; the file size decides.",
  },
  "record-count-unknown": {
    disposition: "note",
    meaning: "Number of data records is -1 (recording in progress); the file size decides.",
  },
  "reserved-format-disagrees": {
    disposition: "note",
    meaning:
      "The reserved field of a BDF file says EDF+, or the other way round; the version decides.",
  },
  "no-signals": { disposition: "note", meaning: "The file declares no signal." },
  "record-duration-zero": {
    disposition: "refuse",
    meaning:
      "The record duration is 0 although ordinary signals have samples; no rate can be told.",
  },
  "annotations-only": {
    disposition: "note",
    meaning: "No ordinary signal has samples; the file gives marks and no stream.",
  },
  // The size.
  "no-records": { disposition: "note", meaning: "The file has no data record." },
  "fewer-records-than-header": {
    disposition: "repair",
    meaning: "The file ends at a whole record before the declared count; the file size decides.",
  },
  "more-records-than-header": {
    disposition: "repair",
    meaning: "Whole records follow the declared count; the file size decides.",
  },
  "trailing-bytes": {
    disposition: "repair",
    meaning: "Blanks, NULs or line ends follow the last record; left out of the samples.",
  },
  "partial-last-record": {
    disposition: "repair",
    meaning: "A recording in progress ends inside a record; the partial record is left out.",
  },
  "size-not-whole-records": {
    disposition: "refuse",
    meaning: "Header and size disagree by less than a whole record; the samples may be shifted.",
  },
  // The signals.
  "label-not-unique": {
    disposition: "note",
    meaning: "Another signal has the same label; channels are addressed by position.",
  },
  "label-empty": { disposition: "note", meaning: "The label is blank." },
  "label-digit-zero": {
    disposition: "note",
    meaning: "An electrode is written with the digit 0 for the letter O; the label is kept.",
  },
  "unit-unknown": {
    disposition: "note",
    meaning: "The physical dimension is blank or not one we know; kept as written.",
  },
  "physical-range-unreadable": {
    disposition: "note",
    meaning: "Physical minimum or maximum is not a finite decimal number; no physical values.",
  },
  "physical-range-degenerate": {
    disposition: "note",
    meaning: "Physical minimum and maximum are equal; no physical values.",
  },
  "physical-range-inverted": {
    disposition: "note",
    meaning: "Physical minimum exceeds maximum: negative gain, as EDF allows.",
  },
  "digital-range-unreadable": {
    disposition: "note",
    meaning: "Digital minimum or maximum is not an integer; no physical values.",
  },
  "digital-range-degenerate": {
    disposition: "note",
    meaning: "Digital minimum and maximum are equal; no physical values.",
  },
  "digital-range-inverted": {
    disposition: "note",
    meaning: "Digital minimum exceeds maximum, which EDF forbids; taken by its arithmetic.",
  },
  "digital-range-beyond-converter": {
    disposition: "note",
    meaning: "The digital range is wider than 16 bits (EDF) or 24 bits (BDF) can hold.",
  },
  "scale-not-finite": {
    disposition: "note",
    meaning: "Gain or offset leave the range of a binary64; no physical values.",
  },
  "no-samples-in-record": {
    disposition: "note",
    meaning: "A signal has no sample in a record; it is listed and belongs to no stream.",
  },
  // Annotations and record onsets.
  "annotation-signal-in-plain-file": {
    disposition: "note",
    meaning:
      "A signal is labelled as annotations although the file is not EDF+; read as annotations.",
  },
  "plus-without-annotations": {
    disposition: "note",
    meaning:
      "The file says EDF+C or BDF+C but has no annotation signal; records follow each other.",
  },
  "discontinuous-without-onsets": {
    disposition: "refuse",
    meaning: "The file says EDF+D or BDF+D but has no annotation signal; no record can be placed.",
  },
  "record-onset-missing": {
    disposition: "repair",
    meaning: "A record has no timekeeping entry; placed right after the record before.",
  },
  "record-onset-missing-in-discontinuous": {
    disposition: "refuse",
    meaning: "A record of a discontinuous file has no timekeeping entry and cannot be placed.",
  },
  "record-onset-backwards": {
    disposition: "refuse",
    meaning: "A record begins before the record in front of it ends.",
  },
  "gap-in-continuous-file": {
    disposition: "note",
    meaning: "The file says it is continuous, its timekeeping entries have a gap; the gap is kept.",
  },
  "gap-missing-in-discontinuous-file": {
    disposition: "note",
    meaning: "The file says it is discontinuous, its records follow each other without a gap.",
  },
  "annotation-unreadable": {
    disposition: "repair",
    meaning: "An annotation list has no readable onset and is left out.",
  },
  "annotation-duration-unreadable": {
    disposition: "repair",
    meaning: "A duration is not an unsigned decimal number; its text is kept, its value unknown.",
  },
  "annotation-onset-unsigned": {
    disposition: "note",
    meaning: "An onset lacks its plus or minus sign; read as plus.",
  },
  "annotation-unterminated": {
    disposition: "repair",
    meaning: "An annotation list runs to the end of its record without its terminator; text kept.",
  },
  "annotation-text-not-utf8": {
    disposition: "note",
    meaning: "An annotation text is not UTF-8; read as ISO 8859-1, byte for byte.",
  },
  "annotation-empty": {
    disposition: "note",
    meaning:
      "An annotation without text and without duration is not a timekeeping entry; left out.",
  },
  "biosemi-break": {
    disposition: "note",
    meaning:
      "Bit 16 of the BioSemi Status channel rises inside the file: a break of unknown length.",
  },
} as const satisfies Record<string, { disposition: Disposition; meaning: string }>;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/** One finding about a readable file. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly disposition: Disposition;
  /** What was found, with numbers; safe to log. */
  readonly detail: string;
  /** As {@link HEADER_FIELDS} and {@link SIGNAL_FIELDS} name it. */
  readonly field?: string;
  /** Bytes from the start of the file. */
  readonly offset?: number;
  /** Signal in file order, annotation signals counted. */
  readonly signalIndex?: number;
  readonly recordIndex?: number;
}

/** Where a finding is, as far as known. */
export type DiagnosticPlace = Omit<Diagnostic, "code" | "disposition" | "detail">;

/** Builds a diagnostic; the disposition comes from the table. */
export function diagnostic(
  code: DiagnosticCode,
  detail: string,
  place: DiagnosticPlace = {},
): Diagnostic {
  return { code, disposition: DIAGNOSTICS[code].disposition, detail, ...place };
}

/** The findings for which ingest refuses the file. */
export function refusals(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter((found) => found.disposition === "refuse");
}

/**
 * Strict mode: turns the first refusing finding into an error.
 *
 * @throws {CorruptInputError} `field` is the header field, or the diagnostic's code where no field is
 * to blame; `offset` is where it stands, when it stands anywhere.
 */
export function throwIfRefused(diagnostics: readonly Diagnostic[]): void {
  const [first] = refusals(diagnostics);
  if (first !== undefined) throw refusalError(first);
}

/** The error for one refusing finding; its message carries the code. */
export function refusalError(found: Diagnostic): CorruptInputError {
  return new CorruptInputError(`Cannot accept EDF file: ${found.detail} (${found.code})`, {
    field: found.field ?? found.code,
    ...(found.offset === undefined ? {} : { offset: found.offset }),
  });
}

/**
 * Collects findings, one for each code and place; memory is bounded by the number of codes and
 * signals, however long the file is.
 */
export class DiagnosticLog {
  readonly #found = new Map<string, Diagnostic>();
  readonly #list: Diagnostic[] = [];

  /** The first finding of every code, field and signal, in the order they were met. */
  get list(): readonly Diagnostic[] {
    return this.#list;
  }

  add(found: Diagnostic): void {
    const key = `${found.code}/${found.field ?? ""}/${found.signalIndex ?? ""}`;
    if (this.#found.has(key)) return;
    this.#found.set(key, found);
    this.#list.push(found);
  }

  addAll(found: readonly Diagnostic[]): void {
    for (const each of found) this.add(each);
  }
}
