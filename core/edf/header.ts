/**
 * Layer 4. The first 256 bytes of an EDF or BDF file.
 *
 * Sole owner of which header fields a file cannot be read without: version, number of signals and
 * record duration. Every other field that does not hold what it should is a finding beside the value.
 * Hazard: the identification fields name the patient; they are sealed or dropped, never logged.
 *
 * @see https://www.edfplus.info/specs/edf.html and https://www.edfplus.info/specs/edfplus.html 2.1
 * @module
 */

import { isCoreError, TruncatedInputError } from "../error.ts";
import { type CivilTime, type ExactSeconds, exactSeconds, parseSeconds } from "../time/mod.ts";
import { civilStart } from "./civil_start.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { fieldError, FieldReader } from "./field_reader.ts";
import { HEADER_BYTES, HEADER_FIELDS, headerByteLength } from "./field_table.ts";
import { latin1, parseInteger } from "./text.ts";

/** What the file is, by its version and its reserved field. */
export type EdfFormat = "EDF" | "EDF+C" | "EDF+D" | "BDF" | "BDF+C" | "BDF+D";

export interface EdfHeader {
  readonly format: EdfFormat;
  /** Width of a sample in the file. */
  readonly bytesPerSample: 2 | 3;
  /** As written, padding taken off. Identifies the patient. */
  readonly patientId: string;
  /** As written, padding taken off. May identify the patient. */
  readonly recordingId: string;
  /** Local civil time, whole seconds, no zone; null when the fields do not name a time. */
  readonly start: CivilTime | null;
  /** The reserved field as written. */
  readonly reserved: string;
  /** Bytes of the header by the number of signals. */
  readonly headerByteLength: number;
  /** As the header says it; -1 while recording; null when it is not a count. */
  readonly recordCountDeclared: number | null;
  /** Seconds, exact, 0 or more. */
  readonly recordDuration: ExactSeconds;
  /** All signals, annotation signals included. */
  readonly signalCount: number;
}

const GIT_LFS = "version https://git-lfs.github.com/spec/";

/** Largest power of ten in a record duration with an exponent; bounds the arithmetic. */
const EXPONENT_MAX = 12;

/**
 * Reads the fixed part of a header.
 *
 * @param bytes The first 256 bytes of the file, or all of it when it is shorter.
 * @returns The header, and what was odd about it.
 *
 * @throws {CorruptInputError} Not EDF or BDF, or a field without which nothing can be read.
 * @throws {TruncatedInputError} Fewer than 256 bytes.
 */
export function parseHeader(
  bytes: Uint8Array,
): { header: EdfHeader; diagnostics: Diagnostic[] } {
  const family = fileFamily(bytes);
  if (bytes.length < HEADER_BYTES) {
    throw new TruncatedInputError(
      `Cannot read EDF header: needs ${HEADER_BYTES} bytes, file has ${bytes.length}`,
      { offset: 0, neededBytes: HEADER_BYTES, availableBytes: bytes.length },
    );
  }
  const reader = new FieldReader(bytes);
  const signalCount = reader.requiredInteger(HEADER_FIELDS.signalCount, 0);
  const recordDuration = readDuration(reader);
  const recordingId = reader.text(HEADER_FIELDS.recordingId);
  const reserved = reader.text(HEADER_FIELDS.reserved);
  const header: EdfHeader = {
    format: readFormat(reader, family, reserved),
    bytesPerSample: family === "BDF" ? 3 : 2,
    patientId: reader.text(HEADER_FIELDS.patientId),
    recordingId,
    start: readStart(reader, recordingId),
    reserved,
    headerByteLength: readHeaderBytes(reader, signalCount),
    recordCountDeclared: readRecordCount(reader),
    recordDuration,
    signalCount,
  };
  return { header, diagnostics: reader.diagnostics };
}

