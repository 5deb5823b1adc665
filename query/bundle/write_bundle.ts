// deno-lint-ignore-file camelcase -- JSON member names of the manifest are snake_case
/**
 * A recording with its proof, into a spool.
 *
 * The files of samples come first, because they take longest: by the time they are written the log has what
 * the device sent a moment ago. Memory is what the leaves take (some 300 bytes a chunk), never the samples.
 * Hazard: nothing of it is given out before another reader has gone through it (`export_jobs.ts`).
 *
 * @see core/proof/FORMAT.md
 * @module
 */

import { concatBytes, formatHex, littleEndianBytes, parseHex } from "@wavekeep/core/bytes";
import {
  chunkSignature,
  encodeDescriptor,
  encodeLossRecord,
  lossRecordDigest,
} from "@wavekeep/core/chunk";
import { logPseudonym, nodeSha256, sourceFileKey } from "@wavekeep/core/crypto";
import { formatBase64 } from "@wavekeep/core/log";
import {
  BUNDLE_FILES,
  encodeChunkRow,
  encodeLeafRow,
  formatSums,
  type ManifestJson,
} from "@wavekeep/core/proof";
import { compareSeconds, formatSeconds } from "@wavekeep/core/time";
import type { QueryDeps } from "../deps.ts";
import { prepareExport } from "../export/export_file.ts";
import type { ExportStream } from "../export/plan_export.ts";
import { identityOf, segmentOf } from "../open_recording.ts";
import { headOfLog } from "../proof/chunk_proof.ts";
import type { StatementProofRow } from "../proof/proof_store.ts";
import type { PlacedAnnotation } from "../read_annotations.ts";
import { openRun, readPieces } from "../window/read_window.ts";
import type { BundleSnapshot } from "./bundle_snapshot.ts";
import {
  collectLeaves,
  nounName,
  type OpenSegmentRecord,
  openSegmentRecords,
  proveLeaves,
} from "./collect_leaves.ts";
import { planOriginals, writeOriginal } from "./original_files.ts";
import { calibrationFits, manifestOfPlan, planData, type PlannedFile } from "./plan_data.ts";
import { README } from "./readme.ts";
import type { SealedSpool } from "./sealed_spool.ts";

/** What is written, and who is told how far it is. */
export interface BundleOrder {
  readonly snapshot: BundleSnapshot;
  readonly spool: SealedSpool;
  /** Sizes of checkpoints that the asker kept. */
  readonly earlierSizes: readonly number[];
  /** What came from files, as those files. */
  readonly original: boolean;
  /** RFC 3339. */
  readonly madeAt: string;
  /** Bytes that were written, of about so many. */
  readonly onProgress: (done: number, total: number) => void;
  /** Throws when nobody wants it any more. */
  readonly check: () => void;
}

/**
 * Writes every file of a bundle.
 *
 * @throws {ProblemError} `proof-not-ready`: the log has not got to all of it.
 * @throws {IntegrityError} Something stored failed a check.
 */
