/**
 * Layer 5. The files of samples: read by the EDF reader, held against digests, calibration and time.
 *
 * @module
 */

import { fillFromLittleEndian, formatHex } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { samplesDigest } from "../chunk/mod.ts";
import { type EdfFile, openEdf } from "../edf/mod.ts";
import { fastestRate, judgeOnset } from "../edf/runs.ts";
import { CorruptInputError, isCoreError } from "../error.ts";
import {
  addSeconds,
  differenceSeconds,
  type ExactSeconds,
  exactSeconds,
  floorDivide,
  formatSeconds,
  parseCivil,
  type SampleRate,
  secondsOfSample,
} from "../time/mod.ts";
import { type BundleSource, FrontToBack } from "./bundle_source.ts";
import { checkSignal } from "./check_signal.ts";
import { edfPatientId, edfRecordingId } from "./edf_names.ts";
import type { DataFile } from "./manifest.ts";
import { SampleCheck } from "./sample_check.ts";
import type { StreamChunks } from "./verify_chunks.ts";
import type { VerifyContext } from "./verify_segments.ts";

type EdfDataFile = Extract<DataFile, { form: "edf" }>;
type RawDataFile = Extract<DataFile, { form: "raw" }>;

/** Streams by segment and number, and what has been compared of each. */
type Checks = ReadonlyMap<string, { of: StreamChunks; check: SampleCheck }>;

/** Compares every sample of every file with the digests of the chunks. */
export async function verifyData(
  source: BundleSource,
  streams: readonly StreamChunks[],
  context: VerifyContext,
): Promise<void> {
  const { manifest, crypto: { sha256 }, result } = context;
  const checks: Checks = new Map(streams.map((of) => [
    `${of.segment.segmentId}/${of.stream.descriptor.stream}`,
    { of, check: new SampleCheck(of, { sha256, result }) },
  ]));
  const seen = new Set<string>();
  for (const file of manifest.data) {
    try {
      if (seen.has(file.path)) throw unreadable(file.path, "the manifest has it twice");
      seen.add(file.path);
      if (file.form === "raw") await verifyRaw(source, file, { checks, sha256 });
      else await verifyEdf(source, file, { checks, context });
    } catch (error) {
      if (!isCoreError(error)) throw error;
      result.find("bundle-unreadable", error.message, { file: file.path });
    }
  }
  for (const { check } of checks.values()) check.end();
}

