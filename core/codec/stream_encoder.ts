/**
 * Layer 3. The encoder of one stream: it learns from what it has seen.
 *
 * Sole owner of the choice of codec and parameter set for each chunk. Integers are coded across channels
 * under a learnt set, and by codec 1 where that is smaller: both are run where there is doubt.
 *
 * Deterministic: the same calls with the same samples give the same bytes in every runtime.
 *
 * @module
 */

import { assertShape, type EncodedPayload, type Samples } from "./codec.ts";
import type { SampleKind } from "../recording/mod.ts";
import { type CrossChannelEncoding, encodeCrossChannel } from "./cross_channel.ts";
import { preciseLog2 } from "./learning/bits.ts";
import { StreamLearner } from "./learning/stream_learner.ts";
import type { ParameterSet } from "./parameter_set.ts";
import { predictive } from "./predictive.ts";

/** What a stream's encoder must know. */
export interface StreamEncoderOptions {
  readonly channelCount: number;
  readonly kind: SampleKind;
}

/** Encodes the chunks of one stream in order. */
export interface StreamEncoder {
  /**
   * Encodes the next chunk.
   *
   * @param samples Shape (channelCount, sampleCount), channel after channel; not kept.
   */
  encode(samples: Samples, sampleCount: number): EncodedPayload;

  /**
   * Shows samples that will be encoded later, so that a file's first chunks profit from the rest. To be
   * called once for each chunk, in order, for a minute or so; then those are encoded, then the next
   * minute may be shown.
   *
   * @param samples Shape (channelCount, sampleCount); any length; not kept after they are encoded.
   */
  lookAhead(samples: Samples, sampleCount: number): void;
}

/**
 * An encoder that has seen nothing yet.
 *
 * Its payloads are never larger than codec 1's but by a margin that cannot be told without running both.
 */
export function createStreamEncoder(options: StreamEncoderOptions): StreamEncoder {
  const { channelCount, kind } = options;
  if (kind === "int32") return new LearningEncoder(channelCount);
  return {
    encode: (samples, sampleCount) => ({
      codec: "predictive",
      payload: predictive.encode(samples, { kind, channelCount, sampleCount }),
      parameterSet: null,
    }),
    lookAhead: () => {},
  };
}

/** A bell curve's bits over log2 of its mean size. */
const BELL_BITS = 2.37;
/** Samples over which a channel's size is taken as steady. */
const PART_SAMPLES = 32;
/** Bits a sample that a predictor made for one chunk may save over a stream's. */
const FRESH_PREDICTOR_BITS = 0.45;

class LearningEncoder implements StreamEncoder {
  readonly #channelCount: number;
  readonly #learner: StreamLearner;

  constructor(channelCount: number) {
    this.#channelCount = channelCount;
    this.#learner = new StreamLearner(channelCount);
  }

  encode(samples: Samples, sampleCount: number): EncodedPayload {
    const shape = { kind: "int32", channelCount: this.#channelCount, sampleCount } as const;
    assertShape(samples, shape);
    const values = samples as Int32Array;
    this.#learner.prepare();
    const best = this.#encodeAcross(values, sampleCount);
    const payload = best !== undefined && isSurelySmaller(best.encoding, best.set, sampleCount)
      ? undefined
      : predictive.encode(samples, shape);
    this.#learner.observe(
      values,
      sampleCount,
      best && 8 * best.encoding.payload.byteLength,
    );
    if (best === undefined) return { codec: "predictive", payload: payload!, parameterSet: null };
    return payload !== undefined && payload.byteLength <= best.encoding.payload.byteLength
      ? { codec: "predictive", payload, parameterSet: null }
      : { codec: "cross-channel", payload: best.encoding.payload, parameterSet: best.set };
  }

  lookAhead(samples: Samples, sampleCount: number): void {
    this.#learner.lookAhead(samples as Int32Array, sampleCount);
  }

  /** Under the current set, and under earlier ones when that fits badly. */
  #encodeAcross(
    samples: Int32Array,
    sampleCount: number,
  ): { encoding: CrossChannelEncoding; set: ParameterSet } | undefined {
    const { current, recalled } = this.#learner;
    if (current === undefined) return undefined;
    const shape = { kind: "int32", channelCount: this.#channelCount, sampleCount } as const;
    let best = { encoding: encodeCrossChannel(samples, shape, current), set: current };
    for (const set of recalled) {
      const encoding = encodeCrossChannel(samples, shape, set);
      if (encoding.payload.byteLength < best.encoding.payload.byteLength) best = { encoding, set };
    }
    if (best.set !== current) this.#learner.recall(best.set);
    return best;
  }
}

/**
 * Whether codec 1 cannot be smaller: it predicts each channel by itself, and what the stream's filters
 * leave of each tells how well that can go. Channels that codec 2 left out count nothing.
 */
function isSurelySmaller(
  { payload, whitened, isCoded }: CrossChannelEncoding,
  set: ParameterSet,
  sampleCount: number,
): boolean {
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
  return 8 * payload.byteLength < bits;
}
