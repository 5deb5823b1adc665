/**
 * Summaries of a stream's chunks that are not in the store yet, in as little memory as they need.
 *
 * A block of a stream is 6 KB; of two thousand streams most hold half a block, so numbers are kept as they
 * come, in steps of some chunks, and become blocks when they are written.
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

/** Room is made for this many chunks at once. */
const STEP_CHUNKS = 16;

/** What a stream costs beside its numbers, nearly. */
const STREAM_BYTES = 400;

/** Summaries of one stream. */
export class PendingChunks {
  readonly channelCount: number;
  readonly kind: SampleKind;
  #count = 0;
  #sequences = new Int32Array(0);
  /** For each chunk its least numbers, then its greatest. */
  #extremes: Extremes;
  /** Railed and not-finite counts of the few chunks that have any, by place. */
  #counts = new Map<number, Float64Array>();

  constructor({ channelCount, kind }: { channelCount: number; kind: SampleKind }) {
    this.channelCount = channelCount;
    this.kind = kind;
    this.#extremes = kind === "int32"
      ? new Int16Array(0)
      : kind === "binary32"
      ? new Float32Array(0)
      : new Float64Array(0);
  }

  get count(): number {
    return this.#count;
  }

  get byteLength(): number {
    return STREAM_BYTES + this.#sequences.byteLength + this.#extremes.byteLength +
      this.#counts.size * (100 + this.channelCount * 16);
  }

  /** Takes a copy. */
  push(sequence: number, { values }: ChunkSummary): void {
    const width = 2 * this.channelCount;
    if (this.#count === this.#sequences.length) this.#grow();
    const extremes = values.subarray(0, width);
    if (this.#extremes instanceof Int16Array && !fit16(extremes)) {
      this.#extremes = Int32Array.from(this.#extremes);
    }
    this.#sequences[this.#count] = sequence;
    this.#extremes.set(extremes, this.#count * width);
    const counts = values.subarray(width);
    if (isAnyAbove0(counts)) this.#counts.set(this.#count, counts.slice());
    this.#count++;
  }

  /** Takes out the chunks before a sequence; those from it on stay, in as much room as they need. */
  takeBefore(endSequence: number): PendingChunks {
    const taken = new PendingChunks(this);
    const rest = new PendingChunks(this);
    for (const { sequence, summary } of this.summaries()) {
      (sequence < endSequence ? taken : rest).push(sequence, summary);
    }
    this.#count = rest.#count;
    this.#sequences = rest.#sequences;
    this.#extremes = rest.#extremes;
    this.#counts = rest.#counts;
    return taken;
  }

  #grow(): void {
    const capacity = this.#count + STEP_CHUNKS;
    const sequences = new Int32Array(capacity);
    sequences.set(this.#sequences);
    this.#sequences = sequences;
    const Numbers = this.#extremes.constructor as new (length: number) => Extremes;
    const extremes = new Numbers(capacity * 2 * this.channelCount);
    extremes.set(this.#extremes);
    this.#extremes = extremes;
  }

  /** Every chunk, oldest arrival first. The numbers of one are good until the next is asked for. */
  *summaries(): Iterable<{ sequence: number; summary: ChunkSummary }> {
    const width = 2 * this.channelCount;
    const values = new Float64Array(this.channelCount * SUMMARY_ROWS);
    for (let place = 0; place < this.#count; place++) {
      values.set(this.#extremes.subarray(place * width, (place + 1) * width));
      const counts = this.#counts.get(place);
      if (counts === undefined) values.fill(0, width);
      else values.set(counts, width);
      yield {
        sequence: this.#sequences[place]!,
        summary: { channelCount: this.channelCount, values },
      };
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
