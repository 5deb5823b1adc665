/**
 * One EDF or BDF file as segments of a recording.
 *
 * Every run of contiguous data records is a segment; nothing bridges a gap. Memory is one block of
 * records and one second of samples, however long the file is.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createDeflate } from "node:zlib";
import { Readable } from "node:stream";
import {
  describeChannels,
  type DescribedChannels,
  type EdfFile,
  type EdfRun,
  openEdf,
} from "@wavekeep/core/edf";
import { gridRange } from "@wavekeep/core/chunk";
import {
  addSeconds,
  addToCivil,
  type CivilTime,
  civilToMicros,
  type ExactSeconds,
  exactSeconds,
  secondsOfSample,
  toNumber,
} from "@wavekeep/core/time";
import type { SourceArtifact, SourceChunk, SourceSegment } from "./device_source.ts";
import { fileSha256, openFileByteSource } from "./file_byte_source.ts";
import { StreamCutter } from "./stream_cutter.ts";

/** An open file, described. */
export interface EdfInput {
  readonly path: string;
  readonly sha256: string;
  readonly file: EdfFile;
  readonly channels: DescribedChannels;
  readonly runs: readonly EdfRun[];
  /** Civil start by the header; null when it is unknown. */
  readonly start: CivilTime | null;
  artifact(segmentKeys: readonly string[]): Promise<SourceArtifact>;
  close(): void;
}

/**
 * Opens and describes a file; reads its header, its record onsets and its digest, no samples.
 *
 * @throws {Error} The file cannot be read without inventing something: field and offset in the message.
 */
export async function openEdfInput(path: string): Promise<EdfInput> {
  const source = await openFileByteSource(path);
  try {
    const file = await openEdf(source);
    const sha256 = await fileSha256(source);
    return {
      path,
      sha256,
      file,
      channels: describeChannels(file),
      runs: await file.runs(),
      start: file.header.start,
      async artifact(segmentKeys) {
        const { offset, byteLength } = file.trailing;
        return {
          segmentKeys,
          "file_sha256": sha256,
          "byte_length": source.byteLength,
          format: file.format,
          header: Buffer.from(file.headerBytes).toString("base64"),
          "annotation_bytes_deflated": (await deflate(file.annotationBytes())).toString("base64"),
          "signal_order": file.signals.map(({ index }) => index),
          "record_count_as_written": file.header.recordCountDeclared ?? file.recordCount,
          trailing: Buffer.from(await source.read(offset, byteLength)).toString("base64"),
        };
      },
      close: () => source.close(),
    };
  } catch (cause) {
    source.close();
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/**
 * The runs of a file as segments.
 *
 * @param at.offset Seconds from recording start to the start in the file's header.
 * @param at.uncertainty Decimal seconds: "1" where whole-second starts are all there is.
 */
export function edfSegments(
  input: EdfInput,
  at: { offset: ExactSeconds; uncertainty: string },
): SourceSegment[] {
  if (input.channels.streams.length === 0) return [];
  return input.runs.map((run): SourceSegment => ({
    key: `${input.sha256}/${run.firstRecord}`,
    isContent: true,
    start: addSeconds(at.offset, run.onset),
    startUncertainty: at.uncertainty,
    clock: input.start === null ? "unknown" : "zone-unknown",
    openedMicros: input.start === null ? null : civilToMicros(addToCivil(input.start, run.onset)),
    streams: input.channels.streams,
    ...residueOf(input, run),
    sampleCounts: input.channels.streams.map((_, stream) =>
      run.recordCount * samplesPerRecord(input, stream)
    ),
    chunks: (from) => chunksOfRun(input, run, from),
  }));
}

/** Record onsets that stray from the nominal durations are not gaps: they observe the file's clock. */
function residueOf(input: EdfInput, run: EdfRun): Pick<SourceSegment, "clockObservation"> {
  if (run.residue.numerator === 0n || input.start === null) return {};
  const { numerator, denominator } = input.file.header.recordDuration;
  const nominal = exactSeconds(numerator * BigInt(run.recordCount - 1), denominator);
  const deviceTime = addToCivil(input.start, addSeconds(run.onset, nominal));
  return {
    clockObservation: {
      deviceTimeMicros: civilToMicros(deviceTime),
      monotonicNs: nominal.numerator * 1_000_000_000n / nominal.denominator,
      referenceTimeMicros: civilToMicros(addToCivil(deviceTime, run.residue)),
      reference: "file",
      uncertaintyMicros: null,
    },
  };
}

function samplesPerRecord(input: EdfInput, stream: number): number {
  const position = input.channels.signalIndexes[stream]![0]!;
  return ordinarySignals(input)[position]!.samplesPerRecord;
}

function ordinarySignals(input: EdfInput) {
  return input.file.signals.filter((signal) => !signal.isAnnotation);
}

async function* chunksOfRun(
  input: EdfInput,
  run: EdfRun,
  from: readonly number[],
): AsyncIterable<SourceChunk> {
  const { streams, signalIndexes } = input.channels;
  const perRecord = streams.map((_, stream) => samplesPerRecord(input, stream));
  const cutters = streams.map(({ rate, channels }, stream) =>
    new StreamCutter({
      stream,
      rate,
      channelCount: channels.length,
      sequence: from[stream] ?? 0,
    })
  );
  const firstRecord = Math.min(
    run.recordCount,
    ...streams.map(({ rate }, stream) =>
      Math.floor(gridRange(rate, from[stream] ?? 0).start / perRecord[stream]!)
    ),
  );
  const range = {
    start: run.firstRecord + firstRecord,
    end: run.firstRecord + run.recordCount,
  };
  for await (const record of input.file.records(range)) {
    const ready: SourceChunk[] = [];
    const recordOfRun = record.index - run.firstRecord;
    cutters.forEach((cutter, stream) => {
      const rows = signalIndexes[stream]!.map((index) => record.samples[index]!);
      ready.push(...cutter.take(rows, recordOfRun * perRecord[stream]!));
    });
    yield* inOrderOfTime(ready, streams);
  }
  yield* inOrderOfTime(cutters.flatMap((cutter) => [...cutter.finish()]), streams);
}

function inOrderOfTime(
  chunks: SourceChunk[],
  streams: DescribedChannels["streams"],
): SourceChunk[] {
  if (streams.length === 1) return chunks;
  const end = ({ stream, firstSample, sampleCount }: SourceChunk) =>
    toNumber(secondsOfSample(streams[stream]!.rate, firstSample + sampleCount));
  return chunks.sort((a, b) => end(a) - end(b) || a.stream - b.stream);
}

async function deflate(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const out: Buffer[] = [];
  for await (const part of Readable.from(parts).pipe(createDeflate())) out.push(part as Buffer);
  return Buffer.concat(out);
}
