/**
 * New summaries into the stored ones: read, open, merge, seal, write, all levels in one transaction.
 *
 * Sole owner of sealing summaries. A chunk that a block has already changes nothing, so the same
 * summaries may be flushed again whatever became of the first time.
 *
 * @module
 */

import { envelopePlace, type KeyStore, seal, unseal } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import type { Logger } from "@wavekeep/core/service";
import { mergePending, SummaryBlock, touchedBlocks } from "@wavekeep/core/summary";
import { setImmediate } from "node:timers";
import { recordingKey } from "../recording_key.ts";
import type { StoredRecording } from "../store/ingest_store.ts";
import type { PendingChunks } from "./pending_chunks.ts";
import type {
  BlockKey,
  NewBlock,
  StoredBlock,
  StreamPlace,
  SummaryStore,
} from "./summary_store.ts";

/** What flushing needs of a recording. */
export type SummarisedRecording = Pick<
  StoredRecording,
  "siteId" | "recordingId" | "patientUuid" | "wrappedKey"
>;

/** New summaries of one stream. */
export interface PendingStream extends StreamPlace {
  readonly recording: SummarisedRecording;
  readonly pending: PendingChunks;
}

/** What flushing needs of the world. */
export interface FlushDeps {
  readonly store: SummaryStore;
  readonly keyStore: KeyStore;
  readonly logger: Logger;
}

/** Another process seldom flushes the same stream at the same moment, and never for long. */
const ATTEMPT_COUNT_MAX = 8;

/** A stream on its way through a flush. */
interface FlushedStream {
  readonly stream: PendingStream;
  readonly key: Uint8Array;
  readonly blocks: readonly SummaryBlock[];
}

/**
 * Makes new summaries part of the stored ones.
 *
 * Of a patient that was erased nothing is written. Where a stored block does not open, nothing of its
 * stream is: readers go back to the chunks, and the log says what to do.
 *
 * @param streams Of one site.
 * @throws What the store throws; nothing of it was written then.
 */
export async function flushSummaries(
  deps: FlushDeps,
  siteId: number,
  streams: readonly PendingStream[],
): Promise<void> {
  const flushed: FlushedStream[] = [];
  for (const stream of streams) {
    const key = await keyOf(deps, stream.recording);
    if (key !== undefined) flushed.push({ stream, key, blocks: stream.pending.toBlocks() });
  }
  if (flushed.length === 0) return;
  const keys = flushed.flatMap(({ stream, blocks }) =>
    touchedBlocks(blocks).map((place): BlockKey => ({ ...placeOf(stream), ...place }))
  );
  for (let attempt = 1; attempt <= ATTEMPT_COUNT_MAX; attempt++) {
    const isWritten = await deps.store.update(siteId, keys, async (found) => {
      const changed: NewBlock[] = [];
      for (const own of flushed) {
        const { recordingId, segmentNumber, stream } = own.stream;
        const rows = found.filter((row) =>
          row.stream === stream && row.segmentNumber === segmentNumber &&
          row.recordingId === recordingId
        );
        changed.push(...mergeStream(deps, siteId, own, rows));
        await nextTurn();
      }
      return changed;
    });
    if (isWritten) return;
  }
  throw new Error(`Cannot merge summaries: others changed them ${ATTEMPT_COUNT_MAX} times`);
}

function mergeStream(
  { logger }: FlushDeps,
  siteId: number,
  { stream, key, blocks }: FlushedStream,
  rows: readonly StoredBlock[],
): NewBlock[] {
  const place = placeOf(stream);
  const stored: SummaryBlock[] = [];
  for (const { level, block, body } of rows) {
    if (body === null) continue;
    try {
      const bytes = unseal(key, envelopePlace({ siteId, ...place, level, block }), body);
      stored.push(SummaryBlock.decode(bytes));
    } catch (error) {
      if (!isCoreError(error)) throw error;
      logger.error("stored summary damaged, its stream is not summarised any more", {
        ...place,
        blockLevel: level,
        block,
        remedy: "deno task summarise --rebuild",
        error,
      });
      return [];
    }
  }
  return mergePending(stored, blocks, stream.pending).map((block) => {
    const { level, block: number, chunkCount } = block;
    const before = rows.find((row) => row.level === level && row.block === number);
    return {
      ...place,
      level,
      block: number,
      chunkCount,
      revision: (before?.revision ?? 0) + 1,
      body: seal(key, envelopePlace({ siteId, ...place, level, block: number }), block.encode()),
    };
  });
}

/** The recording's key; undefined when its patient was erased. */
async function keyOf(
  { keyStore }: FlushDeps,
  recording: SummarisedRecording,
): Promise<Uint8Array | undefined> {
  try {
    return await recordingKey(keyStore, recording);
  } catch (error) {
    if (error instanceof ProblemError && error.slug === "recording-not-found") return undefined;
    throw error;
  }
}

function placeOf({ recordingId, segmentNumber, stream }: StreamPlace): StreamPlace {
  return { recordingId, segmentNumber, stream };
}

/** Lets requests have their turn between two streams. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