async function verifyEdf(
  source: BundleSource,
  file: EdfDataFile,
  { checks, context }: { checks: Checks; context: VerifyContext },
): Promise<void> {
  const edf = await openEdf(bytesOf(source, file.path), { mode: "tolerant" });
  const ordinary = edf.signals.filter(({ isAnnotation }) => !isAnnotation);
  if (ordinary.length !== file.signals.length) {
    throw new CorruptInputError(
      `Cannot read ${file.path}: it has ${ordinary.length} signals, the manifest ${file.signals.length}`,
      { field: "signals" },
    );
  }
  if (!file.is_original) checkHeader(edf, file, context);
  else if (!context.provenFiles.has(file.path)) {
    context.result.note(
      "header-unproven",
      "the header is what was handed in: times and names in it are its author's",
      { file: file.path },
    );
  }
  requireEveryRecord(edf, file);
  const inFile = new Set(file.signals.map(({ stream }) => stream));
  for (const run of file.runs) {
    const segmentId = formatHex(run.segment_id);
    const inRun = new Set(run.streams.map(({ stream }) => stream));
    if (inRun.size !== run.streams.length || inRun.symmetricDifference(inFile).size > 0) {
      throw unreadable(file.path, "a run does not have each stream of its signals once");
    }
    const lanes = run.streams.map((part) => {
      const found = checks.get(`${segmentId}/${part.stream}`);
      if (found === undefined) {
        throw new CorruptInputError(
          `Cannot read ${file.path}: the manifest has no stream ${part.stream} of ${segmentId}`,
          { field: "runs" },
        );
      }
      const signals = rowsOf(file, part.stream, found.check.channelCount);
      for (const [row, signal] of signals.entries()) {
        const channel = found.of.stream.descriptor.channels[row]!;
        checkSignal({ file, signal, channel, written: ordinary[signal]! }, context);
        const { rate } = found.of.stream.descriptor;
        if (!isSameRate(ordinary[signal]!.rate, rate)) {
          context.result.find("time-differs", `signal ${signal} has another rate`, {
            file: file.path,
            segmentId,
          });
        }
      }
      const perRecord = ordinary[signals[0]!]!.samplesPerRecord;
      const padding = run.record_count * perRecord - part.sample_count;
      if (padding < 0 || padding >= perRecord) {
        throw unreadable(
          file.path,
          `${part.sample_count} samples of stream ${part.stream} are not ${run.record_count} records`,
        );
      }
      found.check.begin(part.first_sample, file.path);
      return { ...found, part, signals, left: part.sample_count };
    });
    let expected = file.is_original ? undefined : onsetOf(edf, file, { run, checks, context });
    const end = run.first_record + run.record_count;
    const fastest = fastestRate(ordinary.flatMap(({ rate }) => rate === null ? [] : [rate]));
    for await (const record of edf.records({ start: run.first_record, end })) {
      if (expected !== undefined && fastest !== undefined) {
        if (judgeOnset(record.onset, expected, fastest) !== "joined") {
          context.result.find(
            "time-differs",
            `record ${record.index} begins at ${formatSeconds(record.onset)} s of the file, ` +
              `its samples at ${formatSeconds(expected)} s`,
            { file: file.path, segmentId },
          );
          expected = undefined;
        } else expected = addSeconds(expected, edf.header.recordDuration);
      }
      for (const lane of lanes) {
        const perRecord = ordinary[lane.signals[0]!]!.samplesPerRecord;
        const count = Math.min(perRecord, lane.left);
        const channels = lane.signals.map((signal) => record.samples[signal]!);
        lane.check.take(channels, { offset: 0, count });
        lane.left -= count;
        // Of a file that was handed in, the author decided what stands behind the last sample.
        if (!file.is_original && channels.some((samples) => !isPaddedFrom(samples, count))) {
          const detail = `behind sample ${lane.part.first_sample + lane.part.sample_count - 1}`;
          context.result.find("samples-unproven", detail, {
            file: file.path,
            segmentId,
            stream: lane.part.stream,
          });
        }
      }
    }
    for (const { check } of lanes) check.endRun();
  }
}

/**
 * A record that no run claims would be shown by every reader of the file, and compared with nothing.
 *
 * @throws {CorruptInputError} The runs are not all records of the file, each once.
 */
function requireEveryRecord(edf: EdfFile, file: EdfDataFile): void {
  let next = 0;
  for (const run of file.runs.toSorted((a, b) => a.first_record - b.first_record)) {
    if (run.first_record !== next) {
      throw unreadable(file.path, `records ${next} and ${run.first_record} do not join`);
    }
    next += run.record_count;
  }
  if (next === edf.recordCount) return;
  throw unreadable(file.path, `it has ${edf.recordCount} records, the manifest ${next}`);
}

/** Whether everything from `count` on repeats the sample before it, as the writer pads. */
function isPaddedFrom(samples: Int32Array, count: number): boolean {
  for (let i = count; i < samples.length; i++) if (samples[i] !== samples[count - 1]) return false;
  return true;
}

function isSameRate(one: SampleRate | null, other: SampleRate): boolean {
  return one !== null && one.samples * other.seconds === other.samples * one.seconds;
}

function unreadable(path: string, why: string): CorruptInputError {
  return new CorruptInputError(`Cannot read ${path}: ${why}`, { field: "data" });
}

