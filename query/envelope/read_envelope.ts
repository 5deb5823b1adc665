/**
 * From a plan to numbers: the level that fits, what it lacks from the levels below, and last the chunks.
 *
 * Sole owner of what a summary may be believed for. A bucket counts its chunks; it is taken when that is
 * the number of chunks stored of its sequences, which the key's index says and no summary can. Everything
 * else (the live tail, what a crash took, late backlog) is asked of the next finer level, and below the
 * finest of the chunks themselves. Chunks are decoded up to a limit; beyond it columns say how many stored
 * samples they leave out. Hazard: a block that does not open is as good as absent: it is derived, and the
 * chunks are there.
 *
 * @module
 */

import { cover, type Samples } from "@wavekeep/core/chunk";
import { envelopePlace, unsealAside } from "@wavekeep/core/crypto";
import type { Logger } from "@wavekeep/core/service";
import { BLOCK_BUCKETS, bucketSequences, LEVEL_FACTOR, SummaryBlock } from "@wavekeep/core/summary";
import { rangeLength } from "@wavekeep/core/time";
import type { ParameterSets } from "../parameter_sets.ts";
import type { QueryStore } from "../store/query_store.ts";
import type { StreamIdentity } from "../verify_chunk.ts";
import { readPieces } from "../window/read_window.ts";
import { EnvelopeColumns } from "./columns.ts";
import type { BlockScope, EnvelopeStore } from "./envelope_store.ts";
import type { PlannedEnvelope } from "./plan_envelope.ts";
import { type SequenceRange, type StoredRun, StoredSequences } from "./stored_sequences.ts";

/** What reading needs of the world. */
export interface EnvelopeSource {
  readonly store: QueryStore;
  readonly envelopes: EnvelopeStore;
  readonly sets: ParameterSets;
  readonly logger: Logger;
}

/** A planned stream, what its chunks must fit, and the rows that are wanted. */
export interface WantedEnvelope {
  readonly plan: PlannedEnvelope;
  readonly identity: StreamIdentity;
  readonly rows: readonly number[];
}

/** Numbers in the blocks that are fetched at once: 2 MB as a rule, and twice that on their way here. */
const NUMBERS_PER_FETCH = 1_000_000;

/** Samples of chunks that no summary has, over all channels: what an answer decodes at most of them. */
const DECODED_SAMPLES_MAX = 4_000_000;

/** A stream on its way down the levels. */
interface Reading extends WantedEnvelope {
  readonly columns: EnvelopeColumns;
  readonly stored: StoredSequences;
  level: number;
  /** Buckets of `level` that have to be found, sorted, disjoint. */
  missing: SequenceRange[];
}

/**
 * Reads the numbers of all streams of an answer.
 *
 * @param decodedSamplesMax Chunks that no summary has are decoded up to this, over all channels.
 * @returns In the order of `wanted`.
 * @throws {IntegrityError} A chunk that was needed is missing or failed a check.
 */
export async function readEnvelope(
  source: EnvelopeSource,
  recordingId: string,
  wanted: readonly WantedEnvelope[],
  decodedSamplesMax: number = DECODED_SAMPLES_MAX,
): Promise<EnvelopeColumns[]> {
  const readings = wanted.map((own): Reading => {
    const { plan, identity, rows } = own;
    return {
      ...own,
      columns: new EnvelopeColumns(identity.kind, rows, plan.bounds.length - 1),
      stored: new StoredSequences(plan.timeline),
      level: plan.level ?? 0,
      missing: plan.level === null ? [] : [{ start: plan.bounds[0]!, end: plan.bounds.at(-1)! }],
    };
  });
  for (;;) {
    const open = readings.filter(({ level, missing }) => level >= 0 && missing.length > 0);
    if (open.length === 0) break;
    await readLevel(source, recordingId, open);
  }
  const budget = { samples: decodedSamplesMax };
  for (const reading of readings) {
    if (reading.plan.level === null) await readSamples(source, reading);
    else await readChunks(source, reading, budget);
  }
  return readings.map(({ columns }) => columns);
}

