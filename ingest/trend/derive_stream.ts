/**
 * Makes the trends of one stream that are missing, newest first.
 *
 * Sole owner of sealing trends. Work is found by counting and written block by block, each write whole: it may
 * stop anywhere, and goes on there. What a chunk of a damaged or short second would say is not made up: the
 * second counts, as one that cannot be judged.
 *
 * @module
 */

import { decodeDescriptor } from "@wavekeep/core/chunk";
import { descriptorPlace, type KeyStore, seal, trendPlace, unseal } from "@wavekeep/core/crypto";
import type { Logger } from "@wavekeep/core/service";
import type { SampleRate } from "@wavekeep/core/time";
import {
  EPOCH_SECONDS,
  EpochMaker,
  type EpochSecond,
  planTrends,
  TREND_ALGORITHM,
  TREND_BLOCK_BUCKETS,
  TREND_LEVEL_FACTOR,
  TrendBlock,
  trendBlockSequences,
  type TrendPlan,
  TrendSum,
} from "@wavekeep/core/trend";
import { setImmediate } from "node:timers";
import { recordingKey } from "../recording_key.ts";
import type { StoredSets } from "../stored_sets.ts";
import type { StreamPlace } from "../summary/summary_store.ts";
import { readSecond } from "./read_second.ts";
import { fineBlocksOf, staleBlocks } from "./stale_blocks.ts";
import type { FollowedStream, NewTrendBlock, TrendRow, TrendStore } from "./trend_store.ts";

/** What deriving needs of the world. */
export interface DeriveDeps {
  readonly store: TrendStore;
  readonly keyStore: KeyStore;
  readonly sets: Pick<StoredSets, "find">;
  readonly logger: Logger;
}

/** What is known of a stream from one pass to the next; lost with the process, and found again. */
export interface StreamMemory {
  /** Undefined until it was looked at. */
  plan?: TrendPlan | undefined;
  maker?: EpochMaker;
  /** Blocks of epochs that are full and made: nothing of them can change. */
  readonly settled: Set<number>;
}

/** How much of it. */
export interface PassOptions {
  /** Blocks of epochs in this pass; all unless given. */
  readonly blocksMax?: number;
  /** The end is made as if nothing came behind it any more. */
  readonly isEnded?: boolean;
  /** Ends it between two blocks. */
  readonly signal?: AbortSignal;
}

/** What a pass did. */
export interface DeriveResult {
  /** Why there is nothing to do, ever. */
  readonly unavailable?: string;
  readonly epochCount: number;
  readonly damagedCount: number;
  /** Blocks that are still to be made. */
  readonly leftCount: number;
}

/** A stream whose last chunk is younger than this may grow: what is coarse of its end waits. */
const OPEN_SECONDS = 60;

/** Epochs whose chunks are read at once: 600 KB of 23 channels. */
const EPOCHS_PER_READ = 16;

const NOTHING: DeriveResult = { epochCount: 0, damagedCount: 0, leftCount: 0 };

/**
 * Makes what a stream lacks.
 *
 * @throws {ProblemError} `recording-not-found`: the patient was erased.
 * @throws What the store throws; what was written stays.
 */
export async function deriveStream(
  deps: DeriveDeps,
  stream: FollowedStream,
  memory: StreamMemory,
  options: PassOptions = {},
): Promise<DeriveResult> {
  if (stream.endSequence === 0) return NOTHING;
  const key = await recordingKey(deps.keyStore, stream.recording);
  const rate: SampleRate = {
    samples: BigInt(stream.rateSamples),
    seconds: BigInt(stream.rateSeconds),
  };
  if (memory.plan === undefined) {
    const place = { ...placeOf(stream), siteId: stream.recording.siteId };
    const sealed = await deps.store.descriptor(place.siteId, place);
    const bytes = unseal(key, descriptorPlace(place), sealed);
    const { kind, channels } = decodeDescriptor(bytes, stream.stream);
    const plan = planTrends({ rate, kind, channels });
    if ("reason" in plan) return { ...NOTHING, unavailable: plan.reason };
    memory.plan = plan;
    memory.maker = new EpochMaker(plan);
  }
  const pass = new Pass(
    deps,
    stream,
    { key, rate, plan: memory.plan, maker: memory.maker! },
    !options.isEnded && stream.idleSeconds < OPEN_SECONDS,
  );
  return await pass.run(memory.settled, options);
}

