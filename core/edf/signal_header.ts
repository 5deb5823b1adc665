/**
 * Layer 4. The signal table of an EDF or BDF header.
 *
 * Sole owner of the decision what a signal's calibration is: the four numbers when they make a line,
 * or null with a finding that says why not. A signal without calibration keeps its integers. Hazard: the
 * table is as long as the header says; the caller checks that against the file before it reads.
 *
 * @module
 */

import { assert } from "../assert.ts";
import { parseDecimal, scaleOrFault } from "../calibration/mod.ts";
import type { Calibration } from "../recording/mod.ts";
import { rateFromRecord, type SampleRate } from "../time/mod.ts";
import { parseChannelLabel } from "../signal/channel_label.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { fieldError, type FieldPlace, FieldReader } from "./field_reader.ts";
import { SIGNAL_FIELDS, signalFieldOffset } from "./field_table.ts";
import type { EdfHeader } from "./header.ts";
import { parseUnit } from "./unit.ts";

/** One signal of the file, ordinary or annotation. */
export interface EdfSignal {
  /** Place in the file's signal table, annotation signals counted. */
  readonly index: number;
  /** As written; not unique. */
  readonly label: string;
  readonly transducer: string;
  /** Physical dimension as written. */
  readonly unit: string;
  /** As written, readable or not. */
  readonly physicalMinText: string;
  readonly physicalMaxText: string;
  readonly digitalMinText: string;
  readonly digitalMaxText: string;
  /** Null when the four numbers make no line. Always null for annotation signals. */
  readonly calibration: Calibration | null;
  readonly prefilter: string;
  readonly samplesPerRecord: number;
  readonly reserved: string;
  readonly isAnnotation: boolean;
  /** Null when the record duration is 0 or a record holds no sample of this signal. */
  readonly rate: SampleRate | null;
  /** Where its samples begin in a record, in bytes. */
  readonly recordOffset: number;
}

type FieldKey = keyof typeof SIGNAL_FIELDS;

/**
 * Reads the signal table.
 *
 * @param bytes The whole header, from the start of the file.
 * @throws {CorruptInputError} The samples per record of a signal are not a count.
 */
export function parseSignalHeaders(
  bytes: Uint8Array,
  header: EdfHeader,
): { signals: EdfSignal[]; recordByteLength: number; diagnostics: Diagnostic[] } {
  assert(bytes.length >= header.headerByteLength, "the whole signal table is here");
  const reader = new FieldReader(bytes);
  const signals: EdfSignal[] = [];
  const labels = new Set<string>();
  let recordByteLength = 0;
  for (let index = 0; index < header.signalCount; index++) {
    const signal = readSignal(reader, header, index, recordByteLength);
    signals.push(signal);
    recordByteLength += signal.samplesPerRecord * header.bytesPerSample;
    if (!signal.isAnnotation) noteLabel(reader, header, signal, labels);
  }
  return { signals, recordByteLength, diagnostics: reader.diagnostics };
}

function readSignal(
  reader: FieldReader,
  header: EdfHeader,
  index: number,
  recordOffset: number,
): EdfSignal {
  const at = (key: FieldKey) => signalPlace(key, index, header.signalCount);
  const label = reader.text(at("label"));
  const isAnnotation = isAnnotationLabel(label);
  const samplesPerRecord = reader.requiredInteger(at("samplesPerRecord"), 0);
  if (samplesPerRecord === 0) {
    reader.note("no-samples-in-record", at("samplesPerRecord"), "samples per record is 0");
  }
  const texts = {
    physicalMinText: reader.numberText(at("physicalMin")),
    physicalMaxText: reader.numberText(at("physicalMax")),
    digitalMinText: reader.numberText(at("digitalMin")),
    digitalMaxText: reader.numberText(at("digitalMax")),
  };
  const unit = reader.text(at("unit"));
  if (!isAnnotation && parseUnit(unit).quantity === "unknown") {
    reader.note("unit-unknown", at("unit"), `physical dimension has ${unit.length} characters`);
  }
  return {
    index,
    label,
    transducer: reader.text(at("transducer")),
    unit,
    ...texts,
    calibration: isAnnotation ? null : readCalibration(reader, header, at, texts),
    prefilter: reader.text(at("prefilter")),
    samplesPerRecord,
    reserved: reader.text(at("reserved")),
    isAnnotation,
    rate: signalRate(header, samplesPerRecord, at("samplesPerRecord")),
    recordOffset,
  };
}

