/**
 * Which blocks of a stream have to be made, found by counting.
 *
 * Sole owner of what is stale. Nothing is remembered in the database but the rows themselves: a block says
 * how many chunks it was made of, the chunks' index says how many there are, and a coarser bucket has to
 * have what the finer ones have. So whatever a crash took is found, and what was done is not done again.
 *
 * @module
 */

import { TREND_LEVEL_FACTOR, TREND_LEVEL_MAX } from "@wavekeep/core/trend";
import type { TrendRow } from "./trend_store.ts";

/** What has to be made. */
export interface StaleBlocks {
  /** Blocks of epochs that lack some chunk. */
  readonly fine: readonly number[];
  /** Blocks above it that lack what the finer ones have, by level from 1. */
  readonly coarse: readonly { readonly level: number; readonly block: number }[];
}

/** Epochs' blocks that one block of a level is made of. */
export function fineBlocksOf(level: number, block: number): { start: number; end: number } {
  const factor = TREND_LEVEL_FACTOR ** level;
  return { start: block * factor, end: (block + 1) * factor };
}

/**
 * @param storedCounts Chunks stored of each block of epochs that may have changed.
 * @param rows All rows of the stream.
 * @param openBlock The block of epochs that is still growing: what is above it waits; −1 for none.
 *
 * @example Two blocks are complete, and nothing is above them
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { staleBlocks } from "./stale_blocks.ts";
 *
 * const rows = [{ level: 0, block: 0, chunkCount: 640, revision: 1 }];
 * deepStrictEqual(staleBlocks(new Map([[0, 640], [1, 10]]), rows, 1),
 *   { fine: [1], coarse: [{ level: 1, block: 0 }, { level: 2, block: 0 }] });
 * ```
 */
export function staleBlocks(
  storedCounts: ReadonlyMap<number, number>,
  rows: readonly TrendRow[],
  openBlock: number,
): StaleBlocks {
  const counts = rows.map(({ level, block, chunkCount }) => ({ level, block, chunkCount }));
  const fineCounts = new Map(
    counts.filter(({ level }) => level === 0).map(({ block, chunkCount }) => [block, chunkCount]),
  );
  const fine = [...storedCounts]
    .filter(([block, count]) => count > 0 && (fineCounts.get(block) ?? 0) !== count)
    .map(([block]) => block).sort((a, b) => a - b);
  const coarse: { level: number; block: number }[] = [];
  for (let level = 1; level <= TREND_LEVEL_MAX; level++) {
    const wanted = new Map<number, number>();
    for (const [block, count] of fineCounts) {
      if (block === openBlock || count === 0) continue;
      const own = Math.floor(block / TREND_LEVEL_FACTOR ** level);
      wanted.set(own, (wanted.get(own) ?? 0) + count);
    }
    for (const [block, count] of wanted) {
      const found = counts.find((row) => row.level === level && row.block === block)?.chunkCount;
      // A row that has more was made when the open block was not open yet.
      if ((found ?? 0) < count) coarse.push({ level, block });
    }
  }
  return { fine, coarse };
}