export async function writeBundle(deps: QueryDeps, order: BundleOrder): Promise<void> {
  const { snapshot, spool } = order;
  const { recording, streams } = snapshot;
  const { siteId, recordingId } = recording.stored;
  const data = await writeData(deps, order);
  const chunks = await writeChunks(deps, order);
  const records = openSegmentRecords(recording, await deps.proofs.segments(siteId, recordingId));
  const statements = (await deps.proofs.statements(siteId, recordingId)).map((row) =>
    statementOf(row, snapshot)
  );
  const nouns = new Set([...snapshot.nouns, ...statements.map(({ name }) => name)]);
  order.check();
  const { head, checkpoint } = await headOfLog(deps.proofs);
  const { logNumber } = head;
  const sources = new Set(
    spool.files.filter(({ path }) => data.some(({ entry }) => isOriginal(entry, path)))
      .map(({ sha256 }) => {
        const id = sourceFileKey(recording.key!, formatHex(sha256)).slice(0, 16);
        return nounName({ type: "source", id, number: 0 });
      }),
  );
  const of = { recording, records, streams, nouns, sources, logNumber, checkpoint };
  const leaves = await collectLeaves(deps.proofs, of);
  await spool.write(BUNDLE_FILES.leaves, leaves.map(encodeLeafRow));
  const earlierSizes = [...new Set(order.earlierSizes)]
    .filter((size) => size >= 1 && size <= checkpoint.size).sort((a, b) => a - b);
  const shape = {
    size: checkpoint.size,
    indexes: leaves.map(({ index }) => index),
    earlierSizes,
  };
  const proof = proveLeaves(deps.proofs, shape, { logNumber, recordingId });
  await spool.write(BUNDLE_FILES.proof, proof);
  await spool.write(BUNDLE_FILES.checkpoint, [head.checkpoint]);
  const keyIds = records.flatMap(({ keyId }) => keyId ?? []);
  const keys = await deps.proofs.publicKeys(siteId, keyIds);
  const manifest: ManifestJson = {
    format: "wavekeep-bundle",
    version: 1,
    made_at: order.madeAt,
    made_by: "Wavekeep query",
    log: {
      origin: head.origin,
      size: checkpoint.size,
      leaf_count: leaves.length,
      earlier_sizes: earlierSizes,
    },
    site_id: siteId,
    recording: {
      patient_id: recording.stored.patientCode,
      recording_id: recording.stored.recordingCode,
      pseudonym: formatHex(logPseudonym(recording.key!)),
      started_at: recording.startedAt,
      as_of: snapshot.asOf,
      is_closed: recording.stored.isClosed,
    },
    ...linksOf(snapshot),
    segments: segmentsOf(snapshot, records, chunks),
    statements: statements.map(({ record, signature }) => ({
      record: formatBase64(record),
      signature: signature && formatBase64(signature),
    })),
    keys: [...keys.values()].map((publicKey) => ({ public_key: formatBase64(publicKey) })),
    annotations: [...snapshot.annotations],
    reviews: [...snapshot.reviews],
    data: data.map(({ entry }) => entry),
    gaps: snapshot.holes.map(({ kind, segment_id, stream, start, end }) => ({
      kind,
      segment_id,
      stream,
      start,
      end,
    })),
    calibration: data.flatMap(({ fits }) => fits),
  };
  const text = (value: string) => [new TextEncoder().encode(value)];
  await spool.write(BUNDLE_FILES.manifest, text(`${JSON.stringify(manifest, null, 1)}\n`));
  await spool.write("README.txt", text(README));
  const sums = spool.files.map(({ path, sha256 }) => [path, sha256] as const);
  await spool.write(BUNDLE_FILES.sums, text(formatSums(sums)));
}

/** Nothing for a recording that was never reassigned: its one version follows from the codes. */
function linksOf({ links }: BundleSnapshot): Pick<ManifestJson, "links"> {
  if (links.length < 2) return {};
  return {
    links: links.map(({ patientCode, recordingCode, reason, actor }) => ({
      patient_id: patientCode,
      recording_id: recordingCode,
      reason,
      actor,
    })),
  };
}

function isOriginal(entry: ManifestJson["data"][number], path: string): boolean {
  return entry.form === "edf" && entry.is_original && entry.path === path;
}

interface WrittenData {
  readonly entry: ManifestJson["data"][number];
  readonly fits: ManifestJson["calibration"];
}

async function writeData(deps: QueryDeps, order: BundleOrder): Promise<WrittenData[]> {
  const { snapshot, spool } = order;
  const { recording, streams } = snapshot;
  const originals = order.original ? await planOriginals(deps, recording, streams) : [];
  const taken = new Set(originals.flatMap(({ segments }) => segments));
  const rest = streams.filter(({ stream }) => !taken.has(stream.segmentNumber));
  const planned = planData(recording, rest);
  const total = streams.reduce((sum, { stream, timeline }) => {
    const width = stream.kind === "int32" ? 2 : stream.kind === "binary32" ? 4 : 8;
    const samples = timeline.stored.reduce((count, { start, end }) => count + end - start, 0);
    return sum + samples * stream.channelCount * width;
  }, 0);
  let done = 0;
  const onBytes = (byteLength: number) => {
    order.check();
    order.onProgress(done += byteLength, total);
  };
  const written: WrittenData[] = [];
  for (const file of originals) {
    const sourceFor = ({ stream }: ExportStream) => sourceOf(deps, snapshot, stream);
    const path = await writeOriginal(file, { spool, sourceFor, onBytes });
    written.push({ entry: manifestOfPlan(path, file.layout, true), fits: [] });
  }
  for (const [position, file] of planned.entries()) {
    if (file.form === "raw") {
      const path = `data/${file.stem}.raw`;
      await spool.write(path, rawPieces(deps, snapshot, file.of), onBytes);
      const { timeline } = file.of;
      const { segmentId: segment_id, stream } = timeline;
      written.push({ entry: { form: "raw", path, segment_id, stream }, fits: [] });
      continue;
    }
    const exported = await prepareExport(recording, file.plan, {
      annotations: marksOf(snapshot, planned, { position, taken }),
      sourceOf: ({ stream }) => sourceOf(deps, snapshot, stream),
    });
    const path = `data/${file.stem}.${exported.extension}`;
    await spool.write(path, exported.pieces(), onBytes);
    const fits = calibrationFits(path, file.plan);
    written.push({ entry: manifestOfPlan(path, file.plan), fits });
  }
  return written;
}

