/**
 * One EDF+ or BDF+ file out of a recording: header, marks, and what the file says about itself.
 *
 * The header's start is a whole second of civil time; the fraction goes into the first record's onset, and
 * every mark counts from the header. EDF holds 16 bits; a file whose samples or ranges need more is BDF.
 * What the format cannot hold exactly (a calibration text of nine characters, a padded record) is stated in
 * the file as an annotation: an export that hid it would change values in silence.
 *
 * @module
 */

import {
  type EdfFieldFit,
  edfPlusRecordingId,
  type EdfWriteAnnotation,
  type EdfWriteSpec,
  planEdf,
  writeEdf,
} from "@wavekeep/core/edf";
import { isCoreError } from "@wavekeep/core/error";
import {
  addToCivil,
  type CivilTime,
  type ExactSeconds,
  exactSeconds,
  floorDivide,
  parseCivil,
  rangeLength,
  subtractSeconds,
  ZERO_SECONDS,
} from "@wavekeep/core/time";
import type { AnnotationJson } from "@wavekeep/core/wire";
import type { OpenRecording } from "../open_recording.ts";
import type { PlacedAnnotation } from "../read_annotations.ts";
import { exportRecords, sampleBounds, type SourceOf } from "./export_records.ts";
import { channelNames, markWords } from "./mark_words.ts";
import { type ExportPlan, impossible } from "./plan_export.ts";

/** A file on its way out. */
export interface ExportFile {
  /** `edf` or `bdf`. */
  readonly extension: "edf" | "bdf";
  readonly byteLength: number;
  /** The bytes; reads chunks while it goes. */
  pieces(): AsyncIterable<Uint8Array>;
}

const INT16 = { least: -32_768, greatest: 32_767 };
const INT24 = { least: -8_388_608, greatest: 8_388_607 };

/** Longest part of a recording code that leaves room for the other subfields. */
const CODE_CHARACTERS_MAX = 40;

/** What a file is made with beside its samples. */
export interface ExportOptions {
  readonly annotations: readonly PlacedAnnotation[];
  readonly sourceOf: SourceOf;
  /** The header says `X` where codes would stand. */
  readonly isAnonymous?: boolean;
  /** What the file says about itself, at its start. */
  readonly notes?: readonly string[];
}

/**
 * Prepares a file: every chunk is read and verified once before the first byte.
 *
 * @throws {IntegrityError} A chunk failed a check.
 * @throws {ProblemError} `export-impossible`.
 */
export async function prepareExport(
  recording: OpenRecording,
  plan: ExportPlan,
  options: ExportOptions,
): Promise<ExportFile> {
  const width = widthOf(plan, await sampleBounds(plan, options.sourceOf));
  const { start, origin } = fileStart(recording, plan.runs[0]!.onset);
  const labelsOf = (mark: AnnotationJson) => labelsInFile(mark, plan);
  const marks = options.annotations.flatMap((mark) => writtenMarks(mark, labelsOf, origin));
  const bare: EdfWriteSpec = {
    format: `${width}+${plan.isContiguous ? "C" : "D"}`,
    patientId: `${options.isAnonymous ? "X" : recording.stored.patientCode} X X X`,
    recordingId: options.isAnonymous
      ? edfPlusRecordingId(start, "X X Wavekeep")
      : recordingId(recording, start),
    start,
    recordDuration: plan.recordDuration,
    recordCount: plan.recordCount,
    signals: plan.signals.map(({ channel, streamIndex }) => ({
      label: channel.label,
      unit: asciiUnit(channel.unit),
      calibration: channel.calibration,
      prefilter: channel.prefilter,
      samplesPerRecord: plan.samplesPerRecord[streamIndex]!,
    })),
    annotations: marks,
  };
  const told = (options.notes ?? []).map((text) => ({ onset: ZERO_SECONDS, duration: null, text }));
  const notes = [...told, ...paddingNotes(plan, origin), ...fitNotes(layOut(bare).fits)];
  const spec = { ...bare, annotations: [...notes, ...marks] };
  return {
    extension: width === "EDF" ? "edf" : "bdf",
    byteLength: layOut(spec).fileByteLength,
    pieces: () => writeEdf(spec, exportRecords(plan, options.sourceOf, origin)),
  };
}

/** Bytes of marks that a record of a file without samples is meant to hold, below EDF's recommendation. */
const MARK_BYTES_PER_RECORD = 50_000;

/**
 * A file of marks alone: of a recording without a sample, or to be laid beside one with samples.
 *
 * @param options.firstSample When the first sample was taken, in seconds from recording start. Header and
 * first record stand there as in the file of samples: some readers count marks from the first record.
 * @param options.isOnePerLine Line ends in texts become blanks; EDF+ allows them, and MNE leaves such marks
 * out without a word.
 */
