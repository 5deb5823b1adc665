/**
 * Summaries of a stream's chunks that are not in the store yet, in as little memory as they need.
 *
 * A block of a stream is 6 KB; of two thousand streams most hold half a block, so numbers are kept as they
 * come, in parts of some chunks, and become blocks when they are written. While they wait they lie in pages
 * that streams share ({@link PagePool}).
 *
 * @module
 */

import type { SampleKind } from "@wavekeep/core/chunk";
import {
  BLOCK_BUCKETS,
  type ChunkSummary,
  type Extremes,
  SUMMARY_ROWS,
  SummaryBlock,
} from "@wavekeep/core/summary";
import { PAGE_BYTES, type PagePool } from "./page_pool.ts";

/** Where numbers have memory of their own, room is made for this many chunks at once. */
const STEP_CHUNKS = 16;

/** What a stream costs beside its numbers, nearly. */
const STREAM_BYTES = 400;

/** Some chunks, one behind the other. */
interface Part {
  readonly capacity: number;
  readonly byteLength: number;
  /** Whether it takes numbers beyond 16 bits. */
  readonly isWide: boolean;
  count: number;
  /** Views of this moment. */
  sequences(): Int32Array;
  /** For each chunk its least numbers, then its greatest. */
  extremes(): Extremes;
  release(): void;
}

/** Summaries of one stream. */
export class PendingChunks {
  readonly channelCount: number;
  readonly kind: SampleKind;
  readonly #pool: PagePool | undefined;
  #parts: Part[] = [];
  #count = 0;
  #partBytes = 0;
  /** Railed and not-finite counts of the few chunks that have any, by place. */
  #counts = new Map<number, Float64Array>();

  /**
   * @param pool Where numbers of 16 bits lie; absent, they have memory of their own. Its pages go back by
   * {@link takeBefore} and {@link takeAll} alone.
   */
  constructor(
    { channelCount, kind }: { channelCount: number; kind: SampleKind },
    pool?: PagePool,
  ) {
    this.channelCount = channelCount;
    this.kind = kind;
    this.#pool = pool;
  }

  get count(): number {
    return this.#count;
  }

  get byteLength(): number {
    return STREAM_BYTES + this.#partBytes + this.#counts.size * (100 + this.channelCount * 16);
  }

  /** Takes a copy. */
  push(sequence: number, { values }: ChunkSummary): void {
    const width = 2 * this.channelCount;
    const extremes = values.subarray(0, width);
    const isWide = this.kind !== "int32" || !fit16(extremes);
    let part = this.#parts.at(-1);
    if (part === undefined || part.count === part.capacity || isWide && !part.isWide) {
      part = this.#addPart(isWide);
    }
    part.sequences()[part.count] = sequence;
    part.extremes().set(extremes, part.count * width);
    part.count++;
    const counts = values.subarray(width);
    if (isAnyAbove0(counts)) this.#counts.set(this.#count, counts.slice());
    this.#count++;
  }

  /** Takes out the chunks before a sequence, into memory of their own; those from it on stay. */
  takeBefore(endSequence: number): PendingChunks {
    const taken = new PendingChunks(this);
    const rest = new PendingChunks(this, this.#pool);
    for (const { sequence, summary } of this.summaries()) {
      (sequence < endSequence ? taken : rest).push(sequence, summary);
    }
    for (const part of this.#parts) part.release();
    this.#parts = rest.#parts;
    this.#count = rest.#count;
    this.#partBytes = rest.#partBytes;
    this.#counts = rest.#counts;
    return taken;
  }

  /** Takes out every chunk. */
  takeAll(): PendingChunks {
    return this.takeBefore(Infinity);
  }

  #addPart(isWide: boolean): Part {
    const width = 2 * this.channelCount;
    const isPooled = !isWide && this.#pool !== undefined && chunksInPage(width) > 0;
    const part = isPooled
      ? pooledPart(this.#pool!, width)
      : ownPart(isWide ? WIDE_NUMBERS[this.kind] : Int16Array, width, isWide);
    this.#parts.push(part);
    this.#partBytes += part.byteLength;
    return part;
  }

  /** Every chunk, oldest arrival first. The numbers of one are good until the next is asked for. */
  *summaries(): Iterable<{ sequence: number; summary: ChunkSummary }> {
    const width = 2 * this.channelCount;
    const values = new Float64Array(this.channelCount * SUMMARY_ROWS);
    let place = 0;
    for (const part of this.#parts) {
      const sequences = part.sequences();
      const extremes = part.extremes();
      for (let n = 0; n < part.count; n++) {
        values.set(extremes.subarray(n * width, (n + 1) * width));
        const counts = this.#counts.get(place++);
        if (counts === undefined) values.fill(0, width);
        else values.set(counts, width);
        yield { sequence: sequences[n]!, summary: { channelCount: this.channelCount, values } };
      }
    }
  }

  /** As blocks of level 0; a chunk that came twice is there once. */
  toBlocks(): SummaryBlock[] {
    const blocks = new Map<number, SummaryBlock>();
    for (const { sequence, summary } of this.summaries()) {
      const number = Math.floor(sequence / BLOCK_BUCKETS);
      let block = blocks.get(number);
      if (block === undefined) {
        blocks.set(number, block = new SummaryBlock({ level: 0, block: number }, this));
      }
      block.addChunk(sequence, summary);
    }
    return [...blocks.values()];
  }
}

type Numbers = new (length: number) => Extremes;

const WIDE_NUMBERS: Readonly<Record<SampleKind, Numbers>> = {
  int32: Int32Array,
  binary32: Float32Array,
  binary64: Float64Array,
};

/** In memory of its own. */
function ownPart(Numbers: Numbers, width: number, isWide: boolean): Part {
  const sequences = new Int32Array(STEP_CHUNKS);
  const extremes = new Numbers(STEP_CHUNKS * width);
  return {
    capacity: STEP_CHUNKS,
    byteLength: sequences.byteLength + extremes.byteLength,
    isWide,
    count: 0,
    sequences: () => sequences,
    extremes: () => extremes,
    release() {},
  };
}

/** How many chunks of so many numbers a page has room for. */
function chunksInPage(width: number): number {
  return Math.floor(PAGE_BYTES / (4 + 2 * width));
}

/** In a page of a pool: sequences first, then numbers of 16 bits. */
function pooledPart(pool: PagePool, width: number): Part {
  const page = pool.take();
  const capacity = chunksInPage(width);
  return {
    capacity,
    byteLength: PAGE_BYTES,
    isWide: false,
    count: 0,
    sequences: () => pool.int32(page),
    extremes: () => pool.int16(page).subarray(2 * capacity),
    release: () => pool.release(page),
  };
}

// By loops: `every` and `some` make an object of each number, four kilobytes of them for a chunk.

/** Whether all are numbers of 16 bits. */
function fit16(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) {
    // NaN does not.
    if (!(values[i]! >= -0x8000 && values[i]! <= 0x7fff)) return false;
  }
  return true;
}

function isAnyAbove0(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > 0) return true;
  }
  return false;
}
