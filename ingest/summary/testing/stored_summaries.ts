/**
 * Stored summaries, opened, and what they should be by the samples themselves.
 *
 * @module
 */

import { envelopePlace, recordingKeyPlace, unseal, unwrapKey } from "@wavekeep/core/crypto";
import {
  type ChunkSummary,
  LEVELS,
  placeOfSequence,
  summariseChunk,
  SummaryBlock,
} from "@wavekeep/core/summary";
import type { Samples } from "@wavekeep/core/chunk";
import type { SampleKind } from "@wavekeep/core/recording";
import { inDatabase, type TestDatabase } from "../../../core/testing/test_database.ts";

/** A bucket, in words that compare: a summary by channel and the chunks in it, by level and bucket. */
export type Buckets = Map<string, { count: number; channels: string }>;

/** Every bucket that holds a chunk, of the only stream there is. */
export async function readBuckets(
  database: TestDatabase,
  keys: ReadonlyMap<string, Uint8Array>,
): Promise<Buckets> {
  const rows = await inDatabase(database.ownerUrl, async (client) => {
    const { rows } = await client.query(
      `select e.*, e.chunk_count as "chunkCount", l.wrapped_key as "wrappedKey",
          l.key_uuid as "patientUuid", l.recording_id as "recordingId", e.block_no as "block",
          e.segment_no as "segmentNumber", e.stream_no as "stream", e.site_id as "siteId"
        from wavekeep.envelope e join wavekeep.current_link l using (recording_id)
        where algorithm > 0`,
    );
    return rows;
  });
  const buckets: Buckets = new Map();
  for (const row of rows) {
    const place = recordingKeyPlace(row.siteId, row.recordingId);
    const key = unwrapKey(keys.get(row.patientUuid)!, place, new Uint8Array(row.wrappedKey));
    const block = SummaryBlock.decode(unseal(key, envelopePlace(row), new Uint8Array(row.body)));
    if (block.level !== row.level || block.block !== row.block) throw new Error("misplaced block");
    if (block.chunkCount !== row.chunkCount) throw new Error("chunk_count is not the block's");
    for (const [bucket, count] of block.counts.entries()) {
      if (count === 0) continue;
      buckets.set(`${block.level}/${block.block * 64 + bucket}`, {
        count,
        channels: wordsOf(block, bucket),
      });
    }
  }
  return buckets;
}

/** What a stream's buckets hold when they hold these chunks, each once. */
export function expectedBuckets(
  stream: { kind: SampleKind; channelCount: number },
  chunks: ReadonlyMap<number, Samples>,
): Buckets {
  const buckets: Buckets = new Map();
  for (const level of LEVELS) {
    const merged = new Map<string, { block: SummaryBlock; bucket: number }>();
    for (const [sequence, samples] of chunks) {
      const { block, bucket } = placeOfSequence(level, sequence);
      const name = `${level}/${block * 64 + bucket}`;
      const own = merged.get(name) ?? { block: new SummaryBlock({ level, block }, stream), bucket };
      merged.set(name, own);
      own.block.addBucket(bucket, single(stream, summariseChunk(samples, stream.channelCount)), 0);
    }
    for (const [name, { block, bucket }] of merged) {
      buckets.set(name, { count: block.counts[bucket]!, channels: wordsOf(block, bucket) });
    }
  }
  return buckets;
}

function single(stream: { kind: SampleKind; channelCount: number }, summary: ChunkSummary) {
  const block = new SummaryBlock({ level: 0, block: 0 }, stream);
  block.addChunk(0, summary);
  return block;
}

function wordsOf(block: SummaryBlock, bucket: number): string {
  return Array.from({ length: block.channelCount }, (_, channel) => {
    const at = channel * 64 + bucket;
    const counts = [block.railed?.[at] ?? 0, block.notFinite?.[at] ?? 0];
    return [block.least[at], block.greatest[at], ...counts].join("/");
  }).join(" ");
}
