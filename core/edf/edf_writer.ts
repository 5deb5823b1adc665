/**
 * Layer 4. EDF, EDF+C, EDF+D and their 24-bit forms, written record by record.
 *
 * Sole owner of what a written file says. Integers go out as they are, calibration texts as they were
 * given; what eight or sixteen characters cannot hold is altered and listed in the plan, never in
 * silence. Memory is one record and the annotations. Hazard: a continuous format refuses records with a
 * gap, since its readers would close it.
 *
 * @see https://www.edfplus.info/specs/edfplus.html 2.1 and 2.2
 * @module
 */

import { assert } from "../assert.ts";
import { InvalidSelectionError, LimitExceededError, UnsupportedError } from "../error.ts";
import type { Calibration } from "../recording/mod.ts";
import {
  addSeconds,
  type CivilTime,
  type ExactSeconds,
  formatSeconds,
  rateFromRecord,
  type SampleRate,
} from "../time/mod.ts";
import { encodeSamples } from "./data_record.ts";
import { fitDecimal } from "./decimal_field.ts";
import {
  HEADER_FIELDS,
  headerByteLength,
  type HeaderField,
  SIGNAL_FIELDS,
  signalFieldOffset,
} from "./field_table.ts";
import type { EdfFormat } from "./header.ts";
import { fastestRate, judgeOnset } from "./runs.ts";

/** An ordinary signal to be written. */
export interface EdfWriteSignal {
  readonly label: string;
  readonly unit: string;
  readonly calibration: Calibration;
  readonly samplesPerRecord: number;
  readonly transducer?: string;
  readonly prefilter?: string;
}

export interface EdfWriteAnnotation {
  /** Seconds from `start`. */
  readonly onset: ExactSeconds;
  /** Null for none; zero is written. */
  readonly duration: ExactSeconds | null;
  readonly text: string;
  /** Label of the one channel that is marked; written as `text@@label`. */
  readonly channelLabel?: string;
}

export interface EdfWriteSpec {
  readonly format: EdfFormat;
  /** Up to 80 characters; EDF+ wants four subfields, such as `X X X X`. */
  readonly patientId: string;
  /** Up to 80 characters; EDF+ wants {@link edfPlusRecordingId}. */
  readonly recordingId: string;
  /** Whole seconds; the fraction belongs into the first record's onset. Null: unknown. */
  readonly start: CivilTime | null;
  /** Must have a decimal form of at most eight characters. 0 for annotations alone. */
  readonly recordDuration: ExactSeconds;
  readonly recordCount: number;
  readonly signals: readonly EdfWriteSignal[];
  /** Wants a plus format. Carried by whatever record has room, in this order. */
  readonly annotations?: readonly EdfWriteAnnotation[];
}

export interface EdfWriteRecord {
  /** Seconds from `start` to the first sample. */
  readonly onset: ExactSeconds;
  /** In the order of the signals, shape (samplesPerRecord,) each. */
  readonly samples: readonly Int32Array[];
}

/** A field that could not be written as given. */
export interface EdfFieldFit {
  readonly field: string;
  readonly signalIndex?: number;
  /** Of a number; undefined for a text that was cut or spelled in ASCII. */
  readonly relativeError?: number;
}

/** What {@link writeEdf} will write, known before the first record. */
export interface EdfWritePlan {
  readonly headerBytes: Uint8Array;
  readonly recordByteLength: number;
  readonly fileByteLength: number;
  /** Bytes of the annotation signal in a record; 0 in plain formats. */
  readonly annotationByteLength: number;
  /** Alterations; belongs into an export's manifest. */
  readonly fits: readonly EdfFieldFit[];
}

/** Sign, seven digits, point, twelve digits, two text ends and a zero. */
const TIMEKEEPING_BYTES = 24;

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");

/**
 * Lays out a file.
 *
 * @throws {UnsupportedError} The record duration has no decimal form of eight characters.
 * @throws {InvalidSelectionError} A start with a fraction, or annotations that nothing can carry.
 * @throws {CorruptInputError} A calibration text is not a number.
 */
