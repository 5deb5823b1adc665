/**
 * Layer 3. The encoder of one stream: it learns from what it has seen.
 *
 * Sole owner of the choice of codec and parameter set for each chunk.
 *
 * @module
 */

import type { SampleKind } from "../recording/mod.ts";
import type { EncodedPayload, Samples } from "./codec.ts";
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
   * Shows samples that will be encoded later, so that a file's first chunks profit from the rest.
   *
   * @param samples Shape (channelCount, sampleCount); any length; not kept.
   */
  lookAhead(samples: Samples, sampleCount: number): void;
}

/** An encoder that has seen nothing yet. */
export function createStreamEncoder(options: StreamEncoderOptions): StreamEncoder {
  const { channelCount, kind } = options;
  return {
    encode: (samples, sampleCount) => ({
      codec: "predictive",
      payload: predictive.encode(samples, { kind, channelCount, sampleCount }),
      parameterSet: null,
    }),
    lookAhead: () => {},
  };
}
