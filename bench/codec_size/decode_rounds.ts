/**
 * Bench. Decoding the same chunks again and again, in Deno and, bundled, in a browser's worker.
 *
 * One loop for both, so that their figures compare. Rounds are timed in batches, since a browser's clock is
 * coarse; the fastest batch counts.
 *
 * @module
 */

import { littleEndianBytes } from "@wavekeep/core/bytes";
import { crc32c } from "@wavekeep/core/checksum";
import {
  codecByName,
  type CodecName,
  type ParameterSet,
  readParameterSet,
  type Samples,
} from "@wavekeep/core/codec";

/** Chunks to decode: plain data, so that it crosses into a page. */
export interface DecodeJob {
  readonly chunks: readonly {
    readonly codec: CodecName;
    readonly channelCount: number;
    readonly sampleCount: number;
    /** Index into `sets`; null for codecs without one. */
    readonly set: number | null;
    readonly payload: Uint8Array;
  }[];
  readonly sets: readonly Uint8Array[];
}

export interface DecodeRounds {
  readonly samplesPerSecond: number;
  /** CRC-32C over the samples of all chunks, as int32: equal wherever they were decoded. */
  readonly crc: number;
}

const BATCH_MS_MIN = 50;
const BATCHES = 20;

/** Decodes for about a second. */
export function decodeRounds(job: DecodeJob): DecodeRounds {
  const sets = job.sets.map((bytes) => readParameterSet(bytes));
  const chunks = job.chunks.map((chunk) => ({
    codec: codecByName(chunk.codec),
    shape: {
      kind: "int32" as const,
      channelCount: chunk.channelCount,
      sampleCount: chunk.sampleCount,
    },
    payload: chunk.payload,
    set: chunk.set === null ? undefined : sets[chunk.set],
  }));
  const decodeAll = (take: (samples: Samples) => void) => {
    for (const { codec, payload, shape, set } of chunks) {
      take(codec.decode(payload, shape, set as ParameterSet));
    }
  };
  let crc = 0;
  let sampleCount = 0;
  decodeAll((samples) => {
    crc = (Math.imul(crc, 31) + crc32c(littleEndianBytes(samples))) >>> 0;
    sampleCount += samples.length;
  });
  let samplesPerSecond = 0;
  let kept = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = performance.now();
    let rounds = 0;
    let elapsedMs = 0;
    do {
      decodeAll((samples) => kept ^= samples[0] ?? 0);
      rounds++;
      elapsedMs = performance.now() - start;
    } while (elapsedMs < BATCH_MS_MIN);
    samplesPerSecond = Math.max(samplesPerSecond, rounds * sampleCount / elapsedMs * 1000);
  }
  // Whatever was decoded is used, or an engine might leave it out.
  if (!Number.isInteger(kept)) throw new TypeError("Cannot time decoding: no samples came");
  return { samplesPerSecond, crc };
}
