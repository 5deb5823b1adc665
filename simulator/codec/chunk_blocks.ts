/**
 * A file's chunks, a minute at a time.
 *
 * The block is what an encoder may look ahead by: long enough to learn from, short enough that memory does
 * not grow with the file.
 *
 * @module
 */

import type { SourceChunk, SourceSegment } from "../device_source.ts";

/** Chunks of one stream in a block, so a minute at 1 Hz and above. */
export const BLOCK_CHUNKS = 60;

/** Samples in a block, all streams together, unless one chunk alone has more: 64 MiB. */
const BLOCK_SAMPLES_MAX = 16 * 1024 * 1024;

/** A chunk, and the segment it belongs to. */
export interface PlacedChunk {
  /** Index into the file's segments. */
  readonly segment: number;
  readonly chunk: SourceChunk;
}

/**
 * All chunks of the segments in order, in blocks of at most {@link BLOCK_CHUNKS} of any stream. A block
 * may go over the end of a segment; a chunk never does.
 */
export async function* chunkBlocks(
  segments: readonly SourceSegment[],
): AsyncIterable<PlacedChunk[]> {
  let block: PlacedChunk[] = [];
  let sampleCount = 0;
  let counts: number[] = [];
  for (const [segment, { streams, chunks }] of segments.entries()) {
    for await (const chunk of chunks(streams.map(() => 0))) {
      const { stream, samples } = chunk;
      const count = (counts[stream] ?? 0) + 1;
      if (count > BLOCK_CHUNKS || sampleCount + samples.length > BLOCK_SAMPLES_MAX) {
        if (block.length > 0) yield block;
        block = [];
        counts = [];
        sampleCount = 0;
      }
      block.push({ segment, chunk });
      counts[stream] = (counts[stream] ?? 0) + 1;
      sampleCount += samples.length;
    }
  }
  if (block.length > 0) yield block;
}
