/**
 * Layer 4. EDF, EDF+, BDF and BDF+ files over any byte source, in constant memory.
 *
 * Holds the header and one block of records at a time, however long the file is. It never invents: what
 * can be read comes back beside a finding, what cannot is a typed error that names field and offset.
 * Strict mode (the default, for ingest) also refuses what could only be believed; tolerant mode returns
 * it with the list. Hazard: onsets count from the start in the header; the first sample may be later.
 *
 * @see https://www.edfplus.info/specs/edfplus.html
 * @module
 */

import { LimitExceededError } from "../error.ts";
import {
  addSeconds,
  type ExactSeconds,
  exactSeconds,
  type SampleRate,
  ZERO_SECONDS,
} from "../time/mod.ts";
import {
  type AnnotationList,
  type EdfAnnotation,
  parseAnnotationSignal,
} from "./annotation_list.ts";
import { type ByteSource, readExactly } from "./byte_source.ts";
import { decodeSamples } from "./data_record.ts";
import {
  type Diagnostic,
  diagnostic,
  DiagnosticLog,
  refusalError,
  throwIfRefused,
} from "./diagnostics.ts";
import { HEADER_BYTES, HEADER_FIELDS } from "./field_table.ts";
import { type EdfFormat, type EdfHeader, parseHeader } from "./header.ts";
import { planRecords, type RecordPlan } from "./record_plan.ts";
import { type EdfRun, fastestRate, RunBuilder } from "./runs.ts";
import { type EdfSignal, parseSignalHeaders } from "./signal_header.ts";

export interface EdfOptions {
  /** `strict` throws on findings that ingest refuses; `tolerant` lists them. Strict unless told. */
  readonly mode?: "strict" | "tolerant";
  /** Largest data record read, in bytes. 64 MiB unless told; 24 h of 64 channels fit in one record. */
  readonly recordBytesMax?: number;
  /** Bytes asked of the source at once, or one record where that is more. 1 MiB unless told. */
  readonly blockBytes?: number;
}

/** One data record. The arrays belong to the caller. */
export interface EdfRecord {
  readonly index: number;
  /** Seconds from the start in the header. */
  readonly onset: ExactSeconds;
  /** Of the ordinary signals, in file order; shape (samplesPerRecord,) each, digital units. */
  readonly samples: Int32Array<ArrayBuffer>[];
  readonly annotations: EdfAnnotation[];
}

/** Half-open range of records. */
export interface RecordRange {
  readonly start?: number;
  readonly end?: number;
}

/** An open file. Its methods may run side by side; each holds one block. */
export interface EdfFile {
  readonly format: EdfFormat;
  readonly header: EdfHeader;
  /** All signals in file order; `isAnnotation` tells the two sorts apart. */
  readonly signals: readonly EdfSignal[];
  /** What was odd, the first of each kind; grows while records are read. */
  readonly diagnostics: readonly Diagnostic[];
  /** The header as written; identifies the patient. */
  readonly headerBytes: Uint8Array;
  /** Whole records in the file, by its size. */
  readonly recordCount: number;
  readonly recordByteLength: number;
  /** Bytes after the last whole record. */
  readonly trailing: { readonly offset: number; readonly byteLength: number };
  /** The records in order. @throws {CorruptInputError} Strict: a record cannot be placed. */
  records(range?: RecordRange): AsyncIterable<EdfRecord>;
  /**
   * Contiguous runs; empty when no signal has a rate. Reads only what it must of every record.
   *
   * @throws {CorruptInputError} Strict: a record cannot be placed, or begins before the one before
   * ends.
   */
  runs(): Promise<EdfRun[]>;
  /** Every mark, in the order of the file, which need not be the order of time. */
  annotations(): AsyncIterable<EdfAnnotation>;
  /** The annotation signals' bytes as written, record by record, signal by signal. */
  annotationBytes(): AsyncIterable<Uint8Array>;
}

const RECORD_BYTES_MAX = 64 * 1024 * 1024;
const BLOCK_BYTES = 1024 * 1024;

/** Records above this size are worth a read of their annotation part alone. */
const PARTIAL_READ_BYTES_MIN = 64 * 1024;

/**
 * Opens a file: reads and checks the header and the size, not the records.
 *
 * @throws {TruncatedInputError} The file ends inside the header.
 * @throws {CorruptInputError} A header field without which nothing can be read; in strict mode also a
 * finding that ingest refuses.
 * @throws {LimitExceededError} A data record is larger than `recordBytesMax`.
 *
 * @example
 * ```ts
 * import { rejects } from "node:assert/strict";
 * import { bytesByteSource, openEdf } from "@wavekeep/core/edf";
 *
 * const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n");
 * await rejects(openEdf(bytesByteSource(pointer)), /version at offset 0: file is a Git LFS pointer/);
 * ```
 */
