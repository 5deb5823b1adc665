/**
 * Chunks coded across channels, and the sets they name.
 *
 * For tests only: noise at 256 Hz under sets that fit nothing.
 *
 * @module
 */

import { encodeChunk } from "@wavekeep/core/chunk";
import { crossChannel, type ParameterSet } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { prng, randomParameterSet } from "@wavekeep/core/testing";

const RATE_HZ = 256;

/** Channels of every such chunk. */
export const CROSS_CHANNELS = 5;

/** A second of a stream. */
export interface CrossChannelChunk {
  readonly bytes: Uint8Array;
  readonly samples: Int32Array;
  readonly set: ParameterSet;
}

/** A set that its seed decides. */
export function someSet(seed: number): ParameterSet {
  return randomParameterSet(prng(seed), { channelCount: CROSS_CHANNELS });
}

/** Consecutive chunks of stream 0 that all name one set. */
export function crossChannelChunks(
  set: ParameterSet,
  { segmentId, count }: { segmentId: Uint8Array; count: number },
): CrossChannelChunk[] {
  const random = prng(3);
  const shape = { kind: "int32", channelCount: CROSS_CHANNELS, sampleCount: RATE_HZ } as const;
  return Array.from({ length: count }, (_, sequence) => {
    const samples = Int32Array.from(
      { length: CROSS_CHANNELS * RATE_HZ },
      () => random.below(200) - 100,
    );
    const payload = crossChannel.encode(samples, shape, set);
    const { bytes } = encodeChunk({
      encoded: { codec: "cross-channel", payload, parameterSet: set },
      ...shape,
      clock: "unknown",
      stream: 0,
      sequence,
      firstSample: sequence * RATE_HZ,
      deviceTimeMicros: null,
      monotonicNs: 0n,
      segmentId,
      previousDigest: new Uint8Array(32),
      samples,
      descriptorDigest: new Uint8Array(32),
      segmentDigest: new Uint8Array(32),
    }, nodeSha256);
    return { bytes, samples, set };
  });
}