export function prepareMarks(
  recording: OpenRecording,
  annotations: readonly PlacedAnnotation[],
  { firstSample = ZERO_SECONDS, isOnePerLine = false }: {
    readonly firstSample?: ExactSeconds;
    readonly isOnePerLine?: boolean;
  } = {},
): ExportFile {
  const { start, origin } = fileStart(recording, firstSample);
  const { labels } = channelNames(recording);
  const marks = annotations.flatMap((mark) => writtenMarks(mark, labels, origin))
    .map((mark) =>
      isOnePerLine
        ? { ...mark, text: mark.text.replace(/[\r\n\v\f\u0085\u2028\u2029]+/g, " ") }
        : mark
    );
  const markBytes = marks.reduce((sum, { text }) => sum + 40 + 2 * text.length, 0);
  const recordCount = Math.max(1, Math.ceil(markBytes / MARK_BYTES_PER_RECORD));
  const spec: EdfWriteSpec = {
    format: "EDF+C",
    patientId: `${recording.stored.patientCode} X X X`,
    recordingId: recordingId(recording, start),
    start,
    recordDuration: ZERO_SECONDS,
    recordCount,
    signals: [],
    annotations: marks,
  };
  const record = { onset: subtractSeconds(firstSample, origin), samples: [] };
  return {
    extension: "edf",
    byteLength: layOut(spec).fileByteLength,
    pieces: () => writeEdf(spec, new Array(recordCount).fill(record)),
  };
}

/** The whole civil second at or before the first sample, and where that is on the recording axis. */
function fileStart(
  recording: OpenRecording,
  onset: ExactSeconds,
): { start: CivilTime | null; origin: ExactSeconds } {
  if (recording.startedAt === null) {
    return { start: null, origin: exactSeconds(floorDivide(onset.numerator, onset.denominator)) };
  }
  const civil = addToCivil(parseCivil(recording.startedAt.civil), onset);
  return {
    start: { ...civil, fraction: ZERO_SECONDS },
    origin: subtractSeconds(onset, civil.fraction),
  };
}

function recordingId(recording: OpenRecording, start: CivilTime | null): string {
  const code = recording.stored.recordingCode.slice(0, CODE_CHARACTERS_MAX);
  return edfPlusRecordingId(start, `${code} X Wavekeep`);
}

function widthOf(plan: ExportPlan, bounds: { least: number; greatest: number }): "EDF" | "BDF" {
  const ranges = plan.signals.map(({ channel }) => channel.calibration);
  const least = Math.min(bounds.least, ...ranges.flatMap((r) => [r.digitalMin, r.digitalMax]));
  const greatest = Math.max(
    bounds.greatest,
    ...ranges.flatMap((r) => [r.digitalMin, r.digitalMax]),
  );
  if (INT16.least <= least && greatest <= INT16.greatest) return "EDF";
  if (INT24.least <= least && greatest <= INT24.greatest) return "BDF";
  throw impossible(`samples or ranges reach from ${least} to ${greatest}, BDF holds 24 bits`);
}

/** A mark on some channels is one mark for each of them: `text@@label`. */
function writtenMarks(
  { json, onset, duration }: PlacedAnnotation,
  labelsOf: (mark: AnnotationJson) => readonly string[],
  origin: ExactSeconds,
): EdfWriteAnnotation[] {
  if (onset === undefined || json.status !== "active") return [];
  const mark = {
    onset: subtractSeconds(onset, origin),
    duration: duration ?? null,
    text: markWords(json),
  };
  const labels = labelsOf(json);
  if (labels.length === 0) return [mark];
  // A mark that came from a file says its channel already: once is enough.
  const said = labels.find((label) => json.text.endsWith(`@@${label}`));
  const text = said === undefined
    ? mark.text
    : markWords({ ...json, text: json.text.slice(0, -`@@${said}`.length) });
  return labels.map((channelLabel) => ({ ...mark, text, channelLabel }));
}

/** Labels of a mark's channels, of those that the file has. */
function labelsInFile({ channels }: AnnotationJson, plan: ExportPlan): string[] {
  const signals = plan.signals.filter(({ channel }) => channels.includes(channel.position));
  return [...new Set(signals.map(({ channel }) => channel.label))];
}

function paddingNotes(plan: ExportPlan, origin: ExactSeconds): EdfWriteAnnotation[] {
  return plan.runs.filter(({ padding }) => padding.some((count) => count > 0)).map((run) => ({
    onset: subtractSeconds(run.onset, origin),
    duration: null,
    text: "Wavekeep: the last record of this run is padded with its last sample; true counts are " +
      run.streams.map(({ stream }, index) =>
        `${rangeLength(run.samples[index]!)} samples at stream ${stream.stream}`
      ).join(", "),
  }));
}

function fitNotes(fits: readonly EdfFieldFit[]): EdfWriteAnnotation[] {
  if (fits.length === 0) return [];
  const parts = fits.map(({ field, signalIndex, relativeError }) =>
    field + (signalIndex === undefined ? "" : ` of signal ${signalIndex}`) +
    (relativeError === undefined ? " shortened" : ` off by ${relativeError.toExponential(2)}`)
  );
  return [{ onset: ZERO_SECONDS, duration: null, text: `Wavekeep: ${parts.join("; ")}` }];
}

/** EDF spells micro as `u`. */
function asciiUnit(unit: string): string {
  return unit.replace(/[\u00b5\u03bc]/g, "u");
}

/** What the writer refuses is a property of the recording, not of the request's form. */
function layOut(spec: EdfWriteSpec): ReturnType<typeof planEdf> {
  try {
    return planEdf(spec);
  } catch (error) {
    if (isCoreError(error)) throw impossible(error.message);
    throw error;
  }
}