export function planEdf(spec: EdfWriteSpec): EdfWritePlan {
  const bytesPerSample = widthOf(spec);
  const isPlus = spec.format.includes("+");
  const lists = (spec.annotations ?? []).map(encodeAnnotation);
  if (lists.length > 0 && (!isPlus || spec.recordCount === 0)) {
    throw new InvalidSelectionError(
      `Cannot write ${lists.length} annotations: ${spec.format} with ${spec.recordCount} records ` +
        `cannot carry them`,
    );
  }
  const capacity = isPlus ? annotationCapacity(lists, spec.recordCount, bytesPerSample) : 0;
  const header = new HeaderWriter(spec.signals.length + (isPlus ? 1 : 0));
  writeFixedFields(header, spec);
  spec.signals.forEach((signal, index) => writeSignalFields(header, signal, index));
  if (isPlus) writeAnnotationFields(header, spec, capacity / bytesPerSample);
  const sampleCount = spec.signals.reduce((sum, signal) => sum + signal.samplesPerRecord, 0);
  const recordByteLength = sampleCount * bytesPerSample + capacity;
  return {
    headerBytes: header.bytes,
    recordByteLength,
    fileByteLength: header.bytes.length + spec.recordCount * recordByteLength,
    annotationByteLength: capacity,
    fits: header.fits,
  };
}

/**
 * Writes a file: the header, then one array for each record.
 *
 * @throws {InvalidSelectionError} Another number of records than planned, or a gap in a continuous
 * format; also what {@link planEdf} throws.
 * @throws {LimitExceededError} A sample is wider than the format.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { bytesByteSource, openEdf, writeEdf } from "@wavekeep/core/edf";
 * import { concatBytes } from "@wavekeep/core/bytes";
 * import { exactSeconds } from "@wavekeep/core/time";
 *
 * const calibration = { digitalMin: -2048, digitalMax: 2047, physicalMin: "-800", physicalMax: "800" };
 * const parts: Uint8Array[] = [];
 * for await (
 *   const part of writeEdf({
 *     format: "EDF+C",
 *     patientId: "X X X X",
 *     recordingId: "Startdate X X X X",
 *     start: null,
 *     recordDuration: exactSeconds(1),
 *     recordCount: 1,
 *     signals: [{ label: "FP1-F7", unit: "uV", calibration, samplesPerRecord: 4 }],
 *   }, [{ onset: exactSeconds(0), samples: [Int32Array.of(130, 135, 127, 119)] }])
 * ) parts.push(part);
 * const file = await openEdf(bytesByteSource(concatBytes(...parts)));
 * strictEqual(file.signals[0]?.label, "FP1-F7");
 * ```
 */
export async function* writeEdf(
  spec: EdfWriteSpec,
  records: AsyncIterable<EdfWriteRecord> | Iterable<EdfWriteRecord>,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  const plan = planEdf(spec);
  const pending = (spec.annotations ?? []).map(encodeAnnotation).reverse();
  const continuity = new Continuity(spec);
  yield plan.headerBytes.slice();
  let recordIndex = 0;
  for await (const record of records) {
    if (recordIndex === spec.recordCount) {
      throw new InvalidSelectionError(
        `Cannot write EDF data record ${recordIndex}: header says ${spec.recordCount} records`,
      );
    }
    continuity.check(recordIndex, record.onset);
    const bytes = new Uint8Array(plan.recordByteLength);
    const offset = writeSamples(spec, record, { recordIndex, bytes });
    if (plan.annotationByteLength > 0) {
      writeLists(bytes.subarray(offset), { recordIndex, onset: record.onset, pending });
    }
    yield bytes;
    recordIndex++;
  }
  if (recordIndex < spec.recordCount) {
    throw new InvalidSelectionError(
      `Cannot finish EDF file: header says ${spec.recordCount} records, ${recordIndex} came`,
    );
  }
  assert(pending.length === 0, `${pending.length} annotations had no room`);
}

