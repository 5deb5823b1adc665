/**
 * Files as they were handed in, byte for byte, out of stored samples and what was kept beside them.
 *
 * Sole owner of the rule: a file goes into a bundle only when length and SHA-256 of all that was rebuilt are
 * those that its source row gives; nothing near it ever does. Whoever asks for it has identity scope
 * (`originals:export`), because its header names a patient. In memory are its header and its deflated
 * annotation bytes, as large as one request to ingest may be, never its samples.
 *
 * @see core/proof/FORMAT.md, "Data"
 * @module
 */

import { equalBytes, formatHex, parseHex } from "@wavekeep/core/bytes";
import { sourceFileKey, sourcePlace, unseal } from "@wavekeep/core/crypto";
import { bytesByteSource, type EdfFile, openEdf, rebuildEdf } from "@wavekeep/core/edf";
import { isCoreError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import { ZERO_SECONDS } from "@wavekeep/core/time";
import { SourceRequest } from "@wavekeep/core/wire";
import type { QueryDeps } from "../deps.ts";
import { exportRecords, type RecordLayout, type SourceOf } from "../export/export_records.ts";
import { type ExportRun, type ExportStream, impossible } from "../export/plan_export.ts";
import { IntegrityError } from "../integrity_error.ts";
import { type OpenRecording, segmentOf } from "../open_recording.ts";
import type { SourceRow } from "../proof/proof_store.ts";
import type { SealedSpool } from "./sealed_spool.ts";

/** A file to be rebuilt. */
export interface OriginalFile {
  readonly stem: string;
  readonly fileSha256: string;
  readonly byteLength: number;
  /** Numbers of the segments whose samples are in it, and in no other file of the bundle then. */
  readonly segments: readonly number[];
  readonly layout: RecordLayout;
  readonly edf: EdfFile;
  readonly annotationsDeflated: Uint8Array<ArrayBuffer>;
  readonly trailing: Uint8Array;
}

/**
 * Every file that a recording came from, in the order of their digests.
 *
 * @throws {ProblemError} `export-impossible`: none was kept, or samples of one are not there.
 * @throws {IntegrityError} A source row is not what was stored.
 */
export async function planOriginals(
  { proofs }: QueryDeps,
  recording: OpenRecording,
  streams: readonly ExportStream[],
): Promise<OriginalFile[]> {
  const { siteId, recordingId } = recording.stored;
  const rows = await proofs.sources(siteId, recordingId);
  if (rows.length === 0) throw impossible("no file was kept that the recording came from");
  const files: OriginalFile[] = [];
  const taken = new Set<number>();
  const sources = rows.map((row) => openSource(recording, row))
    .sort((a, b) => a.file_sha256 < b.file_sha256 ? -1 : 1);
  for (const [number, source] of sources.entries()) {
    const file = await planOriginal(recording, streams, { source, number });
    for (const segment of file.segments) {
      if (taken.has(segment)) throw impossible(`segment ${segment} is of two files`);
      taken.add(segment);
    }
    files.push(file);
  }
  return files;
}

async function planOriginal(
  recording: OpenRecording,
  streams: readonly ExportStream[],
  { source, number }: { source: SourceRequest; number: number },
): Promise<OriginalFile> {
  const trailing = Uint8Array.fromBase64(source.trailing);
  const edf = await headerOf(Uint8Array.fromBase64(source.header));
  const runs = source.segment_ids.map((segmentId) =>
    runOf(streams.filter(({ stream }) => segmentOf(recording, stream).segmentId === segmentId), edf)
  );
  const [first] = runs;
  if (first === undefined) throw impossible("a file without samples was kept");
  const signals = signalsOf(first, edf);
  const table = JSON.stringify(signals);
  if (runs.some((run) => JSON.stringify(signalsOf(run, edf)) !== table)) {
    throw impossible("segments of one file have different channels");
  }
  const recordBytes = source.byte_length - edf.headerBytes.byteLength - trailing.byteLength;
  const recordCount = runs.reduce((sum, run) => sum + run.recordCount, 0);
  if (recordCount * edf.recordByteLength !== recordBytes) {
    throw impossible("not all samples of a file are stored");
  }
  const ordinary = ordinaryOf(edf);
  return {
    stem: `original_${number}`,
    fileSha256: source.file_sha256,
    byteLength: source.byte_length,
    segments: runs.map(({ streams: [of] }) => of!.stream.segmentNumber),
    layout: {
      runs,
      signals,
      samplesPerRecord: first.streams.map(({ stream }) =>
        ordinary[stream.channels[0]!.position]!.samplesPerRecord
      ),
      recordDuration: edf.header.recordDuration,
    },
    edf,
    annotationsDeflated: Uint8Array.fromBase64(source.annotation_bytes_deflated),
    trailing,
  };
}

/**
 * Rebuilds a file into the spool, and compares it with what came in.
 *
 * @returns Its path in the bundle.
 * @throws {ProblemError} `integrity-failed`: it is another file.
 */
export async function writeOriginal(
  file: OriginalFile,
  to: {
    readonly spool: SealedSpool;
    readonly sourceFor: SourceOf;
    readonly onBytes: (byteLength: number) => void;
  },
): Promise<string> {
  const { edf, layout, trailing } = file;
  const path = `data/${file.stem}.${edf.header.bytesPerSample === 3 ? "bdf" : "edf"}`;
  const bytes = rebuildEdf(
    { edf, annotationBytes: inflate(file.annotationsDeflated), trailing },
    exportRecords(layout, to.sourceFor, ZERO_SECONDS),
  );
  const differs = (cause?: unknown) =>
    new ProblemError("integrity-failed", {
      detail: "A file that was handed in does not come out as it went in: its bytes are not given",
      cause,
    });
  const written = await to.spool.write(path, bytes, to.onBytes).catch((error) => {
    throw isCoreError(error) ? differs(error) : error;
  });
  const isSame = written.byteLength === file.byteLength &&
    equalBytes(written.sha256, parseHex(file.fileSha256, 32));
  if (!isSame) throw differs();
  return path;
}

function openSource(recording: OpenRecording, row: SourceRow): SourceRequest {
  const { siteId, recordingId } = recording.stored;
  try {
    const key = recording.key!;
    const place = sourcePlace(siteId, recordingId, row.fileKey);
    const text = new TextDecoder().decode(unseal(key, place, row.bodySealed));
    const source = SourceRequest.parse(JSON.parse(text));
    // Rows from before have SHA-256 and length in the clear.
    const isSame = row.byteLength === null
      ? formatHex(sourceFileKey(key, source.file_sha256)) === row.fileKey
      : source.file_sha256 === row.fileKey && source.byte_length === row.byteLength;
    if (isSame) return source;
  } catch (cause) {
    throw new IntegrityError("seal", { thing: "source", recordingId }, cause);
  }
  throw new IntegrityError("stored-digest", { thing: "source", recordingId });
}

async function headerOf(bytes: Uint8Array): Promise<EdfFile> {
  try {
    return await openEdf(bytesByteSource(bytes), { mode: "tolerant" });
  } catch (error) {
    if (!isCoreError(error)) throw error;
    throw impossible(`the header that was kept cannot be read: ${error.message}`);
  }
}

const ordinaryOf = ({ signals }: EdfFile) => signals.filter(({ isAnnotation }) => !isAnnotation);

/** All records of a segment. @throws {ProblemError} `export-impossible`: a hole, or part of a record. */
function runOf(streams: readonly ExportStream[], edf: EdfFile): ExportRun {
  const ordinary = ordinaryOf(edf);
  const lengths = streams.map(({ stream, timeline: { stored } }) => {
    const perRecord = ordinary[stream.channels[0]?.position ?? -1]?.samplesPerRecord ?? 0;
    const [range] = stored;
    const isWhole = stream.kind === "int32" && stored.length === 1 && range!.start === 0 &&
      perRecord > 0 && range!.end % perRecord === 0;
    return isWhole ? range!.end / perRecord : NaN;
  });
  const [recordCount] = lengths;
  if (recordCount === undefined || lengths.some((length) => length !== recordCount)) {
    throw impossible("not all samples of a file are stored");
  }
  return {
    streams,
    samples: streams.map(({ timeline }) => timeline.stored[0]!),
    onset: ZERO_SECONDS,
    recordCount,
    padding: streams.map(() => 0),
  };
}

/** Stream and row of every ordinary signal, in file order. */
function signalsOf({ streams }: ExportRun, edf: EdfFile): RecordLayout["signals"] {
  const ordinary = ordinaryOf(edf);
  return ordinary.map(({ samplesPerRecord }, position) => {
    for (const [streamIndex, { stream: { channels } }] of streams.entries()) {
      const row = channels.findIndex((channel) => channel.position === position);
      if (row < 0) continue;
      const [{ position: lead }] = channels as [typeof channels[0]];
      if (ordinary[lead!]?.samplesPerRecord === samplesPerRecord) return { streamIndex, row };
    }
    throw impossible(`no stream has signal ${position} of a file`);
  });
}

async function* inflate(deflated: Uint8Array<ArrayBuffer>): AsyncIterable<Uint8Array> {
  try {
    yield* new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  } catch (cause) {
    throw new ProblemError("integrity-failed", {
      detail: "Annotation bytes that were kept cannot be read",
      cause,
    });
  }
}
