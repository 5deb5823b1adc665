/**
 * Layer 4. Every field of the EDF and BDF header: name, where it is, how wide, what it holds.
 *
 * Sole owner of header offsets; reader and writer both walk these tables. A name here is the name an
 * error or a diagnostic uses for the field. Widths are bytes of ASCII, padded with blanks on the right.
 *
 * @see EDF specification, "detailed digital format": https://www.edfplus.info/specs/edf.html
 * @see BDF, the 24-bit variant: https://www.biosemi.com/faq/file_format.htm
 * @module
 */

import { assert } from "../assert.ts";

/** Bytes of the fixed part, and of the part that each signal adds. */
export const HEADER_BYTES = 256;

/** The fixed part of the header, in file order. */
export const HEADER_FIELDS = {
  version: { name: "version", offset: 0, width: 8 },
  patientId: { name: "local patient identification", offset: 8, width: 80 },
  recordingId: { name: "local recording identification", offset: 88, width: 80 },
  startDate: { name: "startdate of recording", offset: 168, width: 8 },
  startTime: { name: "starttime of recording", offset: 176, width: 8 },
  headerBytes: { name: "number of bytes in header record", offset: 184, width: 8 },
  reserved: { name: "reserved", offset: 192, width: 44 },
  recordCount: { name: "number of data records", offset: 236, width: 8 },
  recordDuration: { name: "duration of a data record", offset: 244, width: 8 },
  signalCount: { name: "number of signals", offset: 252, width: 4 },
} as const satisfies Record<string, HeaderField>;

/**
 * The fields of the signals. The file holds each field for all signals, then the next field for all;
 * `before` is the sum of the widths in front, to be multiplied by the number of signals.
 */
export const SIGNAL_FIELDS = {
  label: { name: "label", before: 0, width: 16 },
  transducer: { name: "transducer type", before: 16, width: 80 },
  unit: { name: "physical dimension", before: 96, width: 8 },
  physicalMin: { name: "physical minimum", before: 104, width: 8 },
  physicalMax: { name: "physical maximum", before: 112, width: 8 },
  digitalMin: { name: "digital minimum", before: 120, width: 8 },
  digitalMax: { name: "digital maximum", before: 128, width: 8 },
  prefilter: { name: "prefiltering", before: 136, width: 80 },
  samplesPerRecord: { name: "nr of samples in each data record", before: 216, width: 8 },
  reserved: { name: "reserved of signal", before: 224, width: 32 },
} as const satisfies Record<string, SignalField>;

export interface HeaderField {
  /** As the specification names it. */
  readonly name: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly width: number;
}

export interface SignalField {
  readonly name: string;
  /** Widths of the fields in front, for one signal. */
  readonly before: number;
  readonly width: number;
}

/** Where a signal's field begins, in bytes from the start of the file. */
export function signalFieldOffset(
  field: SignalField,
  signalIndex: number,
  signalCount: number,
): number {
  return HEADER_BYTES + field.before * signalCount + field.width * signalIndex;
}

/** Bytes of the whole header of a file with so many signals. */
export function headerByteLength(signalCount: number): number {
  return HEADER_BYTES * (signalCount + 1);
}

let end = 0;
for (const field of Object.values(HEADER_FIELDS)) {
  assert(field.offset === end, `${field.name} begins at ${field.offset}, not ${end}`);
  end += field.width;
}
assert(end === HEADER_BYTES, `the fixed header has ${end} bytes`);
end = 0;
for (const field of Object.values(SIGNAL_FIELDS)) {
  assert(field.before === end, `${field.name} stands after ${field.before} bytes, not ${end}`);
  end += field.width;
}
assert(end === HEADER_BYTES, `a signal header has ${end} bytes`);