/**
 * The local recording identification of EDF+: `Startdate dd-MMM-yyyy` and three subfields.
 *
 * @param rest Administration code, technician and equipment; blanks inside a subfield are underscores.
 */
export function edfPlusRecordingId(start: CivilTime | null, rest = "X X X"): string {
  if (start === null) return `Startdate X ${rest}`;
  const day = `${two(start.day)}-${MONTHS[start.month - 1]}-${String(start.year).padStart(4, "0")}`;
  return `Startdate ${day} ${rest}`;
}

function widthOf(spec: EdfWriteSpec): 2 | 3 {
  return spec.format.startsWith("BDF") ? 3 : 2;
}

function writeFixedFields(header: HeaderWriter, spec: EdfWriteSpec): void {
  const isBdf = spec.format.startsWith("BDF");
  if (isBdf) header.raw(HEADER_FIELDS.version, "\xffBIOSEMI");
  else header.text(HEADER_FIELDS.version, "0");
  header.text(HEADER_FIELDS.patientId, spec.patientId);
  header.text(HEADER_FIELDS.recordingId, spec.recordingId);
  const { date, time } = startTexts(spec.start);
  header.text(HEADER_FIELDS.startDate, date);
  header.text(HEADER_FIELDS.startTime, time);
  header.text(HEADER_FIELDS.headerBytes, String(header.bytes.length));
  const reserved = spec.format === "EDF" ? "" : spec.format === "BDF" ? "24BIT" : spec.format;
  header.text(HEADER_FIELDS.reserved, reserved);
  header.exact(HEADER_FIELDS.recordCount, String(spec.recordCount));
  header.exact(HEADER_FIELDS.recordDuration, formatSeconds(spec.recordDuration));
  header.exact(HEADER_FIELDS.signalCount, String(header.signalCount));
}

/** `dd.mm.yy`, with the letters `yy` outside 1985-2084; an unknown start is EDF's 1 January 1985. */
function startTexts(start: CivilTime | null): { date: string; time: string } {
  if (start === null) return { date: "01.01.85", time: "00.00.00" };
  if (start.fraction.numerator !== 0n) {
    throw new InvalidSelectionError(
      "Cannot write EDF start: has a fraction of a second, which belongs into the first onset",
    );
  }
  const isInPivot = 1985 <= start.year && start.year <= 2084;
  const year = isInPivot ? two(start.year % 100) : "yy";
  return {
    date: `${two(start.day)}.${two(start.month)}.${year}`,
    time: `${two(start.hour)}.${two(start.minute)}.${two(start.second)}`,
  };
}

function writeSignalFields(header: HeaderWriter, signal: EdfWriteSignal, index: number): void {
  const { calibration } = signal;
  header.text(header.of("label", index), signal.label);
  header.text(header.of("transducer", index), signal.transducer ?? "");
  header.text(header.of("unit", index), signal.unit);
  header.decimal(header.of("physicalMin", index), calibration.physicalMin);
  header.decimal(header.of("physicalMax", index), calibration.physicalMax);
  header.exact(header.of("digitalMin", index), String(calibration.digitalMin));
  header.exact(header.of("digitalMax", index), String(calibration.digitalMax));
  header.text(header.of("prefilter", index), signal.prefilter ?? "");
  header.exact(header.of("samplesPerRecord", index), String(signal.samplesPerRecord));
}

function writeAnnotationFields(header: HeaderWriter, spec: EdfWriteSpec, samples: number): void {
  const index = spec.signals.length;
  const isBdf = spec.format.startsWith("BDF");
  const rail = isBdf ? 2 ** 23 : 2 ** 15;
  header.text(header.of("label", index), isBdf ? "BDF Annotations" : "EDF Annotations");
  header.exact(header.of("physicalMin", index), "-1");
  header.exact(header.of("physicalMax", index), "1");
  header.exact(header.of("digitalMin", index), String(-rail));
  header.exact(header.of("digitalMax", index), String(rail - 1));
  header.exact(header.of("samplesPerRecord", index), String(samples));
}

