/**
 * Samples to pixel columns: first, least, greatest and last of every column, so that no peak is lost.
 *
 * Sole owner of the reduction. Every sample belongs to exactly one column; a one-sample spike is that
 * column's least or greatest. The mean, every n-th sample or a triangle rule would each drop it.
 * Hazard: valid for the values that are drawn; a reduction of two channels says nothing about their
 * difference.
 *
 * @module
 */

/** How samples lie over columns. Pixels are device pixels, relative to the left edge of the plot. */
export interface ColumnOptions {
  /** Position of the first sample. */
  readonly x: number;
  /** Pixels from sample to sample, > 0. */
  readonly step: number;
  /** Columns of the plot; samples outside are left out. */
  readonly width: number;
}

/** One entry per column that holds at least one sample, left to right. */
export interface Columns {
  readonly count: number;
  /** Column indexes, 0 ≤ column < width. */
  readonly column: Int32Array;
  readonly first: Float32Array;
  readonly least: Float32Array;
  readonly greatest: Float32Array;
  readonly last: Float32Array;
  /** 1 where the least comes before the greatest. */
  readonly isLeastFirst: Uint8Array;
}

/**
 * Reduces one run.
 *
 * @param values Samples, oldest first, finite.
 *
 * @example A spike of one sample among ten thousand
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { reduceToColumns } from "./reduce_columns.ts";
 *
 * const values = new Float32Array(10_000);
 * values[4711] = -80;
 * const columns = reduceToColumns(values, { x: 0, step: 0.1, width: 1000 });
 * strictEqual(columns.least[471], -80);
 * ```
 */
export function reduceToColumns(values: Float32Array, options: ColumnOptions): Columns {
  const { x, step, width } = options;
  const start = Math.min(values.length, Math.max(0, firstIndexFrom(0, x, step)));
  const end = Math.min(values.length, Math.max(start, firstIndexFrom(width, x, step)));
  const capacity = Math.min(width, end - start);
  const column = new Int32Array(capacity);
  const first = new Float32Array(capacity);
  const least = new Float32Array(capacity);
  const greatest = new Float32Array(capacity);
  const last = new Float32Array(capacity);
  const isLeastFirst = new Uint8Array(capacity);
  let count = 0;
  for (let i = start; i < end;) {
    const here = Math.floor(x + i * step);
    const next = Math.min(end, Math.max(i + 1, firstIndexFrom(here + 1, x, step)));
    let lowAt = i, highAt = i;
    for (let j = i + 1; j < next; j++) {
      if (values[j]! < values[lowAt]!) lowAt = j;
      if (values[j]! > values[highAt]!) highAt = j;
    }
    column[count] = Math.min(Math.max(0, here), width - 1);
    first[count] = values[i]!;
    least[count] = values[lowAt]!;
    greatest[count] = values[highAt]!;
    last[count] = values[next - 1]!;
    isLeastFirst[count] = lowAt <= highAt ? 1 : 0;
    count++;
    i = next;
  }
  return { count, column, first, least, greatest, last, isLeastFirst };
}

/** Index of the first sample at or right of a pixel. */
function firstIndexFrom(pixel: number, x: number, step: number): number {
  let index = Math.ceil((pixel - x) / step);
  // The division rounds; the comparison below is the definition.
  while (Math.floor(x + (index - 1) * step) >= pixel) index--;
  while (Math.floor(x + index * step) < pixel) index++;
  return index;
}
