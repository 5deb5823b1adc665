/**
 * Layer 3. What a codec is.
 *
 * Sole owner of the contract between the chunk format and the coders. A codec turns the samples of one
 * chunk into a payload and back, and knows nothing of headers, digests or time.
 *
 * @module
 */

import { assert } from "../assert.ts";
import type { NumericArray } from "../bytes/mod.ts";
import type { SampleKind } from "../recording/mod.ts";
import type { ParameterSet } from "./parameter_set.ts";

/** Samples of shape (channelCount, sampleCount), channel after channel. The class follows the kind. */
export type Samples = NumericArray;

/** The shape of one chunk's samples. Both counts are at least 1. */
export interface SampleShape {
  readonly kind: SampleKind;
  readonly channelCount: number;
  /** Samples per channel. */
  readonly sampleCount: number;
}

/** The codecs that the chunk format has numbers for. */
export type CodecName = "raw" | "predictive" | "cross-channel";

/**
 * A lossless coder of chunk payloads. Stateless, synchronous, free of side effects.
 *
 * What comes back is what went in, bit for bit: every int32, every NaN payload, the sign of zero.
 */
export interface Codec {
  readonly name: CodecName;

  /**
   * Codes samples.
   *
   * The same samples give the same bytes, in every runtime. Never longer than {@link payloadBytesMax}.
   *
   * @param samples Length channelCount × sampleCount, of the class that belongs to the kind; not kept.
   * @param parameterSet The set to encode under, for codecs that use one.
   */
  encode(
    samples: Samples,
    shape: SampleShape,
    parameterSet?: ParameterSet,
  ): Uint8Array<ArrayBuffer>;

  /**
   * Decodes a payload.
   *
   * Safe on any bytes: returns samples of exactly this shape or throws. Work and memory are bounded by
   * the shape and the payload, never by a number found in the payload. The caller has checked the shape
   * against its limit before.
   *
   * @param payload The whole payload; bytes left over are corruption.
   * @param parameterSet The set that the chunk names, for codecs that use one.
   * @returns A fresh array.
   * @throws {CoreError} TruncatedInputError, CorruptInputError or UnsupportedError, bare or as the
   * cause of a CodecStepError that names the channel.
   */
  decode(payload: Uint8Array, shape: SampleShape, parameterSet?: ParameterSet): Samples;

  /**
   * As {@link decode}, for callers that are done with the samples before they decode or encode again.
   *
   * @returns Samples that the next call of any codec in this thread may overwrite: to be read, not kept.
   */
  decodeLent?(payload: Uint8Array, shape: SampleShape, parameterSet?: ParameterSet): Samples;
}

/** A payload, and what a reader must know to decode it. */
export interface EncodedPayload {
  readonly codec: CodecName;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** The set that the payload needs; null when its codec uses none. */
  readonly parameterSet: ParameterSet | null;
}

/** Bytes of one sample of a kind. */
export const SAMPLE_BYTES: Readonly<Record<SampleKind, 4 | 8>> = {
  int32: 4,
  binary32: 4,
  binary64: 8,
};

/**
 * The largest payload of a shape, whatever the codec: the raw samples, and 16 bytes + 8 a channel of
 * headers. A longer one is corruption; so what a decoder holds is bounded by the shape alone.
 */
export function payloadBytesMax(shape: SampleShape): number {
  const { kind, channelCount, sampleCount } = shape;
  return channelCount * sampleCount * SAMPLE_BYTES[kind] + 16 + 8 * channelCount;
}

/** A zeroed array for a shape. The caller has checked the size. */
export function allocateSamples(shape: SampleShape): Samples {
  const length = shape.channelCount * shape.sampleCount;
  switch (shape.kind) {
    case "int32":
      return new Int32Array(length);
    case "binary32":
      return new Float32Array(length);
    case "binary64":
      return new Float64Array(length);
  }
}

/** Asserts that samples are what their shape says; callers hold both. */
export function assertShape(samples: Samples, shape: SampleShape): void {
  const { kind, channelCount, sampleCount } = shape;
  assert(channelCount >= 1 && sampleCount >= 1, "a chunk has channels and samples");
  assert(
    samples.length === channelCount * sampleCount,
    `${samples.length} samples are ${channelCount} x ${sampleCount}`,
  );
  const fits = kind === "int32"
    ? samples instanceof Int32Array
    : kind === "binary32"
    ? samples instanceof Float32Array
    : samples instanceof Float64Array;
  assert(fits, `samples of kind ${kind} are in its array class`);
}
