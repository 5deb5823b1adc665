/**
 * The numbers of one stream's columns, as they come together.
 *
 * @module
 */

import type { SampleKind, Samples } from "@wavekeep/core/chunk";
import { BLOCK_BUCKETS, summariseChannel, type SummaryBlock } from "@wavekeep/core/summary";

/** What integer columns hold while nothing has come. */
export const EMPTY_LEAST = 0x7fffffff;
export const EMPTY_GREATEST = -0x80000000;

/** Least, greatest and counts of every column of every wanted channel. */
export class EnvelopeColumns {
  readonly columnCount: number;
  /** Wanted rows of the stream's chunks. */
  readonly rows: readonly number[];
  /** Row after row. Least above greatest: nothing there; NaN does not occur. */
  readonly least: Int32Array | Float64Array;
  readonly greatest: Int32Array | Float64Array;
  readonly railed: Uint32Array;
  readonly notFinite: Uint32Array;
  /** Samples that are stored and were not looked at, by column. */
  readonly notSummarised: Uint32Array;

  constructor(kind: SampleKind, rows: readonly number[], columnCount: number) {
    const size = rows.length * columnCount;
    this.columnCount = columnCount;
    this.rows = rows;
    if (kind === "int32") {
      this.least = new Int32Array(size).fill(EMPTY_LEAST);
      this.greatest = new Int32Array(size).fill(EMPTY_GREATEST);
    } else {
      this.least = new Float64Array(size).fill(Infinity);
      this.greatest = new Float64Array(size).fill(-Infinity);
    }
    this.railed = new Uint32Array(size);
    this.notFinite = new Uint32Array(size);
    this.notSummarised = new Uint32Array(columnCount);
  }

  /**
   * Takes in buckets of a block.
   *
   * @param columns The column of each of the 64; −1 leaves a bucket out.
   */
  addBlock(block: SummaryBlock, columns: Int32Array): void {
    const { least, greatest } = this;
    const { least: blockLeast, greatest: blockGreatest, railed, notFinite } = block;
    for (const [index, row] of this.rows.entries()) {
      const from = row * BLOCK_BUCKETS;
      const to = index * this.columnCount;
      for (let bucket = 0; bucket < BLOCK_BUCKETS; bucket++) {
        const column = columns[bucket]!;
        if (column < 0) continue;
        const low = blockLeast[from + bucket]!;
        const high = blockGreatest[from + bucket]!;
        if (low < least[to + column]!) least[to + column] = low;
        if (high > greatest[to + column]!) greatest[to + column] = high;
      }
      if (railed === undefined && notFinite === undefined) continue;
      for (let bucket = 0; bucket < BLOCK_BUCKETS; bucket++) {
        const column = columns[bucket]!;
        if (column < 0) continue;
        this.railed[to + column]! += railed?.[from + bucket] ?? 0;
        this.notFinite[to + column]! += notFinite?.[from + bucket] ?? 0;
      }
    }
  }

  /**
   * Takes in one chunk, all of it in one column.
   *
   * @param samples Every row of the chunk.
   */
  addChunk(samples: readonly Samples[], column: number): void {
    for (const [index, row] of this.rows.entries()) {
      const at = index * this.columnCount + column;
      const { least, greatest, railed, notFinite } = summariseChannel(samples[row]!);
      this.#add(at, least, greatest);
      for (const { start, end } of railed) this.railed[at]! += end - start;
      this.notFinite[at]! += notFinite;
    }
  }

  /**
   * Takes in samples of one chunk, each in its own column.
   *
   * @param samples Every row of the chunk, all of it: what is railed shows in the whole chunk only.
   */
  addSamples(samples: readonly Samples[], bounds: ColumnBounds): void {
    for (const [index, row] of this.rows.entries()) {
      const own = samples[row]!;
      const { railed } = summariseChannel(own);
      for (let column = bounds.first; column < bounds.end; column++) {
        const start = Math.max(0, bounds.at(column));
        const end = Math.min(own.length, bounds.at(column + 1));
        const at = index * this.columnCount + column;
        for (let i = start; i < end; i++) {
          const value = own[i]!;
          if (value - value === 0) this.#add(at, value + 0, value + 0);
          else this.notFinite[at]!++;
        }
        for (const run of railed) {
          this.railed[at]! += Math.max(0, Math.min(end, run.end) - Math.max(start, run.start));
        }
      }
    }
  }

  #add(at: number, least: number, greatest: number): void {
    // False for NaN.
    if (least < this.least[at]!) this.least[at] = least;
    if (greatest > this.greatest[at]!) this.greatest[at] = greatest;
  }
}

/** Columns that touch a chunk, and where they begin, counted from its first sample. */
export interface ColumnBounds {
  readonly first: number;
  readonly end: number;
  at(column: number): number;
}