/** A mark goes into the file of the segment that it begins in; one from before all of them into the first. */
function marksOf(
  { recording, marks }: BundleSnapshot,
  planned: readonly PlannedFile[],
  { position, taken }: { position: number; taken: ReadonlySet<number> },
): PlacedAnnotation[] {
  const segmentOfFile = (file: PlannedFile) =>
    file.form === "raw" ? undefined : file.plan.runs[0]!.streams[0]!.stream.segmentNumber;
  const own = segmentOfFile(planned[position]!);
  const first = planned.findIndex((file) => segmentOfFile(file) === own);
  if (first !== position) return [];
  // A file that was handed in keeps the marks that it came with; others of its time go into no file.
  const files = [...planned.flatMap((file) => segmentOfFile(file) ?? []), ...taken];
  const starts = recording.segments.filter(({ segmentNumber }) => files.includes(segmentNumber))
    .sort((a, b) => compareSeconds(a.start, b.start));
  return marks.filter(({ onset }) => {
    if (onset === undefined) return false;
    const begun = starts.filter(({ start }) => compareSeconds(start, onset) <= 0);
    return (begun.at(-1) ?? starts[0])?.segmentNumber === own;
  });
}

/** Where the rows of each stream are, by segment and stream. */
type ChunkRanges = Map<string, { offset: number; byte_length: number; count: number }>;

async function writeChunks(deps: QueryDeps, order: BundleOrder): Promise<ChunkRanges> {
  const { snapshot, spool, check } = order;
  const ranges: ChunkRanges = new Map();
  async function* rows(): AsyncIterable<Uint8Array> {
    let offset = 0;
    for (const of of snapshot.streams) {
      const range = { offset, byte_length: 0, count: 0 };
      ranges.set(`${of.stream.segmentNumber}/${of.stream.stream}`, range);
      const source = sourceOf(deps, snapshot, of.stream);
      for (const samples of of.timeline.stored) {
        const run = { timeline: of.timeline, channelCount: of.stream.channelCount, samples };
        for await (const page of openRun(run, source)) {
          check();
          const bytes = concatBytes(...page.map((opened) => {
            if ("failed" in opened) throw opened.error;
            const { header, bytes } = opened.chunk;
            return encodeChunkRow({ ...header, signature: chunkSignature(bytes, header) });
          }));
          range.byte_length += bytes.byteLength;
          range.count += page.length;
          yield bytes;
        }
      }
      offset += range.byte_length;
    }
  }
  await spool.write(BUNDLE_FILES.chunks, rows());
  return ranges;
}

async function* rawPieces(
  deps: QueryDeps,
  snapshot: BundleSnapshot,
  { stream, timeline }: ExportStream,
): AsyncIterable<Uint8Array> {
  for (const samples of timeline.stored) {
    const run = { timeline, channelCount: stream.channelCount, samples };
    for await (const rows of readPieces(run, sourceOf(deps, snapshot, stream))) {
      yield concatBytes(...rows.map((row) => littleEndianBytes(row as Float64Array)));
    }
  }
}

function sourceOf(
  { store, sets }: QueryDeps,
  { recording }: BundleSnapshot,
  stream: ExportStream["stream"],
) {
  return { store, sets, identity: identityOf(recording, stream)! };
}

function segmentsOf(
  { recording, streams }: BundleSnapshot,
  records: readonly OpenSegmentRecord[],
  chunks: ChunkRanges,
): ManifestJson["segments"] {
  return recording.segments.map((segment) => {
    const { segmentNumber } = segment;
    const { record, signature } = records.find((one) => one.segmentNumber === segmentNumber)!;
    return {
      record: formatBase64(record),
      signature: signature && formatBase64(signature),
      segment_number: segmentNumber,
      start: formatSeconds(segment.start),
      start_uncertainty: formatSeconds(segment.startUncertainty),
      implicit: segment.implicit,
      streams: streams.filter(({ stream }) => stream.segmentNumber === segmentNumber)
        .map(({ stream }) => {
          const { stream: number, rate, kind, channels } = stream;
          const descriptor = encodeDescriptor({
            stream: number,
            rate,
            kind,
            channels: [...channels],
          });
          return {
            stream: number,
            descriptor: formatBase64(descriptor),
            chunks: chunks.get(`${segmentNumber}/${number}`)!,
          };
        }),
    };
  });
}

function statementOf(row: StatementProofRow, { recording }: BundleSnapshot) {
  const segmentId = parseHex(segmentOf(recording, row).segmentId);
  const record = encodeLossRecord({ ...row, segmentId });
  const contentDigest = lossRecordDigest(record, nodeSha256);
  const name = nounName({ type: "statement", id: segmentId, number: row.stream, contentDigest });
  return { record, signature: row.signature, name };
}