/** Whose recording the file's header says it is. */
function checkHeader(edf: EdfFile, file: EdfDataFile, { manifest, result }: VerifyContext): void {
  const { patient_id: patientId, recording_id: code, started_at: started } = manifest.recording;
  const { header } = edf;
  if (header.patientId !== edfPatientId(patientId)) {
    result.find("header-differs", "the header names another patient", { file: file.path });
  }
  if (header.recordingId !== edfRecordingId(started === null ? null : header.start, code)) {
    result.find("header-differs", "the header names another recording", { file: file.path });
  }
}

/** The signals of a stream by its rows; each row exactly once. */
function rowsOf(file: EdfDataFile, stream: number, channelCount: number): number[] {
  const signals = Array.from(
    { length: channelCount },
    (_, row) => file.signals.findIndex((signal) => signal.stream === stream && signal.row === row),
  );
  const own = file.signals.filter((signal) => signal.stream === stream);
  if (signals.includes(-1) || own.length !== channelCount) {
    throw new CorruptInputError(
      `Cannot read ${file.path}: its signals are not the ${channelCount} rows of stream ${stream}`,
      { field: "signals" },
    );
  }
  return signals;
}

/** Where the first record of a run must begin, in seconds from the start in the file's header. */
function onsetOf(
  edf: EdfFile,
  file: EdfDataFile,
  of: { run: EdfDataFile["runs"][number]; checks: Checks; context: VerifyContext },
): ExactSeconds | undefined {
  const { run, checks, context } = of;
  const at = ({ segment_id: segmentId, streams: [part] }: EdfDataFile["runs"][number]) => {
    const found = checks.get(`${formatHex(segmentId)}/${part!.stream}`)?.of;
    if (found === undefined) return undefined;
    const { rate } = found.stream.descriptor;
    return addSeconds(found.segment.start, secondsOfSample(rate, part!.first_sample));
  };
  const [own, first] = [at(run), at(file.runs[0]!)];
  if (own === undefined || first === undefined) return undefined;
  const started = context.manifest.recording.started_at;
  const { start } = edf.header;
  // Without a known start the header's is made up, and the file begins at a whole second before.
  const origin = started === null || start === null
    ? exactSeconds(floorDivide(first.numerator, first.denominator))
    : differenceSeconds(start, parseCivil(started.civil));
  return addSeconds(own, { ...origin, numerator: -origin.numerator });
}

async function verifyRaw(
  source: BundleSource,
  file: RawDataFile,
  { checks, sha256 }: { checks: Checks; sha256: Sha256 },
): Promise<void> {
  const found = checks.get(`${formatHex(file.segment_id)}/${file.stream}`);
  if (found === undefined) {
    throw new CorruptInputError(`Cannot read ${file.path}: the manifest has no such stream`, {
      field: "stream",
    });
  }
  const { kind, channels } = found.of.stream.descriptor;
  const reader = new FrontToBack(bytesOf(source, file.path), file.path);
  for (const [position, { sampleCount }] of found.of.rows.entries()) {
    const count = channels.length * sampleCount;
    const bytes = await reader.take(count * (kind === "binary64" ? 8 : 4));
    const samples = kind === "int32"
      ? new Int32Array(count)
      : kind === "binary32"
      ? new Float32Array(count)
      : new Float64Array(count);
    fillFromLittleEndian(samples, bytes);
    const digest = samplesDigest(kind, channels.length, sampleCount, samples, sha256);
    found.check.judge(position, digest, file.path);
  }
  if (reader.remaining === 0) return;
  throw new CorruptInputError(`Cannot read ${file.path}: bytes behind the last chunk`, {
    field: "samples",
  });
}

function bytesOf(source: BundleSource, path: string) {
  const bytes = source.open(path);
  if (bytes !== undefined) return bytes;
  throw new CorruptInputError(`Cannot read bundle: ${path} is not there`, { field: path });
}
