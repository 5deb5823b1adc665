/**
 * Layer 4. Which samples belong to which sequence number.
 *
 * Sole owner of the one-second grid. At 1 Hz and above, sequence k covers samples ⌈k·r⌉ to ⌈(k+1)·r⌉;
 * below 1 Hz, sequence k is sample k alone. So sample to sequence is arithmetic, and a window is a range
 * of primary keys. Exact for every sample index below 2^53.
 *
 * @see core/chunk/FORMAT.md, "The grid"
 * @module
 */

import { InvalidSelectionError } from "../error.ts";
import type { SampleRange, SampleRate } from "../time/mod.ts";

/**
 * The samples of sequence `sequence` of a stream at `rate`. Never empty.
 *
 * @throws {InvalidSelectionError} Not a sequence number, or samples beyond 2^53.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { gridRange, sequenceOfSample } from "@wavekeep/core/chunk";
 * import { sampleRate } from "@wavekeep/core/time";
 *
 * const rate = sampleRate(64, 5); // 12.8 Hz
 * deepStrictEqual(gridRange(rate, 4), { start: 52, end: 64 });
 * strictEqual(sequenceOfSample(rate, 51), 3);
 * strictEqual(sequenceOfSample(rate, 52), 4);
 * ```
 */
export function gridRange(rate: SampleRate, sequence: number): SampleRange {
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new InvalidSelectionError(`Cannot place chunk ${sequence}: not a sequence number`);
  }
  if (rate.samples < rate.seconds) return { start: sequence, end: sequence + 1 };
  return {
    start: samplesBeforeSecond(rate, sequence),
    end: samplesBeforeSecond(rate, sequence + 1),
  };
}

/**
 * The sequence that sample `sample` belongs to.
 *
 * @throws {InvalidSelectionError} Not a sample index.
 */
export function sequenceOfSample(rate: SampleRate, sample: number): number {
  if (!Number.isSafeInteger(sample) || sample < 0) {
    throw new InvalidSelectionError(`Cannot place sample ${sample}: not a sample index`);
  }
  if (rate.samples < rate.seconds) return sample;
  // Sample i lies in the second floor(i / r): the one whose first sample is the last not after i.
  const hasSmallParts = rate.seconds === 1n && rate.samples <= Number.MAX_SAFE_INTEGER;
  return hasSmallParts
    ? Math.floor(sample / Number(rate.samples))
    : Number(BigInt(sample) * rate.seconds / rate.samples);
}

/**
 * Tells whether a chunk lies on the grid: it starts where its sequence starts and holds no more than the
 * grid gives it. A shorter one is a second that was cut off.
 */
export function isOnGrid(
  rate: SampleRate,
  chunk: { sequence: number; firstSample: number; sampleCount: number },
): boolean {
  const { start, end } = gridRange(rate, chunk.sequence);
  return chunk.firstSample === start && chunk.sampleCount >= 1 &&
    chunk.sampleCount <= end - start;
}

/** ⌈k · r⌉. */
function samplesBeforeSecond(rate: SampleRate, second: number): number {
  const exact = (BigInt(second) * rate.samples + rate.seconds - 1n) / rate.seconds;
  const count = Number(exact);
  if (!Number.isSafeInteger(count)) {
    throw new InvalidSelectionError(
      `Cannot place second ${second}: sample ${exact} is beyond 2^53`,
    );
  }
  return count;
}
