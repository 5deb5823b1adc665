/**
 * Layer 5. Chunks of a bundle without their samples: digests, chain, grid, signatures, leaves.
 *
 * Sole owner of the verdict on a chunk row. What it leaves open is whether the samples in the data files
 * are those of its sample digest (`verify_data.ts`).
 *
 * @module
 */

import { equalBytes } from "../bytes/mod.ts";
import {
  chunkSignatureMessage,
  isOnGrid,
  type RunChunk,
  uncoveredBySignature,
} from "../chunk/mod.ts";
import { CorruptInputError, isCoreError } from "../error.ts";
import { addSeconds, formatSeconds, secondsOfSample } from "../time/mod.ts";
import { type BundleSource, FrontToBack } from "./bundle_source.ts";
import { chunkDigestOfRow, type ChunkRow, readChunkRow } from "./chunk_rows.ts";
import type { ProofPlace } from "./findings.ts";
import { BUNDLE_FILES } from "./manifest.ts";
import type { ProvenSegment, ProvenStream, VerifyContext } from "./verify_segments.ts";

/** The chunks of one stream. */
export interface StreamChunks {
  readonly segment: ProvenSegment;
  readonly stream: ProvenStream;
  /** By sequence. */
  readonly rows: readonly ChunkRow[];
}

/** Where a chunk is, for findings. */
export function placeOfRow(
  { segment, stream }: Pick<StreamChunks, "segment" | "stream">,
  { sequence, firstSample }: Pick<ChunkRow, "sequence" | "firstSample">,
): ProofPlace {
  const { rate, stream: number } = stream.descriptor;
  const second = formatSeconds(addSeconds(segment.start, secondsOfSample(rate, firstSample)));
  return { segmentId: segment.segmentId, stream: number, sequence, second };
}

/** Reads and checks the chunks of every stream. */
export async function verifyChunks(
  source: BundleSource,
  segments: readonly ProvenSegment[],
  context: VerifyContext,
): Promise<StreamChunks[]> {
  const { result } = context;
  const found: StreamChunks[] = [];
  // Parts that overlap would have the same bytes looked at again and again.
  let unread = source.open(BUNDLE_FILES.chunks)?.byteLength ?? 0;
  for (const segment of segments) {
    for (const stream of segment.streams) {
      unread -= stream.chunks.byte_length;
      if (unread < 0) {
        const { segmentId } = segment;
        const place = { file: BUNDLE_FILES.chunks, segmentId, stream: stream.descriptor.stream };
        result.find("bundle-unreadable", "the parts of streams are more than the file", place);
        break;
      }
      const rows = await verifyStream(source, { segment, stream }, context);
      found.push({ segment, stream, rows });
    }
  }
  reportMissing(segments, context);
  return found;
}

async function verifyStream(
  source: BundleSource,
  of: { segment: ProvenSegment; stream: ProvenStream },
  context: VerifyContext,
): Promise<ChunkRow[]> {
  const { segment, stream } = of;
  const { facts, crypto, result } = context;
  const { descriptor } = stream;
  const leaves = facts.chunksOf(segment.record.segmentId, descriptor.stream);
  const rows: ChunkRow[] = [];
  const runs: RunChunk[] = [];
  let before: { sequence: number; digest: Uint8Array } | undefined;
  try {
    for await (const row of chunkRows(source, stream.chunks)) {
      if (before !== undefined && row.sequence <= before.sequence) {
        throw new CorruptInputError(
          `Cannot read chunks: ${row.sequence} comes behind ${before.sequence}`,
          { field: "sequence" },
        );
      }
      const place = placeOfRow(of, row);
      const identity = {
        descriptorDigest: stream.descriptorDigest,
        segmentDigest: segment.segmentDigest,
        segmentId: segment.record.segmentId,
        descriptor,
      };
      const digest = chunkDigestOfRow(row, identity, crypto.sha256);
      const leaf = leaves.get(row.sequence);
      if (leaf === undefined) result.find("chunk-unproven", "", place);
      else if (!equalBytes(leaf.chunkDigest, digest)) {
        result.find("chunk-differs", whatDiffers(row, before, of), {
          ...place,
          leafIndex: leaf.leafIndex,
        });
      } else if (
        segment.revokedAtMicros !== undefined && leaf.receivedAtMicros > segment.revokedAtMicros
      ) {
        result.find("signature-refused", "its key was revoked before it came", place);
      }
      leaves.delete(row.sequence);
      if (!isOnGrid(descriptor.rate, row)) result.find("time-differs", "off the grid", place);
      if (!followsChain(row, before, of)) result.find("chain-broken", "", place);
      const isSigned = await holdsSignature(row, { digest, place, segment }, context);
      runs.push({ ...row, chunkDigest: digest, isSigned });
      before = { sequence: row.sequence, digest };
      rows.push(row);
    }
  } catch (error) {
    if (!isCoreError(error)) throw error;
    result.find("bundle-unreadable", error.message, {
      file: BUNDLE_FILES.chunks,
      segmentId: segment.segmentId,
      stream: descriptor.stream,
    });
  }
  for (const index of uncoveredBySignature(segment.record.signaturePolicy, runs)) {
    // A signature that was refused is named already.
    if (rows[index]!.signature !== undefined) continue;
    result.find("signature-missing", "", placeOfRow(of, rows[index]!));
  }
  result.counts.chunks += rows.length;
  return rows;
}