/** Takes what each stream's own level has, and leaves the rest to the level below. */
async function readLevel(
  source: EnvelopeSource,
  recordingId: string,
  readings: readonly Reading[],
): Promise<void> {
  const scopes: (BlockScope & { reading: Reading })[] = [];
  for (const reading of readings) {
    for (const scope of scopesOf(reading)) scopes.push({ ...scope, reading });
  }
  const lacking = new Map(readings.map((reading) => [reading, new Lacking(reading)]));
  for (const group of fetches(scopes)) {
    const { siteId } = group[0]!.reading.identity;
    const rows = await source.envelopes.blocks(siteId, recordingId, group);
    // Beside each other, and beside this thread; one that is damaged is undefined and fails nobody.
    const blocks = await Promise.all(
      rows.map(({ scope, block, body }) => open(source, group[scope]!.reading, block, body)),
    );
    for (const [index, block] of blocks.entries()) {
      if (block !== undefined) lacking.get(group[rows[index]!.scope]!.reading)!.take(block);
    }
  }
  for (const [reading, own] of lacking) {
    // A bucket of the finest level is a sequence.
    const factor = reading.level === 0 ? 1 : LEVEL_FACTOR;
    reading.missing = own.missing().map(({ start, end }) => ({
      start: start * factor,
      end: end * factor,
    }));
    reading.level--;
  }
}

/** Blocks that hold missing buckets of which anything is stored. */
function scopesOf({ level, missing, stored, identity }: Reading): BlockScope[] {
  const scopes: BlockScope[] = [];
  const size = bucketSequences(level);
  for (const range of missing) {
    for (const run of stored.within({ start: range.start * size, end: range.end * size })) {
      const start = Math.floor(Math.floor(run.start / size) / BLOCK_BUCKETS);
      const end = Math.floor(Math.floor((run.end - 1) / size) / BLOCK_BUCKETS) + 1;
      const last = scopes.at(-1);
      if (last !== undefined && start <= last.end) {
        scopes[scopes.length - 1] = { ...last, end: Math.max(end, last.end) };
      } else {
        const { segmentNumber, stream } = identity;
        scopes.push({ segmentNumber, stream, level, start, end });
      }
    }
  }
  return scopes;
}

/** Scopes in groups that are not too much to hold at once. */
function* fetches<Scope extends BlockScope & { reading: Reading }>(
  scopes: readonly Scope[],
): Iterable<Scope[]> {
  let group: Scope[] = [];
  let room = NUMBERS_PER_FETCH;
  for (const scope of scopes) {
    const numbers = 2 * BLOCK_BUCKETS * scope.reading.identity.channelCount;
    for (let start = scope.start; start < scope.end;) {
      const count = Math.max(1, Math.min(scope.end - start, Math.floor(room / numbers)));
      group.push({ ...scope, start, end: start + count });
      start += count;
      room -= count * numbers;
      if (room >= numbers) continue;
      yield group;
      group = [];
      room = NUMBERS_PER_FETCH;
    }
  }
  if (group.length > 0) yield group;
}

/** Buckets of one level that are still to be found. */
class Lacking {
  readonly #reading: Reading;
  /** By bucket from the first missing one on; 1 where it was taken. */
  readonly #first: number;
  readonly #taken: Uint8Array;
  readonly #columnOf: (bucket: number) => number;

  constructor(reading: Reading) {
    const { missing } = reading;
    this.#reading = reading;
    this.#first = missing[0]!.start;
    this.#taken = new Uint8Array(missing.at(-1)!.end - this.#first);
    this.#columnOf = columnFinder(reading, bucketSequences(reading.level));
    // What is not asked for counts as taken.
    this.#taken.fill(1);
    for (const { start, end } of missing) {
      this.#taken.fill(0, start - this.#first, end - this.#first);
    }
  }

