/**
 * A file's chunks, with its encoders shown some of them before the first is given.
 *
 * @module
 */

import type { StreamEncoder } from "@wavekeep/core/codec";
import type { SourceChunk, SourceSegment } from "./device_source.ts";

/** Chunks of a file that its encoders see before the first of them is coded: a minute of one stream. */
const AHEAD_CHUNKS_MAX = 60;
/** Samples of them, however many channels: 16 MiB. */
const AHEAD_SAMPLES_MAX = 4 * 1024 * 1024;

/**
 * The chunks of a segment; where a file holds them already, the encoders are shown a block of them before
 * its first is given. A live device cannot see what comes.
 */
export async function* shownAhead(
  segment: SourceSegment,
  from: readonly number[],
  encoders: readonly StreamEncoder[],
): AsyncIterable<SourceChunk> {
  if (!segment.isContent) return yield* segment.chunks(from);
  let block: SourceChunk[] = [];
  let sampleCount = 0;
  const show = () => {
    const shown = block;
    for (const chunk of shown) encoders[chunk.stream]!.lookAhead(chunk.samples, chunk.sampleCount);
    block = [];
    sampleCount = 0;
    return shown;
  };
  for await (const chunk of segment.chunks(from)) {
    const isFull = block.length >= AHEAD_CHUNKS_MAX * segment.streams.length ||
      sampleCount + chunk.samples.length > AHEAD_SAMPLES_MAX;
    if (isFull && block.length > 0) yield* show();
    block.push(chunk);
    sampleCount += chunk.samples.length;
  }
  yield* show();
}