/** Fills the header with blanks and then with fields. */
class HeaderWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly fits: EdfFieldFit[] = [];
  readonly signalCount: number;

  constructor(signalCount: number) {
    this.signalCount = signalCount;
    this.bytes = new Uint8Array(headerByteLength(signalCount)).fill(0x20);
  }

  of(key: keyof typeof SIGNAL_FIELDS, signalIndex: number): HeaderField & { signalIndex: number } {
    const field = SIGNAL_FIELDS[key];
    return {
      name: field.name,
      width: field.width,
      offset: signalFieldOffset(field, signalIndex, this.signalCount),
      signalIndex,
    };
  }

  /** Free text: spelled in ASCII and cut to the width; either is listed. */
  text(field: HeaderField & { signalIndex?: number }, given: string): void {
    const written = edfText(given, field.width);
    if (written !== given) this.#list(field, {});
    this.raw(field, written);
  }

  /** A number that may be shortened, with its error listed. */
  decimal(field: HeaderField & { signalIndex?: number }, given: string): void {
    const { text, relativeError } = fitDecimal(given, field.width);
    if (text !== given) this.#list(field, { relativeError });
    this.raw(field, text);
  }

  /** A number that must be written whole. */
  exact(field: HeaderField, given: string): void {
    if (given.length > field.width) {
      throw new UnsupportedError(
        `Cannot write EDF header field ${field.name}: needs ${given.length} characters, ` +
          `field has ${field.width}`,
        { feature: field.name, value: given },
      );
    }
    this.raw(field, given);
  }

  raw(field: HeaderField, text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[field.offset + i] = text.charCodeAt(i);
  }

  #list(
    field: HeaderField & { signalIndex?: number },
    error: { relativeError?: number },
  ): void {
    const { name, signalIndex } = field;
    this.fits.push({
      field: name,
      ...(signalIndex === undefined ? {} : { signalIndex }),
      ...error,
    });
  }
}

/** What a header field of `width` characters holds of a text: spelled in ASCII, and cut. */
export function edfText(given: string, width: number): string {
  return toAscii(given).slice(0, width);
}

/** Micro signs become u, degree signs deg; other letters outside printable ASCII become `?`. */
function toAscii(text: string): string {
  let ascii = "";
  for (const letter of text.normalize("NFC")) {
    const code = letter.codePointAt(0)!;
    if (code === 0xb5 || code === 0x3bc) ascii += "u";
    else if (code === 0xb0) ascii += "deg";
    else ascii += 32 <= code && code <= 126 ? letter : "?";
  }
  return ascii;
}

/** Writes the samples of all signals; returns where the annotation signal begins. */
function writeSamples(
  spec: EdfWriteSpec,
  record: EdfWriteRecord,
  target: { recordIndex: number; bytes: Uint8Array },
): number {
  const bytesPerSample = widthOf(spec);
  assert(
    record.samples.length === spec.signals.length,
    `record ${target.recordIndex} has ${record.samples.length} of ${spec.signals.length} signals`,
  );
  let offset = 0;
  spec.signals.forEach(({ samplesPerRecord }, index) => {
    const samples = record.samples[index]!;
    assert(
      samples.length === samplesPerRecord,
      `signal ${index} has ${samples.length} samples in record ${target.recordIndex}, ` +
        `not ${samplesPerRecord}`,
    );
    const misfit = encodeSamples(samples, target.bytes, { offset, bytesPerSample });
    if (misfit !== -1) {
      const limit = bytesPerSample === 2 ? 2 ** 15 : 2 ** 23;
      throw new LimitExceededError(
        `Cannot write sample ${misfit} of signal ${index} in record ${target.recordIndex}: ` +
          `${samples[misfit]} needs more than ${bytesPerSample * 8} bits`,
        { limit, actual: samples[misfit]! },
      );
    }
    offset += samplesPerRecord * bytesPerSample;
  });
  return offset;
}

