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
import { isStorageDamaged } from "@wavekeep/core/service";
import { rangeLength, rateHz, type SampleRate } from "@wavekeep/core/time";
import { type FailedStretch, failedStretch, failureOfStretches } from "../failed_stretch.ts";
import { IntegrityError } from "../integrity_error.ts";
import type { ParameterSets } from "../parameter_sets.ts";
import type { QueryStore, SequenceScope, StoredChunk } from "../store/query_store.ts";
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
    await allDone(run, page, async (stored) => {
      const { skip, take, at } = sliceOf(run, stored.sequence);
      const samples = await readChunk(stored, source.identity, source.sets);
      rows.forEach((row, index) => {
        const start = row * stored.sampleCount + skip;
        columns[index]!.set(samples.subarray(start, start + take) as never, at);
      });
    });
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
    const read = await allDone(run, page, async (stored) => {
      const samples = await readChunk(stored, source.identity, source.sets);
      return { samples, sequence: stored.sequence, sampleCount: stored.sampleCount };
    });
    for (const { samples, sequence, sampleCount } of read) {
      const { skip, take } = sliceOf(run, sequence);
      yield Array.from({ length: channelCount }, (_, row) => {
        const start = row * sampleCount + skip;
        return samples.subarray(start, start + take);
      });
    }
  }
}

/** A chunk that could be opened, or the stretch of one that could not. */
export type OpenedOrFailed =
  | { readonly chunk: OpenChunk }
  | { readonly failed: FailedStretch; readonly error: IntegrityError };

/**
 * The chunks that hold a run, opened but not decoded, in order, page by page. What failed is told in its
 * place: the others are what they are, whatever happened to it.
 */
export async function* openRun(
  run: PlannedRun,
  source: ChunkSource,
): AsyncIterable<OpenedOrFailed[]> {
  for await (const page of storedPages(run, source)) {
    yield await Promise.all(page.map(async (entry): Promise<OpenedOrFailed> => {
      try {
        return { chunk: await openChunk(storedOf(entry), source.identity) };
      } catch (error) {
        if (!(error instanceof IntegrityError)) throw error;
        return { failed: stretchOf(run, entry.sequence, error), error };
      }
    }));
  }
}

/** A row, or why it could not be read. */
type StoredOrFailure = StoredChunk | {
  readonly sequence: number;
  readonly failure: IntegrityError;
};

function storedOf(entry: StoredOrFailure): StoredChunk {
  if ("failure" in entry) throw entry.failure;
  return entry;
}

/**
 * Pages through the chunks of a run; each page is a short transaction, so no client can hold one open. A
 * run has no holes: a row that the key's index knows must be there.
 */
async function* storedPages(
  run: PlannedRun,
  source: ChunkSource,
): AsyncIterable<readonly StoredOrFailure[]> {
  const { identity, fetched } = source;
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
      ? await readPage(source, scope, limit)
      : fetched.filter(({ sequence }) => scope.start <= sequence && sequence < scope.end);
    const wanted = fetched === undefined ? Math.min(limit, endSequence - next) : endSequence - next;
    const bySequence = new Map(page.map((entry) => [entry.sequence, entry]));
    yield Array.from({ length: wanted }, (_, index) => {
      const sequence = next + index;
      return bySequence.get(sequence) ??
        { sequence, failure: failure(identity, sequence, "present") };
    });
    next += wanted;
  }
}

/**
 * A page of rows. Where the database stumbles over one of them, each is asked for alone, so that those
 * beside it are there all the same.
 */
async function readPage(
  { store, identity }: ChunkSource,
  scope: SequenceScope,
  limit: number,
): Promise<readonly StoredOrFailure[]> {
  try {
    return await store.chunkPage(identity.siteId, scope, limit);
  } catch (error) {
    if (!isStorageDamaged(error)) throw error;
  }
  const page: StoredOrFailure[] = [];
  const end = Math.min(scope.end, scope.start + limit);
  for (let sequence = scope.start; sequence < end; sequence++) {
    const own = { ...scope, start: sequence, end: sequence + 1 };
    try {
      page.push(...await store.chunkPage(identity.siteId, own, 1));
    } catch (error) {
      if (!isStorageDamaged(error)) throw error;
      page.push({ sequence, failure: failure(identity, sequence, "storage", error) });
    }
  }
  return page;
}

/**
 * What comes of each row of a page, when something comes of every one; otherwise the failure of the first,
 * which names the stretches of all that failed.
 */
async function allDone<T>(
  run: PlannedRun,
  page: readonly StoredOrFailure[],
  use: (stored: StoredChunk) => Promise<T>,
): Promise<T[]> {
  const results = await Promise.allSettled(page.map(async (entry) => await use(storedOf(entry))));
  const failures: { error: IntegrityError; stretch: FailedStretch }[] = [];
  for (const [index, result] of results.entries()) {
    if (result.status === "fulfilled") continue;
    const error: unknown = result.reason;
    if (!(error instanceof IntegrityError)) throw error;
    failures.push({ error, stretch: stretchOf(run, page[index]!.sequence, error) });
  }
  const [first] = failures;
  if (first !== undefined) {
    throw failureOfStretches(first.error, failures.map(({ stretch }) => stretch));
  }
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}

function stretchOf(
  run: PlannedRun,
  sequence: number,
  { step, key }: IntegrityError,
): FailedStretch {
  const isSet = key.thing === "parameter set";
  return failedStretch(run.timeline, { sequence, step: isSet ? "parameter-set" : step });
}

function failure(
  identity: StreamIdentity,
  sequence: number,
  step: "present" | "storage",
  cause?: unknown,
): IntegrityError {
  const { recordingId, segmentId, stream } = identity;
  return new IntegrityError(
    step,
    { thing: "chunk", recordingId, segmentId, stream, sequence },
    cause,
  );
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
