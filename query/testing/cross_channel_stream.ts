/**
 * A stream whose chunks are coded across channels and name parameter sets.
 *
 * For tests only. The sets fit nothing, as an encoder's would; what they are for is to be named, stored,
 * lost and found.
 *
 * @module
 */

import { crossChannel } from "@wavekeep/core/codec";
import { prng, randomParameterSet } from "@wavekeep/core/testing";
import type { MadeStream } from "./sealed_recording.ts";

/** Channels of every such stream. */
export const CROSS_CHANNELS = 6;

/**
 * Makes it, at 4 Hz with the usual samples.
 *
 * @param sequences Stored chunks.
 * @param chunksPerSet Chunks after which another set is named.
 */
export function crossChannelStream(
  sequences: readonly number[],
  { chunksPerSet = Infinity, seed = 1 } = {},
): MadeStream {
  let count = 0;
  return {
    channels: Array.from({ length: CROSS_CHANNELS }, () => ({})),
    sequences,
    encode: (samples, sampleCount) => {
      const random = prng(seed + Math.floor(count++ / chunksPerSet));
      const parameterSet = randomParameterSet(random, { channelCount: CROSS_CHANNELS });
      const shape = { kind: "int32", channelCount: CROSS_CHANNELS, sampleCount } as const;
      const payload = crossChannel.encode(samples, shape, parameterSet);
      return { codec: "cross-channel", payload, parameterSet };
    },
  };
}