interface Opened {
  readonly key: Uint8Array;
  readonly rate: SampleRate;
  readonly plan: TrendPlan;
  readonly maker: EpochMaker;
}

/** One look at one stream. */
class Pass {
  readonly #deps: DeriveDeps;
  readonly #stream: FollowedStream;
  readonly #opened: Opened;
  readonly #place: StreamPlace;
  readonly #isOpen: boolean;
  #epochCount = 0;
  #damagedCount = 0;

  constructor(deps: DeriveDeps, stream: FollowedStream, opened: Opened, isOpen: boolean) {
    this.#deps = deps;
    this.#stream = stream;
    this.#opened = opened;
    this.#place = placeOf(stream);
    this.#isOpen = isOpen;
  }

  async run(
    settled: Set<number>,
    { blocksMax = Infinity, signal }: PassOptions,
  ): Promise<DeriveResult> {
    const { store } = this.#deps;
    const { siteId } = this.#stream.recording;
    const size = trendBlockSequences(0);
    const lastBlock = Math.floor((this.#stream.endSequence - 1) / size);
    const openBlock = this.#isOpen ? lastBlock : -1;
    const counts = await store.blockCounts(siteId, this.#place, { size, except: [...settled] });
    let rows = await store.rows(siteId, this.#place);
    // The newest first: it is what somebody looks at.
    const fine = staleBlocks(counts, rows, openBlock).fine.toReversed();
    let doneCount = 0;
    for (const block of fine) {
      if (signal?.aborted || doneCount >= blocksMax) break;
      await this.#makeFine(block, rows);
      doneCount++;
    }
    if (doneCount > 0) rows = await store.rows(siteId, this.#place);
    if (doneCount === fine.length) {
      for (const place of staleBlocks(counts, rows, openBlock).coarse) {
        if (signal?.aborted) break;
        await this.#makeCoarse(place, rows, openBlock);
      }
    }
    for (const [block, count] of counts) {
      const row = rows.find((own) => own.level === 0 && own.block === block);
      if (count === size && row?.chunkCount === size) settled.add(block);
    }
    return {
      epochCount: this.#epochCount,
      damagedCount: this.#damagedCount,
      leftCount: fine.length - doneCount,
    };
  }

  /** Makes the epochs of a block that lack something. */
  async #makeFine(number: number, rows: readonly TrendRow[]): Promise<void> {
    const { store } = this.#deps;
    const { siteId } = this.#stream.recording;
    const row = rows.find(({ level, block }) => level === 0 && block === number);
    const block = (await this.#blocks(0, [number])).get(number) ?? this.#emptyBlock(0, number);
    const first = number * TREND_BLOCK_BUCKETS;
    const starts = Array.from(
      { length: TREND_BLOCK_BUCKETS },
      (_, bucket) => (first + bucket) * EPOCH_SECONDS,
    );
    const counts = await store.counts(siteId, this.#place, { starts, size: EPOCH_SECONDS });
    const stale = counts.flatMap((count, bucket) =>
      count > 0 && count !== block.counts[bucket] && !this.#isGrowing(first + bucket, count)
        ? [bucket]
        : []
    );
    if (stale.length === 0) return;
    // What lies between two of them is read as well, so a read is of a stretch and not of a number.
    for (let at = 0; at < stale.length;) {
      const end = stale[at]! + EPOCHS_PER_READ;
      const buckets = stale.slice(at).filter((bucket) => bucket < end);
      await this.#makeEpochs(block, buckets, first);
      at += buckets.length;
    }
    await this.#write([{ block, revision: (row?.revision ?? 0) + 1 }]);
  }

  async #makeEpochs(block: TrendBlock, buckets: readonly number[], first: number): Promise<void> {
    const { siteId } = this.#stream.recording;
    const chunks = await this.#deps.store.chunks(siteId, this.#place, {
      start: (first + buckets[0]!) * EPOCH_SECONDS,
      end: (first + buckets.at(-1)! + 1) * EPOCH_SECONDS,
    });
    const bodies = new Map(chunks.map(({ sequence, body }) => [sequence, body]));
    for (const bucket of buckets) {
      const start = (first + bucket) * EPOCH_SECONDS;
      const seconds: EpochSecond[] = [];
      for (let sequence = start; sequence < start + EPOCH_SECONDS; sequence++) {
        const body = bodies.get(sequence);
        seconds.push(body && await this.#samplesOf(sequence, body));
      }
      this.#opened.maker.make(seconds, block, bucket);
      this.#epochCount++;
      await nextTurn();
    }
  }

  /** The last epoch of a stream that goes on waits for its ten seconds; what came since its end was read, too. */
  #isGrowing(epoch: number, count: number): boolean {
    return this.#isOpen && count < EPOCH_SECONDS &&
      epoch >= Math.floor((this.#stream.endSequence - 1) / EPOCH_SECONDS);
  }

  async #samplesOf(sequence: number, body: Uint8Array): Promise<EpochSecond> {
    const second = await readSecond(this.#deps, this.#stream, this.#opened, { sequence, body });
    if (second !== "damaged") return second;
    this.#damagedCount++;
    return "unusable";
  }

  /** Adds up a block of a coarser level from the blocks of epochs below it, all but the one that grows. */
  async #makeCoarse(
    { level, block: number }: { readonly level: number; readonly block: number },
    rows: readonly TrendRow[],
    openBlock: number,
  ): Promise<void> {
    const { start, end } = fineBlocksOf(level, number);
    const numbers = rows.filter((row) =>
      row.level === 0 && row.block >= start && row.block < end && row.block !== openBlock
    ).map(({ block }) => block);
    const block = this.#emptyBlock(level, number);
    const factor = TREND_LEVEL_FACTOR ** level;
    const sum = new TrendSum();
    // A few at a time: 64 blocks are a megabyte.
    for (let at = 0; at < numbers.length; at += TREND_BLOCK_BUCKETS) {
      const some = numbers.slice(at, at + TREND_BLOCK_BUCKETS);
      const blocks = await this.#blocks(0, some);
      for (const damaged of some.filter((own) => !blocks.has(own))) {
        await this.#makeFine(damaged, rows);
        for (const [own, made] of await this.#blocks(0, [damaged])) blocks.set(own, made);
      }
      for (const [fineNumber, fine] of blocks) {
        for (let bucket = 0; bucket < TREND_BLOCK_BUCKETS; bucket += factor) {
          sum.clear();
          for (let own = bucket; own < bucket + factor; own++) sum.add(fine, own);
          if (sum.chunkCount === 0) continue;
          const index = (fineNumber * TREND_BLOCK_BUCKETS + bucket) / factor;
          sum.store(block, index % TREND_BLOCK_BUCKETS);
        }
      }
      await nextTurn();
    }
    if (block.chunkCount === 0) return;
    const row = rows.find((own) => own.level === level && own.block === number);
    await this.#write([{ block, revision: (row?.revision ?? 0) + 1 }]);
  }

  /** Stored blocks of a level; one that does not open is as good as absent. */
  async #blocks(level: number, numbers: readonly number[]): Promise<Map<number, TrendBlock>> {
    const { siteId } = this.#stream.recording;
    const found = await this.#deps.store.bodies(siteId, this.#place, { level, blocks: numbers });
    const blocks = new Map<number, TrendBlock>();
    for (const { block, body } of found) {
      try {
        const own = TrendBlock.decode(unseal(this.#opened.key, this.#textOf(level, block), body));
        if (own.level !== level || own.block !== block) throw new Error("it is another block");
        blocks.set(block, own);
      } catch (error) {
        this.#deps.logger.warn("stored trend damaged, it is made again", {
          ...this.#place,
          blockLevel: level,
          block,
          error,
        });
      }
    }
    return blocks;
  }

  async #write(
    blocks: readonly { readonly block: TrendBlock; readonly revision: number }[],
  ): Promise<void> {
    const made = blocks.map(({ block, revision }): NewTrendBlock => ({
      level: block.level,
      block: block.block,
      chunkCount: block.chunkCount,
      revision,
      body: seal(this.#opened.key, this.#textOf(block.level, block.block), block.encode()),
    }));
    const { siteId } = this.#stream.recording;
    // Another deriver was faster: what it wrote is counted by the next pass.
    await this.#deps.store.write(siteId, this.#place, made);
  }

  #emptyBlock(level: number, block: number): TrendBlock {
    const [left, right] = this.#opened.plan.sides;
    return new TrendBlock({ level, block }, [left.derivations.length, right.derivations.length]);
  }

  #textOf(level: number, block: number): string {
    const { siteId } = this.#stream.recording;
    return trendPlace({ siteId, ...this.#place, algorithm: TREND_ALGORITHM, level, block });
  }
}

function placeOf({ recording, segmentNumber, stream }: FollowedStream): StreamPlace {
  return { recordingId: recording.recordingId, segmentNumber, stream };
}

/** Lets signals and timers have their turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