/** "EDF Annotations" in EDF+, "BDF Annotations" in BDF+; writers mix them up, so either counts. */
export function isAnnotationLabel(label: string): boolean {
  return label === "EDF Annotations" || label === "BDF Annotations";
}

function signalRate(
  header: EdfHeader,
  samplesPerRecord: number,
  place: FieldPlace,
): SampleRate | null {
  if (samplesPerRecord === 0 || header.recordDuration.numerator === 0n) return null;
  const rate = rateFromRecord(samplesPerRecord, header.recordDuration);
  // A descriptor holds the rate as two u64.
  if (rate.samples >= 2n ** 63n || rate.seconds >= 2n ** 63n) {
    throw fieldError(place, "sample rate is beyond a ratio of 64-bit integers");
  }
  return rate;
}

/** The calibration, or null with the finding that says why physical values cannot be given. */
function readCalibration(
  reader: FieldReader,
  header: EdfHeader,
  at: (key: FieldKey) => FieldPlace,
  texts: Pick<
    EdfSignal,
    "physicalMinText" | "physicalMaxText" | "digitalMinText" | "digitalMaxText"
  >,
): Calibration | null {
  const digitalMin = reader.integer(at("digitalMin"));
  const digitalMax = reader.integer(at("digitalMax"));
  if (digitalMin === undefined || digitalMax === undefined) {
    const key = digitalMin === undefined ? "digitalMin" : "digitalMax";
    reader.note("digital-range-unreadable", at(key), `${at(key).name} is not an integer`);
    return null;
  }
  const { physicalMinText: physicalMin, physicalMaxText: physicalMax } = texts;
  const calibration = { digitalMin, digitalMax, physicalMin, physicalMax };
  const scale = scaleOrFault(calibration);
  switch (scale) {
    case "physical-minimum-unreadable":
      reader.note("physical-range-unreadable", at("physicalMin"), "physical minimum is no number");
      return null;
    case "physical-maximum-unreadable":
      reader.note("physical-range-unreadable", at("physicalMax"), "physical maximum is no number");
      return null;
    case "digital-range-degenerate":
      reader.note(scale, at("digitalMax"), `digital minimum and maximum are both ${digitalMax}`);
      return null;
    case "physical-range-degenerate":
      reader.note(scale, at("physicalMax"), "physical minimum and maximum are equal");
      return null;
    case "scale-not-finite":
      reader.note(scale, at("physicalMax"), "gain or offset is not a finite number");
      return null;
  }
  if (digitalMin > digitalMax) {
    const detail = `digital minimum ${digitalMin} exceeds maximum ${digitalMax}`;
    reader.note("digital-range-inverted", at("digitalMin"), detail);
  }
  if (parseDecimal(physicalMin)! > parseDecimal(physicalMax)!) {
    reader.note("physical-range-inverted", at("physicalMin"), "physical minimum exceeds maximum");
  }
  const rail = header.bytesPerSample === 3 ? 2 ** 23 : 2 ** 15;
  if (Math.min(digitalMin, digitalMax) < -rail || Math.max(digitalMin, digitalMax) >= rail) {
    const detail = `digital range ${digitalMin} to ${digitalMax} is beyond ${rail}`;
    reader.note("digital-range-beyond-converter", at("digitalMin"), detail);
  }
  return calibration;
}

function noteLabel(
  reader: FieldReader,
  header: EdfHeader,
  signal: EdfSignal,
  labels: Set<string>,
): void {
  const place = signalPlace("label", signal.index, header.signalCount);
  if (signal.label === "") {
    reader.note("label-empty", place, `label of signal ${signal.index} is blank`);
  } else if (labels.has(signal.label)) {
    const detail = `label of signal ${signal.index} is that of an earlier signal`;
    reader.note("label-not-unique", place, detail);
  }
  labels.add(signal.label);
  if (parseChannelLabel(signal.label).hasDigitZero) {
    const detail = `label of signal ${signal.index} has the digit 0 where an electrode has an O`;
    reader.note("label-digit-zero", place, detail);
  }
}

/** Where a field of one signal stands. */
export function signalPlace(key: FieldKey, signalIndex: number, signalCount: number): FieldPlace {
  const field = SIGNAL_FIELDS[key];
  return {
    name: field.name,
    width: field.width,
    offset: signalFieldOffset(field, signalIndex, signalCount),
    signalIndex,
  };
}