  /** Takes the buckets of a block that hold all there is. */
  take(block: SummaryBlock): void {
    const { stored, level, columns } = this.#reading;
    const size = bucketSequences(level);
    const targets = new Int32Array(BLOCK_BUCKETS).fill(-1);
    for (let bucket = 0; bucket < BLOCK_BUCKETS; bucket++) {
      const at = block.block * BLOCK_BUCKETS + bucket;
      const index = at - this.#first;
      if (index < 0 || index >= this.#taken.length || this.#taken[index] === 1) continue;
      const count = block.counts[bucket]!;
      if (count === 0 || count !== stored.countIn(at * size, (at + 1) * size)) continue;
      this.#taken[index] = 1;
      targets[bucket] = this.#columnOf(at);
    }
    columns.addBlock(block, targets);
  }

  /** What was not taken though something of it is stored. */
  missing(): SequenceRange[] {
    const { stored, level } = this.#reading;
    const size = bucketSequences(level);
    const ranges: { start: number; end: number }[] = [];
    for (const [index, isTaken] of this.#taken.entries()) {
      const bucket = this.#first + index;
      if (isTaken === 1 || stored.countIn(bucket * size, (bucket + 1) * size) === 0) continue;
      const last = ranges.at(-1);
      if (last?.end === bucket) last.end++;
      else ranges.push({ start: bucket, end: bucket + 1 });
    }
    return ranges;
  }
}

/** The column of a bucket of `size` sequences, for buckets asked in rising order mostly. */
function columnFinder({ plan }: Reading, size: number): (bucket: number) => number {
  const perBound = bucketSequences(plan.level!) / size;
  let column = 0;
  return (bucket) => {
    const bound = Math.floor(bucket / perBound);
    if (plan.bounds[column]! > bound) column = 0;
    while (plan.bounds[column + 1]! <= bound) column++;
    return column;
  };
}

async function open(
  { logger }: EnvelopeSource,
  { identity, level }: Reading,
  number: number,
  body: Uint8Array,
): Promise<SummaryBlock | undefined> {
  const { recordingId, segmentNumber, stream } = identity;
  try {
    const place = envelopePlace({ ...identity, level, block: number });
    const block = SummaryBlock.decode(await unsealAside(identity.key, place, body));
    if (block.level === level && block.block === number && block.fits(identity)) return block;
    throw new Error("it is another block, or of another stream");
  } catch (error) {
    logger.error("stored summary damaged, chunks are read instead", {
      recordingId,
      segmentNumber,
      stream,
      blockLevel: level,
      block: number,
      remedy: "deno task summarise --rebuild",
      error,
    });
    return undefined;
  }
}

/** Decodes what no summary had, the newest first: it is what a live view waits for. */
async function readChunks(
  source: EnvelopeSource,
  reading: Reading,
  budget: { samples: number },
): Promise<void> {
  const { identity, columns, stored, missing } = reading;
  const columnOf = columnFinder(reading, 1);
  for (const range of missing.toReversed()) {
    for (const run of [...stored.within(range)].toReversed()) {
      const cost = rangeLength(run.samples) * identity.channelCount;
      if (cost > budget.samples) {
        for (let sequence = run.start; sequence < run.end; sequence++) {
          const [own] = stored.within({ start: sequence, end: sequence + 1 });
          columns.notSummarised[columnOf(sequence)]! += rangeLength(own!.samples);
        }
        continue;
      }
      budget.samples -= cost;
      let sequence = run.start;
      for await (const samples of chunksOf(source, reading, run)) {
        columns.addChunk(samples, columnOf(sequence++));
      }
    }
  }
}

/** Decodes whatever lies in the window, sample by sample. */
async function readSamples(source: EnvelopeSource, reading: Reading): Promise<void> {
  const { plan: { timeline, bounds }, columns, stored } = reading;
  const asked = cover(timeline.rate, { start: bounds[0]!, end: bounds.at(-1)! });
  let column = 0;
  for (const run of stored.within({ start: asked.firstSequence, end: asked.endSequence })) {
    let { start } = run.samples;
    for await (const samples of chunksOf(source, reading, run)) {
      const end = start + samples[0]!.length;
      while (column + 2 < bounds.length && bounds[column + 1]! <= start) column++;
      let last = column;
      while (last + 1 < bounds.length && bounds[last]! < end) last++;
      const first = start;
      columns.addSamples(samples, {
        first: column,
        end: last,
        at: (index) => bounds[index]! - first,
      });
      start = end;
    }
  }
}

/** Whole chunks of a run, in order: a row of samples for each channel of the stream. */
function chunksOf(
  { store, sets }: EnvelopeSource,
  { plan: { timeline }, identity }: Reading,
  { samples }: StoredRun,
): AsyncIterable<Samples[]> {
  const { channelCount } = identity;
  return readPieces({ timeline, channelCount, samples }, { store, sets, identity });
}
