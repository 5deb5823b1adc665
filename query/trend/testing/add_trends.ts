/**
 * Trends of a made recording, with numbers that are known: not computed from samples.
 *
 * @module
 */

import {
  type KeyStore,
  recordingKeyPlace,
  seal,
  trendPlace,
  unwrapKey,
} from "@wavekeep/core/crypto";
import {
  BIN_COUNT,
  EPOCH_SECONDS,
  TREND_ALGORITHM,
  TREND_BLOCK_BUCKETS,
  TREND_LEVEL_FACTOR,
  TrendBlock,
  TrendSum,
} from "@wavekeep/core/trend";
import type { MemoryRecording } from "../../store/memory_store.ts";
import type { MemoryTrendStore } from "../memory_store.ts";

/** Derivations a side of the recordings that this is for. */
const DERIVATIONS = 1;

/**
 * Stores epochs of stream 0 of segment 0, and the coarser levels of those.
 *
 * Epoch e has, on both sides, e mod 10 seconds that cannot be judged, (e mod 7) × 10 dB in every line, margins
 * of e and 2 e µV, and every fourth half second suppressed.
 *
 * @param isComputed Which epochs there are.
 */
export async function addTrends(
  trends: MemoryTrendStore,
  rows: MemoryRecording,
  keys: KeyStore,
  { isComputed = () => true, levels = [0, 1, 2] }: {
    readonly isComputed?: (epoch: number) => boolean;
    readonly levels?: readonly number[];
  } = {},
): Promise<void> {
  const { siteId, recordingId, patientUuid, wrappedKey } = rows.recording;
  const patientKey = await keys.patientKey(patientUuid);
  const key = unwrapKey(patientKey!, recordingKeyPlace(siteId, recordingId), wrappedKey);
  const blocks = new Map<string, TrendBlock>();
  const blockOf = (level: number, block: number) => {
    const name = `${level}/${block}`;
    const known = blocks.get(name) ?? new TrendBlock({ level, block }, [DERIVATIONS, DERIVATIONS]);
    blocks.set(name, known);
    return known;
  };
  const counts = new Map<number, number>();
  for (const { segmentNumber, stream, sequence } of rows.chunks) {
    if (segmentNumber !== 0 || stream !== 0) continue;
    const epoch = Math.floor(sequence / EPOCH_SECONDS);
    counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
  }
  const sum = new TrendSum();
  for (const [epoch, count] of counts) {
    if (!isComputed(epoch)) continue;
    const block = blockOf(0, Math.floor(epoch / TREND_BLOCK_BUCKETS));
    setEpoch(block, epoch % TREND_BLOCK_BUCKETS, { epoch, count });
  }
  for (const level of [1, 2]) {
    const finest = [...blocks.values()].filter((block) => block.level === 0);
    const factor = TREND_LEVEL_FACTOR ** level;
    for (const { block } of finest) {
      for (let bucket = 0; bucket < TREND_BLOCK_BUCKETS; bucket += factor) {
        sum.clear();
        for (let at = bucket; at < bucket + factor; at++) {
          sum.add(blocks.get(`0/${block}`)!, at);
        }
        if (sum.chunkCount === 0) continue;
        const index = (block * TREND_BLOCK_BUCKETS + bucket) / factor;
        const coarse = blockOf(level, Math.floor(index / TREND_BLOCK_BUCKETS));
        sum.store(coarse, index % TREND_BLOCK_BUCKETS);
      }
    }
  }
  for (const block of blocks.values()) {
    if (!levels.includes(block.level)) continue;
    const place = { segmentNumber: 0, stream: 0, level: block.level, block: block.block };
    const text = trendPlace({ siteId, recordingId, ...place, algorithm: TREND_ALGORITHM });
    trends.rows.push({ recordingId, ...place, body: seal(key, text, block.encode()) });
  }
}

function setEpoch(
  block: TrendBlock,
  bucket: number,
  { epoch, count }: { readonly epoch: number; readonly count: number },
): void {
  block.counts[bucket] = count;
  for (const side of block.sides) {
    side.assessable[bucket] = Math.max(0, count - epoch % 10);
    side.windows[bucket] = 9;
    side.halves[bucket] = 20;
    side.suppressed[bucket] = 5;
    side.aeegHalves[bucket] = 18;
    side.aeegLower[bucket] = epoch;
    side.aeegUpper[bucket] = 2 * epoch;
    side.spectrum.fill((epoch % 7) * 1000, bucket * BIN_COUNT, (bucket + 1) * BIN_COUNT);
  }
  block.pairs.windows[bucket] = 9;
  block.pairs.relative[bucket] = 0.25;
  block.pairs.absolute[bucket] = 0.5;
}
