/**
 * The ways of coding a stream that `codec` can use, and compares.
 *
 * "file" and "live" are the same encoder; a file's may look at the next minute before it codes it, a live
 * device's has only the past. The others use one codec for every chunk.
 *
 * @module
 */

import {
  codecByName,
  type CodecName,
  createStreamEncoder,
  type EncodedPayload,
  type StreamEncoder,
  type StreamEncoderOptions,
} from "@wavekeep/core/codec";

/** One way of coding. */
export interface Coding {
  readonly name: string;
  /** Whether the encoder is shown a block of chunks before it codes them. */
  readonly looksAhead: boolean;
  /** The encoder of one stream, which has seen nothing. */
  create(options: StreamEncoderOptions): StreamEncoder;
}

/** The encoder that chooses codec and parameter set, of a file. */
export const FILE_CODING: Coding = {
  name: "file",
  looksAhead: true,
  create: createStreamEncoder,
};

/** The same of a device that cannot see what comes. */
export const LIVE_CODING: Coding = {
  name: "live",
  looksAhead: false,
  create: createStreamEncoder,
};

/** Codecs that need no parameter set, and so no learning. */
export const FIXED_CODECS = ["raw", "predictive"] as const satisfies readonly CodecName[];
export type FixedCodecName = typeof FIXED_CODECS[number];

/** Every chunk by one codec. */
export function fixedCoding(name: FixedCodecName): Coding {
  const codec = codecByName(name);
  return {
    name,
    looksAhead: false,
    create: ({ kind, channelCount }) => ({
      encode: (samples, sampleCount): EncodedPayload => ({
        codec: name,
        payload: codec.encode(samples, { kind, channelCount, sampleCount }),
        parameterSet: null,
      }),
      lookAhead: () => {},
    }),
  };
}
