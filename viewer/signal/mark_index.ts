/**
 * Marks by where they are: which touch a stretch, and which comes next.
 *
 * A recording of days has thousands of marks and a page shows few. Marks stand by onset; above them a
 * tree holds the latest end of each half, so that a stretch is answered by walking only to what touches
 * it, however long a mark lasts. Built once for an array of marks and kept as long as that array is.
 *
 * @module
 */

import type { MarkModel } from "./recording_model.ts";

/** The part of a mark that says where it is. */
export type Placed = Pick<MarkModel, "onset" | "duration">;

/** Marks by onset, with a tree of ends above them. */
export interface MarkIndex<M extends Placed> {
  readonly marks: readonly M[];
  /**
   * Marks of which any part lies in `[start, end)`, by onset. One without length counts where it stands;
   * one that ends exactly at `start` does not.
   */
  touching(start: number, end: number): M[];
  /** Position of the first mark whose onset is not before `moment`. */
  firstFrom(moment: number): number;
  /** Nodes of the tree and marks looked at by the last answer of `touching`: what an answer costs. */
  readonly visitedCount: number;
}

const indexes = new WeakMap<readonly Placed[], MarkIndex<Placed>>();

/**
 * The index of an array of marks, which must be by onset and must not change afterwards.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { markIndex } from "./mark_index.ts";
 *
 * const marks = [{ onset: 0, duration: 500 }, { onset: 90, duration: null }, { onset: 101, duration: 2 }];
 * deepStrictEqual(markIndex(marks).touching(100, 110), [marks[0], marks[2]]);
 * ```
 */
export function markIndex<M extends Placed>(marks: readonly M[]): MarkIndex<M> {
  let index = indexes.get(marks);
  if (index === undefined) {
    index = buildIndex(marks);
    indexes.set(marks, index);
  }
  return index as MarkIndex<M>;
}

function buildIndex<M extends Placed>(marks: readonly M[]): MarkIndex<M> {
  const count = marks.length;
  const onsets = Float64Array.from(marks, ({ onset }) => onset);
  const ends = Float64Array.from(marks, ({ onset, duration }) => onset + (duration ?? 0));
  let leafCount = 1;
  while (leafCount < count) leafCount *= 2;
  // A node's children are 2n and 2n + 1; leaves begin at leafCount.
  const latest = new Float64Array(2 * leafCount).fill(-Infinity);
  latest.set(ends, leafCount);
  for (let node = leafCount - 1; node > 0; node--) {
    latest[node] = Math.max(latest[2 * node]!, latest[2 * node + 1]!);
  }
  let visitedCount = 0;

  function firstFrom(moment: number): number {
    let low = 0, high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (onsets[middle]! < moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    marks,
    firstFrom,
    get visitedCount() {
      return visitedCount;
    },
    touching(start, end) {
      const found: M[] = [];
      visitedCount = 0;
      const stop = firstFrom(end);
      const walk = (node: number, first: number, width: number) => {
        if (first >= stop) return;
        visitedCount++;
        if (latest[node]! < start) return;
        if (width === 1) {
          if (ends[first]! > start || onsets[first]! >= start) found.push(marks[first]!);
          return;
        }
        const half = width / 2;
        walk(2 * node, first, half);
        walk(2 * node + 1, first + half, half);
      };
      walk(1, 0, leafCount);
      return found;
    },
  };
}
