/**
 * Files to one recording: where each lies on the recording's axis.
 *
 * A stay is many files. Their place follows from the civil starts in their headers, never from the order
 * they were given in; plain EDF starts are whole seconds, so what lies between two is known to ± 1 s.
 *
 * @module
 */

import { basename } from "node:path";
import {
  type CivilTime,
  differenceSeconds,
  type ExactSeconds,
  formatCivil,
  parseCivil,
  secondsOfSample,
  toNumber,
} from "@wavekeep/core/time";
import type { CivilStart } from "@wavekeep/core/recording";
import { chbmitMarks } from "./chbmit_marks.ts";
import type { DeviceSource, SourceMark, SourceSegment } from "./device_source.ts";
import { edfMarks } from "./edf_marks.ts";
import { type EdfInput, edfSegments, openEdfInput } from "./edf_source.ts";

const ZERO: ExactSeconds = { numerator: 0n, denominator: 1n };

/** Opens files; all or none stay open. */
export async function openInputs(paths: readonly string[]): Promise<EdfInput[]> {
  const inputs: EdfInput[] = [];
  try {
    for (const path of paths) inputs.push(await openEdfInput(path));
    refuseRepeats(inputs);
    return inputs;
  } catch (error) {
    for (const input of inputs) input.close();
    throw error;
  }
}

/** The earliest start of the files, or null when a single file does not say. */
export function earliestStart(inputs: readonly EdfInput[]): CivilStart | null {
  if (inputs.length > 1) {
    for (const { path, start } of inputs) {
      if (start === null) {
        throw new Error(`Cannot join ${inputs.length} files: the start of ${path} is unknown`);
      }
    }
  }
  const starts = inputs.flatMap(({ start }) => start === null ? [] : [formatCivil(start)]).sort();
  const civil = starts[0];
  return civil === undefined ? null : { civil, zone: null };
}

/**
 * The files as one device.
 *
 * @param startedAt The recording's start, which may be earlier than every file given now.
 */
export async function recordingOfFiles(
  inputs: readonly EdfInput[],
  startedAt: CivilStart | null,
): Promise<DeviceSource> {
  const origin = startedAt === null ? null : parseCivil(startedAt.civil);
  const placed = inputs
    .map((input) => ({ input, offset: offsetOf(input, origin, inputs.length) }))
    .sort((a, b) => toNumber(a.offset) - toNumber(b.offset));
  const segments: SourceSegment[] = [];
  const marks: SourceMark[] = [];
  const notices: string[] = [];
  const keysOf = new Map<EdfInput, string[]>();
  for (const { input, offset } of placed) {
    // The file that the recording starts with is exact; others begin within their second.
    const isOrigin = offset.numerator === 0n;
    const uncertainty = isOrigin || input.file.format.includes("+") ? "0" : "1";
    const made = edfSegments(input, { offset, uncertainty });
    keysOf.set(input, made.map(({ key }) => key));
    noticeOverlap(segments.at(-1), made[0], input, notices);
    segments.push(...made);
    const end = Math.max(0, ...made.map(endSeconds)) - toNumber(offset);
    const own = await edfMarks(input, offset);
    const beside = await chbmitMarks(input, offset, end);
    marks.push(...own.marks, ...beside.marks);
    notices.push(...own.notices, ...beside.notices);
    for (const found of input.file.diagnostics) {
      if (found.disposition !== "note") {
        notices.push(`${basename(input.path)}: ${found.code}, ${found.detail}`);
      }
    }
  }
  marks.sort((a, b) => a.dueSeconds - b.dueSeconds);
  return {
    startedAt,
    segments,
    notices,
    totalSeconds: segments.reduce(
      (sum, segment) => sum + endSeconds(segment) - toNumber(segment.start),
      0,
    ),
    marks: (start, end) =>
      marks.filter(({ dueSeconds }) => start <= dueSeconds && dueSeconds < end),
    async *artifacts() {
      for (const { input } of placed) yield await input.artifact(keysOf.get(input) ?? []);
    },
    close() {
      for (const input of inputs) input.close();
    },
  };
}

/** Where the longest stream of a segment ends, in seconds from recording start. */
export function endSeconds(segment: SourceSegment): number {
  const lengths = segment.streams.map(({ rate }, stream) =>
    toNumber(secondsOfSample(rate, segment.sampleCounts?.[stream] ?? 0))
  );
  return toNumber(segment.start) + Math.max(0, ...lengths);
}

function offsetOf(input: EdfInput, origin: CivilTime | null, fileCount: number): ExactSeconds {
  if (origin !== null && input.start !== null) return differenceSeconds(input.start, origin);
  if (fileCount === 1 && origin === null) return ZERO;
  throw new Error(
    `Cannot place ${input.path}: its start or the start of the recording is unknown`,
  );
}

function noticeOverlap(
  before: SourceSegment | undefined,
  after: SourceSegment | undefined,
  input: EdfInput,
  notices: string[],
): void {
  if (before === undefined || after === undefined) return;
  const overlap = endSeconds(before) - toNumber(after.start);
  if (overlap > 0) {
    notices.push(
      `${basename(input.path)} begins ${overlap.toFixed(3)} s before the file before ends`,
    );
  }
}

function refuseRepeats(inputs: readonly EdfInput[]): void {
  const seen = new Map<string, string>();
  for (const { sha256, path } of inputs) {
    const before = seen.get(sha256);
    if (before !== undefined) throw new Error(`Cannot join files: ${path} equals ${before}`);
    seen.set(sha256, path);
  }
}
