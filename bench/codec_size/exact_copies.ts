/**
 * Bench. Channels that tell nothing new: equal to an earlier one, or its mirror.
 *
 * A codec that looks across channels gets them for nothing, which says nothing about EEG; so sizes
 * are also given without them.
 *
 * @module
 */

import type { MeasuredSource } from "../../simulator/codec/measure.ts";
import type { WholeStream } from "./whole_channels.ts";

/**
 * The channels of a stream that equal an earlier one sample by sample, or of which the sum with an earlier
 * one never changes. A constant channel copies nothing.
 */
export function exactCopies({ channels }: WholeStream): number[] {
  const copies: number[] = [];
  for (let i = 1; i < channels.length; i++) {
    if (isConstant(channels[i]!)) continue;
    for (let j = 0; j < i; j++) {
      if (isCopy(channels[j]!, channels[i]!)) {
        copies.push(i);
        break;
      }
    }
  }
  return copies;
}

function isConstant(samples: Int32Array): boolean {
  return samples.every((sample) => sample === samples[0]);
}

function isCopy(earlier: Int32Array, later: Int32Array): boolean {
  const difference = later[0]! - earlier[0]!;
  const sum = later[0]! + earlier[0]!;
  let isSame = difference === 0;
  let isMirror = true;
  for (let i = 0; i < later.length && (isSame || isMirror); i++) {
    isSame &&= later[i] === earlier[i];
    isMirror &&= later[i]! + earlier[i]! === sum;
  }
  return isSame || isMirror;
}

/** A source without some channels of each stream. The first of a stream is never a copy, so none ends up empty. */
export function withoutChannels(
  source: MeasuredSource,
  removed: readonly (readonly number[])[],
): MeasuredSource {
  const kept = source.streams.map(({ channels }, stream) =>
    channels.map((_, row) => row).filter((row) => !removed[stream]!.includes(row))
  );
  return {
    streams: source.streams.map((descriptor, stream) => ({
      ...descriptor,
      channels: kept[stream]!.map((row) => descriptor.channels[row]!),
    })),
    async *blocks() {
      for await (const block of source.blocks()) {
        yield block.map(({ segment, chunk }) => {
          const rows = kept[chunk.stream]!;
          const samples = new Int32Array(rows.length * chunk.sampleCount);
          rows.forEach((row, i) => {
            const start = row * chunk.sampleCount;
            samples.set(
              chunk.samples.subarray(start, start + chunk.sampleCount),
              i * chunk.sampleCount,
            );
          });
          return { segment, chunk: { ...chunk, samples } };
        });
      }
    },
  };
}
