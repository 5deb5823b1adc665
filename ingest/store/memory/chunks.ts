/**
 * Chunks, parameter sets and quarantine of the store in memory.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import type {
  ChunkKey,
  NewChunk,
  NewParameterSet,
  PutChunkResult,
  QuarantinedChunk,
  Sender,
  StoredSegment,
} from "../ingest_store.ts";
import { QUARANTINE_BODIES_PER_KEY, QUARANTINE_BYTES_PER_SENDER } from "../limits.ts";
import { requireWholeRuns } from "../require_whole_runs.ts";
import { addEvent, chunkText, type MemoryTables, setText } from "./tables.ts";

/** {@link putChunks} of every request; nothing stays when a run breaks. */
export function putWholeRuns(
  tables: MemoryTables,
  requests: readonly { readonly sender: Sender; readonly chunks: readonly NewChunk[] }[],
): PutChunkResult[][] {
  if (!requests.some(({ chunks }) => chunks.some(({ needsNext }) => needsNext))) {
    return requests.map(({ sender, chunks }) => putChunks(tables, sender, chunks));
  }
  const before = { chunks: new Map(tables.chunks), eventCount: tables.events.length };
  const results = requests.map(({ sender, chunks }) => putChunks(tables, sender, chunks));
  try {
    for (const [index, { chunks }] of requests.entries()) {
      requireWholeRuns(chunks, results[index]!);
    }
  } catch (error) {
    tables.chunks.clear();
    for (const [key, row] of before.chunks) tables.chunks.set(key, row);
    tables.events.length = before.eventCount;
    throw error;
  }
  return results;
}

function putChunks(
  tables: MemoryTables,
  sender: Sender,
  chunks: readonly NewChunk[],
): PutChunkResult[] {
  return chunks.map((chunk): PutChunkResult => {
    const before = tables.chunks.get(chunkText(chunk));
    if (before !== undefined) return { outcome: "found", chunk: before };
    const endSequence = endOf(tables, chunk);
    if (endSequence !== null && chunk.sequence >= endSequence) {
      return { outcome: "beyond-end", endSequence };
    }
    const { leafEntry: _, ...stored } = { ...chunk, incarnation: tables.incarnation };
    tables.chunks.set(chunkText(chunk), stored);
    addEvent(tables, sender, "chunk.stored");
    return { outcome: "stored", chunk: stored };
  });
}

/** Stores a set once. */
export function putParameterSet(
  tables: MemoryTables,
  sender: Sender,
  set: NewParameterSet,
): "stored" | "repeated" {
  if (tables.parameterSets.has(setText(set))) return "repeated";
  tables.parameterSets.set(setText(set), { ...set, siteId: sender.siteId });
  addEvent(tables, sender, "parameter-set.stored");
  return "stored";
}

function endOf(
  tables: MemoryTables,
  { recordingId, segmentNumber, stream }: Omit<ChunkKey, "sequence">,
): number | null {
  const ends = [...tables.statements.values()].filter((
    { recordingId: id, segmentNumber: no, row },
  ) => id === recordingId && no === segmentNumber && row.stream === stream && row.kind === "end");
  return ends.length === 0 ? null : Math.min(...ends.map(({ row }) => row.firstSequence));
}

/** Keeps what was refused, as far as its sender has room for it. */
export function quarantineChunk(
  tables: MemoryTables,
  sender: Sender,
  chunk: QuarantinedChunk,
): void {
  const own = tables.quarantine.filter((row) => chunkText(row) === chunkText(chunk));
  if (!own.some((row) => equalBytes(row.storedDigest, chunk.storedDigest))) {
    const byteLength = tables.quarantine
      .filter((row) => row.actor === sender.actor && row.body !== null)
      .reduce((sum, row) => sum + row.byteLength, 0);
    const keepsBody = own.filter((row) => row.body !== null).length < QUARANTINE_BODIES_PER_KEY &&
      byteLength + chunk.byteLength <= QUARANTINE_BYTES_PER_SENDER;
    tables.quarantine.push({
      ...chunk,
      actor: sender.actor,
      body: keepsBody ? chunk.body : null,
    });
  }
  addEvent(tables, sender, "chunk.conflict");
}

/** What is stored of a segment, stream by stream. */
export function progress(tables: MemoryTables, segment: StoredSegment, asOfMicros: bigint) {
  const { recordingId, segmentNumber } = segment;
  const streams = segment.streams.map(({ stream }) => {
    const own = [...tables.chunks.values()]
      .filter((chunk) =>
        chunk.recordingId === recordingId && chunk.segmentNumber === segmentNumber &&
        chunk.stream === stream
      )
      .sort((a, b) => a.sequence - b.sequence);
    const runs: { start: number; end: number }[] = [];
    for (const { sequence } of own) {
      const last = runs.at(-1);
      if (last?.end === sequence) last.end++;
      else runs.push({ start: sequence, end: sequence + 1 });
    }
    const highWater = runs[0]?.start === 0 ? runs[0].end : 0;
    return {
      stream,
      runs,
      chunkCount: own.length,
      highWaterDigest: own.find(({ sequence }) => sequence === highWater - 1)?.chunkDigest ?? null,
      endSequence: endOf(tables, { recordingId, segmentNumber, stream }),
    };
  });
  return { incarnation: tables.incarnation, asOfMicros, streams };
}
