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
import { leastPredictiveBits, PredictiveDoubt } from "./learning/predictive_doubt.ts";
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
 * No chunk is larger than codec 1 would make it, as far as can be told without always running both; sets
 * are bought out of what earlier sets saved, so a stream is larger by one set at most.
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

const BITS_PER_BYTE = 8;

class LearningEncoder implements StreamEncoder {
  readonly #channelCount: number;
  readonly #learner: StreamLearner;
  readonly #doubt = new PredictiveDoubt();

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
    if (best === undefined) {
      this.#learner.observe(values, sampleCount, undefined, 0);
      const payload = predictive.encode(samples, shape);
      return { codec: "predictive", payload, parameterSet: null };
    }
    const { encoding, set } = best;
    const bits = BITS_PER_BYTE * encoding.payload.byteLength;
    const estimate = leastPredictiveBits(encoding, set, sampleCount);
    const payload = this.#doubt.isSurelySmaller(set, bits, estimate, samples.length)
      ? undefined
      : predictive.encode(samples, shape);
    const otherBits = payload === undefined ? estimate : BITS_PER_BYTE * payload.byteLength;
    if (payload !== undefined) this.#doubt.note(otherBits, estimate);
    this.#learner.observe(values, sampleCount, bits, Math.max(0, otherBits - bits));
    return payload !== undefined && otherBits <= bits
      ? { codec: "predictive", payload, parameterSet: null }
      : { codec: "cross-channel", payload: encoding.payload, parameterSet: set };
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