async function* chunkRows(
  source: BundleSource,
  range: ProvenStream["chunks"],
): AsyncIterable<ChunkRow> {
  if (range.count === 0 && range.byte_length === 0) return;
  const bytes = source.open(BUNDLE_FILES.chunks);
  if (bytes === undefined) {
    throw new CorruptInputError(`Cannot read bundle: ${BUNDLE_FILES.chunks} is not there`, {
      field: BUNDLE_FILES.chunks,
    });
  }
  const part = { offset: range.offset, byteLength: range.byte_length };
  const file = new FrontToBack(bytes, BUNDLE_FILES.chunks, part);
  for (let i = 0; i < range.count; i++) yield await readChunkRow(file);
  if (file.remaining !== 0) {
    throw new CorruptInputError(
      `Cannot read chunks: ${range.count} of them do not end where the manifest says`,
      { field: "byte length" },
    );
  }
}

/** The digest alone says that something differs; whether the chain still holds says a little more. */
function whatDiffers(
  row: ChunkRow,
  before: { sequence: number; digest: Uint8Array } | undefined,
  of: { segment: ProvenSegment },
): string {
  return followsChain(row, before, of)
    ? "its samples, its place or its time are not those that were captured"
    : "it does not follow the chunk before it";
}

function followsChain(
  row: ChunkRow,
  before: { sequence: number; digest: Uint8Array } | undefined,
  { segment }: { segment: ProvenSegment },
): boolean {
  if (row.sequence === 0 || segment.isImplicit) {
    return equalBytes(row.previousDigest, segment.segmentDigest);
  }
  // Behind a hole nothing is left to compare with: what the device chained to is in the row.
  if (before?.sequence !== row.sequence - 1) return true;
  return equalBytes(row.previousDigest, before.digest);
}

/** Whether a chunk carries a signature that holds; one that does not is a finding. */
async function holdsSignature(
  { signature }: ChunkRow,
  of: { digest: Uint8Array; place: ProofPlace; segment: ProvenSegment },
  { crypto, result }: VerifyContext,
): Promise<boolean> {
  const { digest, place, segment: { publicKey, record } } = of;
  if (signature === undefined) return false;
  if (publicKey === undefined) {
    if (record.signaturePolicy === "none") {
      result.find("signature-refused", "no known key's", place);
    }
    return false;
  }
  const message = chunkSignatureMessage(digest);
  const isGood = await crypto.verify({ publicKey, message, signature });
  if (isGood) result.counts.signatures++;
  else result.find("signature-refused", "of the chunk", place);
  return isGood;
}

/** Leaves of chunks that no row has spoken for. */
function reportMissing(
  segments: readonly ProvenSegment[],
  { facts, result }: VerifyContext,
): void {
  for (const [key, leaves] of facts.chunks) {
    const [segmentId = "", streamText] = key.split("/");
    const stream = Number(streamText);
    const segment = segments.find((candidate) => candidate.segmentId === segmentId);
    for (const [sequence, { leafIndex }] of leaves) {
      const isErased = facts.erased.some((range) =>
        equalBytes(range.segmentId, segment?.record.segmentId ?? new Uint8Array()) &&
        range.stream === stream && range.firstSequence <= sequence &&
        sequence < range.firstSequence + range.sequenceCount
      );
      if (isErased) continue;
      result.find("chunk-missing", "", { segmentId, stream, sequence, leafIndex });
    }
  }
}
