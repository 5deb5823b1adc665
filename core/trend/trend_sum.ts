/**
 * Layer 4. Buckets added up: what makes a coarser bucket out of finer ones, and a column out of buckets.
 *
 * Sole owner of averaging. Power is averaged as power, margins and indexes as they are, each weighted by
 * what of it could be judged, so that a column says the same whatever level it was made of but for rounding.
 *
 * @module
 */

import { hundredthsOf, powerTable } from "./decibels.ts";
import { BIN_COUNT } from "./definition.ts";
import type { SideRows, TrendBlock } from "./trend_block.ts";

/** Sums of one side. */
export class SideSum {
  assessable = 0;
  windows = 0;
  halves = 0;
  suppressed = 0;
  aeegHalves = 0;
  #lower = 0;
  #upper = 0;
  /** Power times windows, by line. */
  readonly #power = new Float64Array(BIN_COUNT);
  readonly #table = powerTable();

  add(rows: SideRows, bucket: number): void {
    this.assessable += rows.assessable[bucket]!;
    this.halves += rows.halves[bucket]!;
    this.suppressed += rows.suppressed[bucket]!;
    const halves = rows.aeegHalves[bucket]!;
    if (halves > 0) {
      this.aeegHalves += halves;
      this.#lower += halves * rows.aeegLower[bucket]!;
      this.#upper += halves * rows.aeegUpper[bucket]!;
    }
    const windows = rows.windows[bucket]!;
    if (windows === 0) return;
    this.windows += windows;
    const power = this.#power;
    const table = this.#table;
    const { spectrum } = rows;
    const from = bucket * BIN_COUNT;
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      power[bin]! += windows * table[spectrum[from + bin]! + 0x8000]!;
    }
  }

  /** Mean power of a line, µV²/Hz; NaN without windows. */
  power(bin: number): number {
    return this.#power[bin]! / (this.windows === 0 ? NaN : this.windows);
  }

  /** Lower and upper margin, µV; NaN without half seconds. */
  get lower(): number {
    return this.aeegHalves === 0 ? NaN : this.#lower / this.aeegHalves;
  }

  get upper(): number {
    return this.aeegHalves === 0 ? NaN : this.#upper / this.aeegHalves;
  }

  clear(): void {
    this.assessable =
      this.windows =
      this.halves =
      this.suppressed =
      this.aeegHalves =
        0;
    this.#lower = this.#upper = 0;
    this.#power.fill(0);
  }
}

/** Sums of buckets of one stream. */
export class TrendSum {
  chunkCount = 0;
  readonly sides: readonly [SideSum, SideSum] = [new SideSum(), new SideSum()];
  #pairWindows = 0;
  #relative = 0;
  #absolute = 0;

  add(block: TrendBlock, bucket: number): void {
    this.chunkCount += block.counts[bucket]!;
    this.sides[0].add(block.sides[0], bucket);
    this.sides[1].add(block.sides[1], bucket);
    const windows = block.pairs.windows[bucket]!;
    if (windows === 0) return;
    this.#pairWindows += windows;
    this.#relative += windows * block.pairs.relative[bucket]!;
    this.#absolute += windows * block.pairs.absolute[bucket]!;
  }

  /** Mean indexes; NaN without pairs. */
  get relative(): number {
    return this.#pairWindows === 0 ? NaN : this.#relative / this.#pairWindows;
  }

  get absolute(): number {
    return this.#pairWindows === 0 ? NaN : this.#absolute / this.#pairWindows;
  }

  clear(): void {
    this.chunkCount = 0;
    for (const side of this.sides) side.clear();
    this.#pairWindows = this.#relative = this.#absolute = 0;
  }

  /** Writes the sums into a bucket. */
  store(block: TrendBlock, bucket: number): void {
    block.counts[bucket] = this.chunkCount;
    for (const [index, sum] of this.sides.entries()) {
      const rows = block.sides[index]!;
      rows.assessable[bucket] = sum.assessable;
      rows.windows[bucket] = sum.windows;
      rows.halves[bucket] = sum.halves;
      rows.suppressed[bucket] = sum.suppressed;
      rows.aeegHalves[bucket] = sum.aeegHalves;
      rows.aeegLower[bucket] = sum.lower;
      rows.aeegUpper[bucket] = sum.upper;
      for (let bin = 0; bin < BIN_COUNT; bin++) {
        rows.spectrum[bucket * BIN_COUNT + bin] = hundredthsOf(sum.power(bin));
      }
    }
    block.pairs.windows[bucket] = this.#pairWindows;
    block.pairs.relative[bucket] = this.relative;
    block.pairs.absolute[bucket] = this.absolute;
  }
}
