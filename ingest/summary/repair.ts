/**
 * Summaries that are missing, made again from the stored chunks.
 *
 * Sole owner of what to do after a crash, and for recordings that are older than summaries. What is
 * missing is found by counting: a block of level 0 says how many chunks it has, the chunks' index says how
 * many there are. Every chunk is verified as an upload is; one that does not pass is left out and logged,
 * so readers meet it themselves.
 *
 * @module
 */

import { chunkPlace, unseal } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { readChunkHeader } from "@wavekeep/core/chunk";
import { BLOCK_BUCKETS } from "@wavekeep/core/summary";
import { recordingKey } from "../recording_key.ts";
import type { StoredRecording } from "../store/ingest_store.ts";
import type { StoredSets } from "../stored_sets.ts";
import type { Verifier } from "../verify/verifier.ts";
import { type FlushDeps, flushSummaries } from "./flush.ts";
import { PendingChunks } from "./pending_chunks.ts";
import type { LackingBlock, SealedChunk } from "./summary_store.ts";

/** What repairing needs of the world. */
export interface RepairDeps extends FlushDeps {
  readonly verifier: Verifier;
  readonly sets: Pick<StoredSets, "find">;
}

/** A stream, and what its chunks must fit. */
export interface RepairedStream {
  readonly recording: StoredRecording;
  readonly segmentNumber: number;
  readonly segmentDigest: Uint8Array;
  readonly stream: number;
  readonly descriptorDigest: Uint8Array;
}

/** How far a repair is. */
export interface RepairProgress {
  /** Blocks that lacked something, and how many of them are done. */
  readonly blockCount: number;
  readonly doneCount: number;
  /** Chunks that were read. */
  readonly chunkCount: number;
  /** Chunks that did not pass, and so are in no summary. */
  readonly damagedCount: number;
}

/**
 * Makes the missing summaries of some sequences of a stream.
 *
 * @param options.blocksMax The newest so many blocks; all unless given.
 * @param options.onProgress Called after every block; awaited, so it may hold the work back.
 * @param options.signal Ends it between two blocks.
 * @throws {ProblemError} `recording-not-found`: the patient was erased.
 * @throws What the store throws; blocks that were done stay done.
 */
export async function repairStream(
  deps: RepairDeps,
  stream: RepairedStream,
  sequences: { readonly start: number; readonly end: number },
  options: {
    readonly blocksMax?: number;
    readonly onProgress?: (progress: RepairProgress) => Promise<void> | void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<RepairProgress> {
  const { siteId, recordingId } = stream.recording;
  const place = { recordingId, segmentNumber: stream.segmentNumber, stream: stream.stream };
  const lacking = await deps.store.lacking(siteId, place, sequences);
  const { blocksMax } = options;
  const blocks = blocksMax === undefined ? lacking : lacking.slice(-blocksMax);
  let progress: RepairProgress = {
    blockCount: blocks.length,
    doneCount: 0,
    chunkCount: 0,
    damagedCount: 0,
  };
  for (const block of blocks) {
    if (options.signal?.aborted) break;
    const { chunkCount, damagedCount } = await repairBlock(deps, stream, block);
    progress = {
      ...progress,
      doneCount: progress.doneCount + 1,
      chunkCount: progress.chunkCount + chunkCount,
      damagedCount: progress.damagedCount + damagedCount,
    };
    await options.onProgress?.(progress);
  }
  return progress;
}

async function repairBlock(
  deps: RepairDeps,
  stream: RepairedStream,
  { block }: LackingBlock,
): Promise<{ chunkCount: number; damagedCount: number }> {
  const { recording, segmentNumber } = stream;
  const { siteId, recordingId } = recording;
  const place = { recordingId, segmentNumber, stream: stream.stream };
  const key = await recordingKey(deps.keyStore, recording);
  const chunks = await deps.store.chunks(siteId, place, {
    start: block * BLOCK_BUCKETS,
    end: (block + 1) * BLOCK_BUCKETS,
  });
  let pending: PendingChunks | undefined;
  let damagedCount = 0;
  // All at once: a block is 64 chunks, and verifiers work beside each other.
  const verified = await Promise.all(chunks.map(async (chunk) => {
    try {
      return { chunk, ...await summaryOf(deps, stream, key, chunk) };
    } catch (error) {
      if (!isCoreError(error)) throw error;
      damagedCount++;
      deps.logger.error("stored chunk damaged, it is in no summary", {
        ...place,
        sequence: chunk.sequence,
        error,
      });
      return undefined;
    }
  }));
  for (const found of verified) {
    if (found === undefined) continue;
    pending ??= new PendingChunks(found.header);
    pending.push(found.chunk.sequence, found.summary);
  }
  if (pending !== undefined) {
    await flushSummaries(deps, siteId, [{ ...place, recording, pending }]);
  }
  return { chunkCount: chunks.length, damagedCount };
}

async function summaryOf(
  deps: RepairDeps,
  stream: RepairedStream,
  key: Uint8Array,
  { sequence, body }: SealedChunk,
) {
  const { recording, segmentNumber } = stream;
  const place = { ...recording, segmentNumber, stream: stream.stream, sequence };
  const bytes = unseal(key, chunkPlace(place), body);
  const header = readChunkHeader(bytes);
  const digest = header.parameterSetDigest;
  const set = digest === null ? undefined : await deps.sets.find(recording, digest);
  const { summary } = await deps.verifier.verify({
    bytes,
    identity: { descriptorDigest: stream.descriptorDigest, segmentDigest: stream.segmentDigest },
    set: set && { digest: digest!, set },
  });
  return { header, summary };
}