export async function openEdf(source: ByteSource, options: EdfOptions = {}): Promise<EdfFile> {
  const log = new DiagnosticLog();
  const fixed = await readExactly(
    source,
    { offset: 0, byteLength: Math.min(HEADER_BYTES, source.byteLength) },
    "EDF header",
  );
  const { header, diagnostics } = parseHeader(fixed);
  log.addAll(diagnostics);
  const headerBytes = await readExactly(
    source,
    { offset: 0, byteLength: header.headerByteLength },
    `EDF header of ${header.signalCount} signals`,
  );
  const table = parseSignalHeaders(headerBytes, header);
  log.addAll(table.diagnostics);
  const { signals, recordByteLength } = table;
  const plan = await planRecords({
    header,
    recordByteLength,
    fileByteLength: source.byteLength,
    readTail: (byteLength) =>
      readExactly(source, { offset: source.byteLength - byteLength, byteLength }, "end of file"),
  });
  log.addAll(plan.diagnostics);
  noteStructure(log, header, signals);
  const strict = (options.mode ?? "strict") === "strict";
  if (strict) throwIfRefused(log.list);
  const recordBytesMax = options.recordBytesMax ?? RECORD_BYTES_MAX;
  if (plan.recordCount > 0 && recordByteLength > recordBytesMax) {
    throw new LimitExceededError(
      `Cannot read EDF records: a record has ${recordByteLength} bytes, at most ${recordBytesMax}`,
      { limit: recordBytesMax, actual: recordByteLength },
    );
  }
  return new OpenEdfFile({
    source,
    header,
    headerBytes,
    signals,
    recordByteLength,
    plan,
    log,
    strict,
    blockBytes: options.blockBytes ?? BLOCK_BYTES,
  });
}

/** Findings about header and signals taken together. */
function noteStructure(log: DiagnosticLog, header: EdfHeader, signals: readonly EdfSignal[]): void {
  const ordinary = signals.filter((signal) => !signal.isAnnotation && signal.samplesPerRecord > 0);
  const annotationSignal = signals.find((signal) => signal.isAnnotation);
  const isPlus = header.format.includes("+");
  const reserved = { field: HEADER_FIELDS.reserved.name, offset: HEADER_FIELDS.reserved.offset };
  if (header.signalCount === 0) log.add(diagnostic("no-signals", "number of signals is 0"));
  else if (ordinary.length === 0) {
    log.add(diagnostic("annotations-only", "no ordinary signal has samples"));
  } else if (header.recordDuration.numerator === 0n) {
    const { name: field, offset } = HEADER_FIELDS.recordDuration;
    const detail = `record duration is 0, ${ordinary.length} signals have samples`;
    log.add(diagnostic("record-duration-zero", detail, { field, offset }));
  }
  if (!isPlus && annotationSignal !== undefined) {
    const detail =
      `signal ${annotationSignal.index} holds annotations, the file is ${header.format}`;
    const place = { signalIndex: annotationSignal.index };
    log.add(diagnostic("annotation-signal-in-plain-file", detail, place));
  }
  if (isPlus && annotationSignal === undefined) {
    const code = header.format.endsWith("D")
      ? "discontinuous-without-onsets"
      : "plus-without-annotations";
    log.add(diagnostic(code, `the file is ${header.format} without annotations`, reserved));
  }
}

interface OpenParts {
  readonly source: ByteSource;
  readonly header: EdfHeader;
  readonly headerBytes: Uint8Array;
  readonly signals: readonly EdfSignal[];
  readonly recordByteLength: number;
  readonly plan: RecordPlan;
  readonly log: DiagnosticLog;
  readonly strict: boolean;
  readonly blockBytes: number;
}

/** A part of every record, in bytes from the record's start. */
interface RecordPart {
  readonly offset: number;
  readonly byteLength: number;
}

class OpenEdfFile implements EdfFile {
  readonly #parts: OpenParts;
  readonly #ordinary: readonly EdfSignal[];
  readonly #annotationSignals: readonly EdfSignal[];
  /** From the first to the last annotation signal. */
  readonly #annotationPart: RecordPart;

  constructor(parts: OpenParts) {
    this.#parts = parts;
    this.#ordinary = parts.signals.filter((signal) => !signal.isAnnotation);
    this.#annotationSignals = parts.signals.filter((signal) => signal.isAnnotation);
    this.#annotationPart = spanOf(this.#annotationSignals, parts.header.bytesPerSample);
  }

  get format(): EdfFormat {
    return this.#parts.header.format;
  }