/** One list: onset, duration, one text, and the closing zero. */
function encodeAnnotation(annotation: EdfWriteAnnotation): Uint8Array {
  const { onset, duration, text, channelLabel } = annotation;
  const length = duration === null ? "" : `\x15${formatSeconds(duration)}`;
  const mark = channelLabel === undefined ? "" : `@@${channelLabel}`;
  return new TextEncoder().encode(
    `${signed(onset)}${length}\x14${withoutMarks(text + mark)}\x14\0`,
  );
}

/** Text without the three bytes that the grammar needs; each becomes a blank. */
function withoutMarks(text: string): string {
  return text.replaceAll("\0", " ").replaceAll("\x14", " ").replaceAll("\x15", " ");
}

function signed(onset: ExactSeconds): string {
  const text = formatSeconds(onset);
  return text.startsWith("-") ? text : `+${text}`;
}

/**
 * Bytes of the annotation signal in a record. Room for the longest list is enough for a file with few
 * marks; otherwise a record takes its share and the longest list on top, since writing in order then
 * wastes less than the longest list in each.
 */
function annotationCapacity(
  lists: readonly Uint8Array[],
  recordCount: number,
  bytesPerSample: number,
): number {
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  const longest = lists.reduce((max, list) => Math.max(max, list.length), 0);
  const room = lists.length === 0 || fits(lists, { recordCount, room: longest })
    ? longest
    : Math.ceil(total / recordCount) + longest;
  return Math.ceil((TIMEKEEPING_BYTES + room) / bytesPerSample) * bytesPerSample;
}

/** Whether writing the lists in order needs no more records than there are. */
function fits(
  lists: readonly Uint8Array[],
  { recordCount, room }: { recordCount: number; room: number },
): boolean {
  let records = 1;
  let used = 0;
  for (const list of lists) {
    if (used + list.length > room) {
      records++;
      used = 0;
    }
    used += list.length;
  }
  return records <= recordCount;
}

/** The timekeeping entry, then as many pending lists (last one first out) as there is room for. */
function writeLists(
  target: Uint8Array,
  record: { recordIndex: number; onset: ExactSeconds; pending: Uint8Array[] },
): void {
  const timekeeping = new TextEncoder().encode(`${signed(record.onset)}\x14\x14\0`);
  if (timekeeping.length > TIMEKEEPING_BYTES) {
    throw new LimitExceededError(
      `Cannot write onset of EDF data record ${record.recordIndex}: needs ` +
        `${timekeeping.length} bytes, ${TIMEKEEPING_BYTES} are reserved`,
      { limit: TIMEKEEPING_BYTES, actual: timekeeping.length },
    );
  }
  target.set(timekeeping);
  let at = timekeeping.length;
  for (let list = record.pending.at(-1); list !== undefined; list = record.pending.at(-1)) {
    if (at + list.length > target.length) break;
    target.set(list, at);
    at += list.length;
    record.pending.pop();
  }
}

/** Refuses a gap in formats whose readers would close it. */
class Continuity {
  readonly #spec: EdfWriteSpec;
  readonly #fastest: SampleRate | undefined;
  #expected: ExactSeconds | undefined;

  constructor(spec: EdfWriteSpec) {
    this.#spec = spec;
    const duration = spec.recordDuration;
    this.#fastest = duration.numerator === 0n ? undefined : fastestRate(
      spec.signals
        .filter((signal) => signal.samplesPerRecord > 0)
        .map((signal) => rateFromRecord(signal.samplesPerRecord, duration)),
    );
  }

  check(recordIndex: number, onset: ExactSeconds): void {
    const expected = this.#expected;
    this.#expected = addSeconds(onset, this.#spec.recordDuration);
    if (this.#spec.format.endsWith("D") || this.#fastest === undefined) return;
    if (expected === undefined || judgeOnset(onset, expected, this.#fastest) === "joined") return;
    throw new InvalidSelectionError(
      `Cannot write EDF data record ${recordIndex} of a continuous file: begins at ` +
        `${formatSeconds(onset)} s, the record before ends at ${formatSeconds(expected)} s`,
    );
  }
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
