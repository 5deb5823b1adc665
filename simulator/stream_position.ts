/**
 * Where ingest is with a stream, as the state of its segment says.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import type { SegmentState } from "@wavekeep/core/wire";

/** What is stored of a stream. */
export interface StreamPosition {
  /** Sequences below it are stored. */
  readonly highWater: number;
  /** Of the chunk before it. */
  readonly highWaterDigest: Uint8Array | null;
  /** Sequence after the last one stored. */
  readonly storedEnd: number;
  readonly missing: readonly { readonly start: number; readonly end: number }[];
}

/** What the state says of a stream; nothing is stored of one that it does not name. */
export function streamPosition(state: SegmentState, stream: number): StreamPosition {
  const found = state.streams.find((each) => each.stream === stream);
  if (found === undefined) {
    return { highWater: 0, highWaterDigest: null, storedEnd: 0, missing: [] };
  }
  const { high_water: highWater, high_water_digest: digest, missing } = found;
  return {
    highWater,
    highWaterDigest: digest === null ? null : parseHex(digest),
    // Stored or missing is everything below the end.
    storedEnd: found.chunk_count + missing.reduce((sum, { start, end }) => sum + end - start, 0),
    missing,
  };
}

/** Whether a chunk is stored already: such a chunk is made, for the chain, and not sent. */
export function storedTest(state: SegmentState, stream: number): (sequence: number) => boolean {
  const { highWater, storedEnd, missing } = streamPosition(state, stream);
  return (sequence) =>
    sequence < highWater ||
    (sequence < storedEnd &&
      !missing.some(({ start, end }) => start <= sequence && sequence < end));
}

/** Where the stored part of each stream of a segment ends, in sequences. */
export function storedEnds(state: SegmentState, streamCount: number): number[] {
  return Array.from(
    { length: streamCount },
    (_, stream) => streamPosition(state, stream).storedEnd,
  );
}