  get header(): EdfHeader {
    return this.#parts.header;
  }

  get signals(): readonly EdfSignal[] {
    return this.#parts.signals;
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#parts.log.list;
  }

  get headerBytes(): Uint8Array {
    return this.#parts.headerBytes;
  }

  get recordCount(): number {
    return this.#parts.plan.recordCount;
  }

  get recordByteLength(): number {
    return this.#parts.recordByteLength;
  }

  get trailing(): { offset: number; byteLength: number } {
    const { trailingOffset: offset, trailingByteLength: byteLength } = this.#parts.plan;
    return { offset, byteLength };
  }

  async *records(range: RecordRange = {}): AsyncIterable<EdfRecord> {
    const { bytesPerSample } = this.header;
    const placer = new RecordPlacer(this, (index) => this.#onsetWritten(index));
    const whole = { offset: 0, byteLength: this.recordByteLength };
    for await (const { index, bytes } of this.#slices(range, whole)) {
      const { recordOnset, annotations } = this.#annotationsOf(index, bytes, 0);
      yield {
        index,
        onset: await placer.place(index, recordOnset, (found) => this.#report(found)),
        samples: this.#ordinary.map((signal) =>
          decodeSamples(bytes, signal.recordOffset, {
            sampleCount: signal.samplesPerRecord,
            bytesPerSample,
          })
        ),
        annotations,
      };
    }
  }

  async runs(): Promise<EdfRun[]> {
    const fastest = fastestRate(this.#rates());
    if (fastest === undefined || this.recordCount === 0) return [];
    if (this.#annotationSignals.length === 0) {
      const recordCount = this.recordCount;
      return [{ firstRecord: 0, recordCount, onset: ZERO_SECONDS, residue: ZERO_SECONDS }];
    }
    const builder = new RunBuilder(this.header.recordDuration, fastest);
    const placer = new RecordPlacer(this, (index) => this.#onsetWritten(index));
    for await (const { index, bytes } of this.#slices({}, this.#annotationPart)) {
      const { recordOnset } = this.#annotationsOf(index, bytes, this.#annotationPart.offset);
      const onset = await placer.place(index, recordOnset, (found) => this.#report(found));
      const joint = builder.add(index, onset);
      if (joint === "joined") continue;
      if (joint === "backwards") {
        this.#report(recordFinding("record-onset-backwards", index, "begins before its turn"));
      } else if (!this.format.endsWith("D")) {
        this.#report(recordFinding("gap-in-continuous-file", index, "begins after a gap"));
      }
    }
    if (this.format.endsWith("D") && builder.runs.length === 1 && this.recordCount > 1) {
      const detail = `${this.recordCount} records follow each other without a gap`;
      this.#report(diagnostic("gap-missing-in-discontinuous-file", detail));
    }
    return builder.runs;
  }

  async *annotations(): AsyncIterable<EdfAnnotation> {
    if (this.#annotationSignals.length === 0) return;
    for await (const { index, bytes } of this.#slices({}, this.#annotationPart)) {
      yield* this.#annotationsOf(index, bytes, this.#annotationPart.offset).annotations;
    }
  }

  async *annotationBytes(): AsyncIterable<Uint8Array> {
    if (this.#annotationSignals.length === 0) return;
    const { bytesPerSample } = this.header;
    for await (const { bytes } of this.#slices({}, this.#annotationPart)) {
      for (const signal of this.#annotationSignals) {
        const start = signal.recordOffset - this.#annotationPart.offset;
        yield bytes.slice(start, start + signal.samplesPerRecord * bytesPerSample);
      }
    }
  }

  #rates(): SampleRate[] {
    return this.#ordinary.flatMap(({ rate }) => rate === null ? [] : [rate]);
  }

  /**
   * One part of every record of a range. Reads several whole records at once where the part is a good
   * share of them, and the part alone where it is not.
   */
  async *#slices(
    range: RecordRange,
    part: RecordPart,
  ): AsyncIterable<{ index: number; bytes: Uint8Array }> {
    const { source, header, recordByteLength, blockBytes } = this.#parts;
    const start = Math.max(0, range.start ?? 0);
    const end = Math.min(this.recordCount, range.end ?? this.recordCount);
    const isSparse = recordByteLength >= PARTIAL_READ_BYTES_MIN &&
      part.byteLength * 4 < recordByteLength;
    const perRead = isSparse ? 1 : Math.max(1, Math.floor(blockBytes / recordByteLength));
    for (let index = start; index < end; index += perRead) {
      const count = Math.min(perRead, end - index);
      const offset = header.headerByteLength + index * recordByteLength;
      const block = await readExactly(
        source,
        isSparse
          ? { offset: offset + part.offset, byteLength: part.byteLength }
          : { offset, byteLength: count * recordByteLength },
        `EDF data record ${index}`,
      );
      if (isSparse) {
        yield { index, bytes: block };
        continue;
      }
      for (let i = 0; i < count; i++) {
        const at = i * recordByteLength + part.offset;
        yield { index: index + i, bytes: block.subarray(at, at + part.byteLength) };
      }
    }
  }

  /** Reads the annotation signals of a record; `partOffset` is where `bytes` begin in the record. */
  #annotationsOf(recordIndex: number, bytes: Uint8Array, partOffset: number): AnnotationList {
    const { header, recordByteLength, log } = this.#parts;
    const recordStart = header.headerByteLength + recordIndex * recordByteLength;
    const list: AnnotationList = { recordOnset: null, annotations: [], diagnostics: [] };
    let recordOnset: ExactSeconds | null = null;
    for (const signal of this.#annotationSignals) {
      const at = signal.recordOffset - partOffset;
      const found = parseAnnotationSignal(
        bytes.subarray(at, at + signal.samplesPerRecord * header.bytesPerSample),
        {
          recordIndex,
          signalIndex: signal.index,
          offset: recordStart + signal.recordOffset,
          keepsTime: signal === this.#annotationSignals[0],
        },
      );
      recordOnset ??= found.recordOnset;
      for (const annotation of found.annotations) list.annotations.push(annotation);
      log.addAll(found.diagnostics);
    }
    return { ...list, recordOnset };
  }

  /** The timekeeping entry of one record, or null. */
  async #onsetWritten(index: number): Promise<ExactSeconds | null> {
    for await (
      const { bytes } of this.#slices({ start: index, end: index + 1 }, this.#annotationPart)
    ) {
      return this.#annotationsOf(index, bytes, this.#annotationPart.offset).recordOnset;
    }
    return null;
  }

  #report(found: Diagnostic): void {
    this.#parts.log.add(found);
    if (this.#parts.strict && found.disposition === "refuse") throw refusalError(found);
  }
}

/** Onsets of records that are read in order, from any record on. */
class RecordPlacer {
  readonly #file: EdfFile;
  readonly #onsetWritten: (index: number) => Promise<ExactSeconds | null>;
  readonly #hasAnnotations: boolean;
  #previous: { index: number; onset: ExactSeconds } | undefined;

  constructor(file: EdfFile, onsetWritten: (index: number) => Promise<ExactSeconds | null>) {
    this.#file = file;
    this.#onsetWritten = onsetWritten;
    this.#hasAnnotations = file.signals.some((signal) => signal.isAnnotation);
  }

  /**
   * Where a record begins: as its timekeeping entry says; without one, right after the record before.
   * A plain file without annotations begins at 0 and has no gaps.
   */
  async place(
    index: number,
    written: ExactSeconds | null,
    report: (found: Diagnostic) => void,
  ): Promise<ExactSeconds> {
    let onset = written;
    if (onset === null && this.#hasAnnotations) {
      const code = this.#file.format.endsWith("D")
        ? "record-onset-missing-in-discontinuous"
        : "record-onset-missing";
      report(recordFinding(code, index, "has no timekeeping entry"));
      onset = await this.#afterPrevious(index);
    }
    onset ??= times(this.#file.header.recordDuration, index);
    this.#previous = { index, onset };
    return onset;
  }

  /** Goes back to the nearest record with an entry; to the start of the file when there is none. */
  async #afterPrevious(index: number): Promise<ExactSeconds> {
    const duration = this.#file.header.recordDuration;
    if (this.#previous?.index === index - 1) return addSeconds(this.#previous.onset, duration);
    for (let before = index - 1; before >= 0; before--) {
      const written = await this.#onsetWritten(before);
      if (written !== null) return addSeconds(written, times(duration, index - before));
    }
    return times(duration, index);
  }
}

function times(duration: ExactSeconds, count: number): ExactSeconds {
  return exactSeconds(duration.numerator * BigInt(count), duration.denominator);
}

function recordFinding(
  code: Parameters<typeof diagnostic>[0],
  recordIndex: number,
  state: string,
): Diagnostic {
  return diagnostic(code, `data record ${recordIndex} ${state}`, { recordIndex });
}

/** The bytes of a record from the first to the end of the last of some signals. */
function spanOf(signals: readonly EdfSignal[], bytesPerSample: number): RecordPart {
  const first = signals[0];
  const last = signals.at(-1);
  if (first === undefined || last === undefined) return { offset: 0, byteLength: 0 };
  const end = last.recordOffset + last.samplesPerRecord * bytesPerSample;
  return { offset: first.recordOffset, byteLength: end - first.recordOffset };
}
