/**
 * Layer 3. Whether codec 1 might be smaller, without running it.
 *
 * Sole owner of that judgement. Codec 1 costs several times what codec 2 does to encode, and on EEG it
 * is a quarter larger; so it is only run where there is doubt: when its estimated size is near, under a
 * new set, when a chunk is unlike those before, and now and then to see that the estimate is sound.
 *
 * @module
 */

import type { CrossChannelEncoding } from "../cross_channel.ts";
import type { ParameterSet } from "../parameter_set.ts";
import { preciseLog2 } from "./bits.ts";

/** A bell curve's bits over log2 of its mean size. */
const BELL_BITS = 2.37;
/** Samples over which a channel's size is taken as steady. */
const PART_SAMPLES = 32;
/** Bits a sample that a predictor made for one chunk may save over a stream's. */
const FRESH_PREDICTOR_BITS = 0.45;

/** Codec 1 is run at least once in so many chunks. */
const CHECK_INTERVAL = 32;
/** A chunk this far below or above the usual size is unlike the others. */
const UNUSUAL_RATIO = 1.3;

/** What one stream's experience says about the estimate. */
export class PredictiveDoubt {
  #set: ParameterSet | undefined;
  #sinceCheck = 0;
  /** Smallest share of the estimate that codec 1 took when it was run; at most 1. */
  #share = 1;
  /** Running mean of bits a sample. */
  #usualBits = 0;

  /**
   * Whether codec 1 need not be run.
   *
   * @param bits What the chunk takes under the set.
   * @param estimate Of {@link leastPredictiveBits}.
   */
  isSurelySmaller(
    set: ParameterSet,
    bits: number,
    estimate: number,
    valueCount: number,
  ): boolean {
    const bitsPerSample = bits / valueCount;
    const isNew = set !== this.#set;
    const isUnusual = bitsPerSample * UNUSUAL_RATIO < this.#usualBits ||
      bitsPerSample > this.#usualBits * UNUSUAL_RATIO;
    this.#set = set;
    this.#usualBits = isNew
      ? bitsPerSample
      : this.#usualBits + (bitsPerSample - this.#usualBits) / 16;
    this.#sinceCheck++;
    return !isNew && !isUnusual && this.#sinceCheck < CHECK_INTERVAL &&
      bits < this.#share * estimate;
  }

  /** Says what codec 1 took. */
  note(bits: number, estimate: number): void {
    this.#sinceCheck = 0;
    // Slowly forgotten: one odd second does not make codec 1 run for ever.
    const forgiven = this.#share + (1 - this.#share) / 16;
    this.#share = estimate > 0 ? Math.min(1, forgiven, bits / estimate) : forgiven;
  }
}

/**
 * Bits that codec 1 takes at least: it predicts each channel by itself, and what the stream's filters
 * leave of each tells how well that can go. Channels that codec 2 left out count nothing.
 */
export function leastPredictiveBits(
  { whitened, isCoded }: CrossChannelEncoding,
  set: ParameterSet,
  sampleCount: number,
): number {
  let bits = 0;
  for (let model = 0; model < isCoded.length; model++) {
    if (isCoded[model] === 0) continue;
    const { rightShift } = set.channels[model]!;
    const unit = 2 ** rightShift / 2 ** set.fractionBits;
    const end = (model + 1) * sampleCount;
    // Part by part: a jump, or a channel that falls silent, is cheap outside its part.
    for (let start = model * sampleCount; start < end; start += PART_SAMPLES) {
      const stop = Math.min(end, start + PART_SAMPLES);
      let sum = 0;
      for (let i = start; i < stop; i++) sum += Math.abs(whitened[i]!);
      const mean = unit * sum / (stop - start);
      const each = preciseLog2(mean + 1e-3) + BELL_BITS - FRESH_PREDICTOR_BITS;
      if (each > 0) bits += (stop - start) * each;
    }
  }
  return bits;
}