/** EDF begins with "0", BDF with byte 255 and "BIOSEMI". */
function fileFamily(bytes: Uint8Array): "EDF" | "BDF" {
  const place = HEADER_FIELDS.version;
  const version = latin1(bytes.subarray(place.offset, place.offset + place.width));
  if (version === "\xffBIOSEMI") return "BDF";
  if (version.length === place.width && version.replaceAll("\0", " ").trimEnd() === "0") {
    return "EDF";
  }
  if (latin1(bytes.subarray(0, GIT_LFS.length)) === GIT_LFS) {
    throw fieldError(place, "file is a Git LFS pointer, not the recording it points to");
  }
  if (bytes.length < place.width) {
    throw new TruncatedInputError(
      `Cannot read EDF header: needs ${HEADER_BYTES} bytes, file has ${bytes.length}`,
      { offset: 0, neededBytes: HEADER_BYTES, availableBytes: bytes.length },
    );
  }
  throw fieldError(place, "neither EDF nor BDF");
}

function readFormat(reader: FieldReader, family: "EDF" | "BDF", reserved: string): EdfFormat {
  const mark = reserved.slice(0, 5);
  if (!["EDF+C", "EDF+D", "BDF+C", "BDF+D"].includes(mark)) return family;
  if (!mark.startsWith(family)) {
    reader.note(
      "reserved-format-disagrees",
      HEADER_FIELDS.reserved,
      `version is ${family}, reserved field begins with ${mark}`,
    );
  }
  return `${family}+${mark.endsWith("D") ? "D" : "C"}`;
}

function readStart(reader: FieldReader, recordingId: string): CivilTime | null {
  const { start, findings } = civilStart({
    date: reader.numberText(HEADER_FIELDS.startDate),
    time: reader.numberText(HEADER_FIELDS.startTime),
    recordingId,
  });
  for (const { code, field } of findings) {
    const place = field === "date" ? HEADER_FIELDS.startDate : HEADER_FIELDS.startTime;
    reader.note(code, place, `${place.name}: start ${start === null ? "unknown" : "known"}`);
  }
  return start;
}

function readHeaderBytes(reader: FieldReader, signalCount: number): number {
  const place = HEADER_FIELDS.headerBytes;
  const expected = headerByteLength(signalCount);
  const declared = reader.integer(place);
  if (declared === undefined) {
    reader.note("header-bytes-unreadable", place, `${place.name} is not an integer`);
  } else if (declared !== expected) {
    reader.note(
      "header-bytes-disagree",
      place,
      `${place.name} is ${declared}, ${signalCount} signals need ${expected}`,
    );
  }
  return expected;
}

function readRecordCount(reader: FieldReader): number | null {
  const place = HEADER_FIELDS.recordCount;
  const declared = reader.integer(place);
  if (declared === undefined || declared < -1) {
    reader.note("record-count-unreadable", place, `${place.name} is not a count`);
    return null;
  }
  if (declared === -1) reader.note("record-count-unknown", place, `${place.name} is -1`);
  return declared;
}

/** Decimal text, with an exponent at most; there is no rate without it, so it is never guessed. */
function readDuration(reader: FieldReader): ExactSeconds {
  const place = HEADER_FIELDS.recordDuration;
  const [mantissa = "", exponentText, ...rest] = reader.numberText(place).split(/[eE]/);
  const exponent = exponentText === undefined ? 0 : parseInteger(exponentText);
  if (exponent === undefined || rest.length > 0) throw fieldError(place, "not a decimal number");
  if (Math.abs(exponent) > EXPONENT_MAX) {
    throw fieldError(place, `exponent ${exponent} is beyond ${EXPONENT_MAX}`);
  }
  let duration: ExactSeconds;
  try {
    duration = parseSeconds(mantissa);
  } catch (err) {
    if (isCoreError(err)) throw fieldError(place, "not a decimal number");
    throw err;
  }
  const power = 10n ** BigInt(Math.abs(exponent));
  if (exponent > 0) duration = exactSeconds(duration.numerator * power, duration.denominator);
  if (exponent < 0) duration = exactSeconds(duration.numerator, duration.denominator * power);
  if (duration.numerator < 0n) throw fieldError(place, "below 0");
  return duration;
}
