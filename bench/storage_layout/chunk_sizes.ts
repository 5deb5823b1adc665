/**
 * Bench, storage layout. How long chunks of real recordings are, sealed, as a live device sends them.
 *
 * A layout is decided by sizes alone: what is sealed is random, and no page cares for what it says.
 *
 * @module
 */

import { CRC_BYTES, HEADER_BYTES } from "@wavekeep/core/chunk";
import { SEAL_OVERHEAD_BYTES } from "@wavekeep/core/crypto";
import { LIVE_CODING } from "../../simulator/codec/coding.ts";
import { dayPool } from "../day/pool.ts";
import { eegSeconds } from "../day/signal.ts";
import { CHANNEL_COUNT, RATE_HZ } from "../workloads.ts";

/** Lengths of sealed bodies, second after second. */
export interface ChunkSizes {
  /** Such as "CHB-MIT". */
  readonly origin: string;
  readonly bodyBytes: readonly number[];
}

/** Samples of one chunk, all channels. */
export const SAMPLES_PER_CHUNK = CHANNEL_COUNT * RATE_HZ;

/**
 * Sizes of 23 channels at 256 Hz.
 *
 * @param options.noise Under the seeded noise of the synthetic days; without, as they were recorded.
 */
export async function chunkSizes(
  dataFolder: string | undefined,
  options: { readonly noise: boolean },
): Promise<ChunkSizes> {
  const { origin, seconds } = await eegSeconds(dataFolder);
  if (options.noise) {
    const pool = await dayPool({ shape: "scalp", seed: 1, minutes: 10, dataFolder });
    return {
      origin: `${origin} under noise`,
      bodyBytes: pool.streams[0]!.templates.map(({ payload }) => sealedBytes(payload)),
    };
  }
  const encoder = LIVE_CODING.create({ kind: "int32", channelCount: CHANNEL_COUNT });
  return {
    origin,
    bodyBytes: seconds.map((samples) => sealedBytes(encoder.encode(samples, RATE_HZ).payload)),
  };
}

function sealedBytes(payload: Uint8Array): number {
  return HEADER_BYTES + payload.byteLength + CRC_BYTES + SEAL_OVERHEAD_BYTES;
}
