/**
 * From a plan to verified samples, in bounded memory.
 *
 * Sole owner of fetching chunks. They come in pages, the chunks of a page are opened and verified beside
 * each other, and only the wanted rows are kept: one typed array for each row of a run. Hazard: memory is
 * what the plan says, so the caller holds the plan against the limit first.
 *
 * @module
 */

import type { Samples } from "@wavekeep/core/chunk";
import { cover } from "@wavekeep/core/chunk";
import { rangeLength, rateHz, type SampleRate } from "@wavekeep/core/time";
import { IntegrityError } from "../integrity_error.ts";
import type { ParameterSets } from "../parameter_sets.ts";
import type { QueryStore, StoredChunk } from "../store/query_store.ts";
import { type OpenChunk, openChunk, readChunk, type StreamIdentity } from "../verify_chunk.ts";
import { type PlannedRun, sliceOf } from "./plan_window.ts";

/** Chunks fetched at once: about 250 KB of a 23-channel stream; of wide or fast streams fewer. */
const CHUNKS_PER_PAGE = 64;
const PAGE_BYTES_MAX = 2 * 1024 * 1024;

/** Where chunks of one stream come from, and what they must fit. */
export interface ChunkSource {
  readonly store: QueryStore;
  readonly sets: ParameterSets;
  readonly identity: StreamIdentity;
  /** Chunks that are there already: every one of the runs that are read, by sequence. */
  readonly fetched?: readonly StoredChunk[];
}

/** The most that a chunk of a stream may come to, raw. */
export function chunkBytesMax(
  { kind, channelCount, rate }: Pick<StreamIdentity, "kind" | "channelCount"> & {
    readonly rate: SampleRate;
  },
): number {
  const sampleBytes = kind === "binary64" ? 8 : 4;
  return Math.max(1, Math.ceil(rateHz(rate))) * channelCount * sampleBytes;
}

/**
 * Reads a run.
 *
 * @param rows Wanted rows of the stream's chunks.
 * @returns One array for each wanted row, of the run's length, in the stream's own kind: digital integers
 * or physical floats.
 * @throws {IntegrityError} A chunk is missing or failed a check; nothing is returned then.
 */
export async function readRun(
  run: PlannedRun,
  rows: readonly number[],
  source: ChunkSource,
): Promise<Samples[]> {
  const length = rangeLength(run.samples);
  const columns = rows.map(() => emptyColumn(source.identity.kind, length));
  for await (const page of storedPages(run, source)) {
    await allDone(page.map(async (stored) => {
      const { skip, take, at } = sliceOf(run, stored.sequence);
      const samples = await readChunk(stored, source.identity, source.sets);
      rows.forEach((row, index) => {
        const start = row * stored.sampleCount + skip;
        columns[index]!.set(samples.subarray(start, start + take) as never, at);
      });
    }));
  }
  return columns;
}

/**
 * Reads a run piece by piece, every row of it: constant memory for a recording of any length.
 *
 * @returns Rows of consecutive samples, one piece for each chunk.
 * @throws {IntegrityError} A chunk is missing or failed a check.
 */
export async function* readPieces(
  run: PlannedRun,
  source: ChunkSource,
): AsyncIterable<Samples[]> {
  const { channelCount } = source.identity;
  for await (const page of storedPages(run, source)) {
    const read = await allDone(
      page.map((stored) => readChunk(stored, source.identity, source.sets)),
    );
    for (const [index, samples] of read.entries()) {
      const { sequence, sampleCount } = page[index]!;
      const { skip, take } = sliceOf(run, sequence);
      yield Array.from({ length: channelCount }, (_, row) => {
        const start = row * sampleCount + skip;
        return samples.subarray(start, start + take);
      });
    }
  }
}

/**
 * The chunks that hold a run, opened but not decoded, in order, page by page.
 *
 * @throws {IntegrityError} A chunk is missing or failed a check.
 */
export async function* openRun(run: PlannedRun, source: ChunkSource): AsyncIterable<OpenChunk[]> {
  for await (const page of storedPages(run, source)) {
    yield await allDone(page.map((stored) => openChunk(stored, source.identity)));
  }
}

/** Pages through the chunks of a run; each page is a short transaction, so no client can hold one open. */
async function* storedPages(
  run: PlannedRun,
  source: ChunkSource,
): AsyncIterable<readonly StoredChunk[]> {
  const { store, identity, fetched } = source;
  const { rate } = run.timeline;
  const { firstSequence, endSequence } = cover(rate, run.samples);
  const limit = Math.min(
    CHUNKS_PER_PAGE,
    Math.max(1, Math.floor(PAGE_BYTES_MAX / chunkBytesMax({ ...identity, rate }))),
  );
  let next = firstSequence;
  while (next < endSequence) {
    const scope = { ...identity, start: next, end: endSequence };
    const page = fetched === undefined
      ? await store.chunkPage(identity.siteId, scope, limit)
      : fetched.filter(({ sequence }) => scope.start <= sequence && sequence < scope.end);
    if (page.length === 0) throw missing(identity, next);
    for (const { sequence } of page) {
      // A run has no holes: a row that the key's index knows must be there.
      if (sequence !== next) throw missing(identity, next);
      next++;
    }
    yield page;
  }
}

/** All results, when every one is there; then the failure of the first that failed, in order. */
async function allDone<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

function missing(identity: StreamIdentity, sequence: number): IntegrityError {
  const { recordingId, segmentId, stream } = identity;
  return new IntegrityError("present", {
    thing: "chunk",
    recordingId,
    segmentId,
    stream,
    sequence,
  });
}

function emptyColumn(kind: StreamIdentity["kind"], length: number): Samples {
  switch (kind) {
    case "int32":
      return new Int32Array(length);
    case "binary32":
      return new Float32Array(length);
    case "binary64":
      return new Float64Array(length);
  }
}
