/**
 * From a plan to columns: the level that fits, and what it lacks from the levels below.
 *
 * Sole owner of what a stored trend may be believed for. A bucket counts its chunks; above the finest level
 * it is taken when that is the number that is stored of its sequences. An epoch is taken as it is: what has
 * come since is told as not computed. No chunk is decoded here: what no epoch has, the deriver will bring.
 *
 * @module
 */

import { trendPlace, unsealAside } from "@wavekeep/core/crypto";
import type { Logger } from "@wavekeep/core/service";
import {
  TREND_ALGORITHM,
  TREND_BLOCK_BUCKETS,
  TrendBlock,
  trendBucketSequences,
  TrendColumns,
  TrendSum,
} from "@wavekeep/core/trend";
import type { BlockScope } from "../envelope/envelope_store.ts";
import { type SequenceRange, StoredSequences } from "../envelope/stored_sequences.ts";
import type { StreamIdentity } from "../verify_chunk.ts";
import type { PlannedTrends } from "./plan_request.ts";
import type { TrendStore } from "./trend_store.ts";

/** What reading needs of the world. */
export interface TrendSource {
  readonly trends: TrendStore;
  readonly logger: Logger;
}

/** Blocks that are fetched at once: a megabyte. */
const BLOCKS_PER_FETCH = 64;

/** The columns of one stream, and what they say about themselves. */
export interface ReadTrends {
  readonly columns: TrendColumns;
  /** The first column of which something stored is in no trend; the end when there is none. */
  readonly computedColumns: number;
  /** All of it came from the level that was planned, so that the same numbers always come. */
  readonly isFinal: boolean;
}

/**
 * Reads the columns of one stream.
 *
 * @param identity Whose trends they are, and the key they are sealed with.
 */
export async function readTrends(
  source: TrendSource,
  planned: PlannedTrends,
  identity: StreamIdentity,
  { level, columnSeconds }: { readonly level: number; readonly columnSeconds: number },
): Promise<ReadTrends> {
  const { timeline, firstColumn, endColumn, endSequence, plan } = planned;
  const stored = new StoredSequences(timeline);
  const sums = Array.from({ length: endColumn - firstColumn }, () => new TrendSum());
  let missing: SequenceRange[] = [
    { start: firstColumn * columnSeconds, end: endColumn * columnSeconds },
  ];
  let isFinal = true;
  for (let own = level; own >= 0 && missing.length > 0; own--) {
    const lacking: SequenceRange[] = [];
    const size = trendBucketSequences(own);
    const found = await fetchBlocks(source, identity, own, blocksOf(missing, stored, own));
    for (const range of missing) {
      for (let start = range.start; start < range.end; start += size) {
        const storedCount = stored.countIn(start, start + size);
        if (storedCount === 0) continue;
        const index = start / size;
        const block = found.get(Math.floor(index / TREND_BLOCK_BUCKETS));
        const bucket = index % TREND_BLOCK_BUCKETS;
        const count = block?.counts[bucket] ?? 0;
        if (count === storedCount || own === 0 && count > 0) {
          sums[Math.floor(start / columnSeconds) - firstColumn]!.add(block!, bucket);
          isFinal &&= own === level;
        } else {
          lacking.push({ start, end: start + size });
        }
      }
    }
    missing = lacking;
  }
  const counts = plan.sides.map(({ derivations }) => derivations.length);
  const columns = new TrendColumns(sums.length, [counts[0]!, counts[1]!]);
  let computedColumns = sums.length;
  for (const [index, sum] of sums.entries()) {
    const start = (firstColumn + index) * columnSeconds;
    const end = Math.min(start + columnSeconds, endSequence);
    const storedCount = stored.countIn(start, end);
    // An epoch cannot have more than is there, but for one that a restored backup has never seen.
    const computed = Math.min(sum.chunkCount, storedCount);
    columns.set(index, sum, { sequences: end - start, stored: storedCount, computed });
    if (computed < storedCount) computedColumns = Math.min(computedColumns, index);
  }
  return { columns, computedColumns, isFinal: isFinal && computedColumns === sums.length };
}

/** Numbers of the blocks that hold some sequences of which anything is stored, ascending. */
function blocksOf(
  ranges: readonly SequenceRange[],
  stored: StoredSequences,
  level: number,
): number[] {
  const size = trendBucketSequences(level) * TREND_BLOCK_BUCKETS;
  const blocks = new Set<number>();
  for (const range of ranges) {
    for (const run of stored.within(range)) {
      const end = Math.floor((run.end - 1) / size);
      for (let block = Math.floor(run.start / size); block <= end; block++) blocks.add(block);
    }
  }
  return [...blocks].sort((a, b) => a - b);
}

async function fetchBlocks(
  source: TrendSource,
  identity: StreamIdentity,
  level: number,
  blocks: readonly number[],
): Promise<Map<number, TrendBlock>> {
  const { siteId, recordingId, segmentNumber, stream } = identity;
  const found = new Map<number, TrendBlock>();
  for (let at = 0; at < blocks.length; at += BLOCKS_PER_FETCH) {
    const scopes: BlockScope[] = [];
    for (const block of blocks.slice(at, at + BLOCKS_PER_FETCH)) {
      const last = scopes.at(-1);
      if (last?.end === block) scopes[scopes.length - 1] = { ...last, end: block + 1 };
      else scopes.push({ segmentNumber, stream, level, start: block, end: block + 1 });
    }
    const rows = await source.trends.blocks(siteId, recordingId, scopes);
    await Promise.all(rows.map(async ({ block, body }) => {
      const opened = await open(source, identity, { level, block }, body);
      if (opened !== undefined) found.set(block, opened);
    }));
  }
  return found;
}

/** A block that does not open is as good as absent: it is derived, and is made again. */
async function open(
  { logger }: TrendSource,
  identity: StreamIdentity,
  place: { readonly level: number; readonly block: number },
  body: Uint8Array,
): Promise<TrendBlock | undefined> {
  try {
    const text = trendPlace({ ...identity, ...place, algorithm: TREND_ALGORITHM });
    const block = TrendBlock.decode(await unsealAside(identity.key, text, body));
    if (block.level === place.level && block.block === place.block) return block;
    throw new Error("it is another block");
  } catch (error) {
    const { recordingId, segmentNumber, stream } = identity;
    logger.error("stored trend damaged, it is left out", {
      recordingId,
      segmentNumber,
      stream,
      blockLevel: place.level,
      block: place.block,
      remedy: "deno task trends --rebuild",
      error,
    });
    return undefined;
  }
}
