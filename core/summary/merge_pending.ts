/**
 * Layer 4. Taking new chunks into all levels at once.
 *
 * Sole owner of the rule that keeps a pyramid whole: a chunk that is new at level 0 is added to the bucket
 * above it at every level, in the same step; one that is not new is added nowhere. So a bucket's count
 * at any level is the number of different chunks in it.
 *
 * @module
 */

import type { SampleKind } from "../recording/mod.ts";
import { BLOCK_BUCKETS, LEVELS, placeOfSequence } from "./levels.ts";
import { type BlockPlace, SummaryBlock } from "./summary_block.ts";

/** The blocks of a stream that new chunks touch, at every level. */
export function touchedBlocks(pending: Iterable<SummaryBlock>): BlockPlace[] {
  const places = new Map<string, BlockPlace>();
  for (const { block } of pending) {
    for (const level of LEVELS) {
      const place = { level, ...placeOfSequence(level, block * BLOCK_BUCKETS) };
      places.set(`${level}/${place.block}`, { level, block: place.block });
    }
  }
  return [...places.values()].sort((a, b) => a.level - b.level || a.block - b.block);
}

/**
 * Merges blocks of new chunks into what is stored.
 *
 * @param stored What is stored of `touchedBlocks`; changed in place where something was added.
 * @param pending Blocks of level 0.
 * @returns The blocks that changed, those that were not there before included.
 */
export function mergePending(
  stored: readonly SummaryBlock[],
  pending: readonly SummaryBlock[],
  stream: { readonly channelCount: number; readonly kind: SampleKind },
): SummaryBlock[] {
  const blocks = new Map(stored.map((block) => [`${block.level}/${block.block}`, block]));
  const changed = new Set<SummaryBlock>();
  const blockAt = (place: BlockPlace) => {
    const name = `${place.level}/${place.block}`;
    let block = blocks.get(name);
    if (block === undefined) blocks.set(name, block = new SummaryBlock(place, stream));
    changed.add(block);
    return block;
  };
  for (const fresh of pending) {
    for (let bucket = 0; bucket < BLOCK_BUCKETS; bucket++) {
      const known = blocks.get(`0/${fresh.block}`)?.counts[bucket] ?? 0;
      if (fresh.counts[bucket] === 0 || known > 0) continue;
      for (const level of LEVELS) {
        const place = placeOfSequence(level, fresh.block * BLOCK_BUCKETS + bucket);
        blockAt({ level, block: place.block }).addBucket(place.bucket, fresh, bucket);
      }
    }
  }
  return [...changed];
}
