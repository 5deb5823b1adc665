/**
 * Layer 3. Codec 2: channels predicted from their own past and from each other.
 *
 * The coefficients come from a parameter set; the payload says which of the set's channels it codes,
 * which channels equal another, and leaves the rest to codec 1: so a rail, an electrode that fell off or
 * a trigger line costs no more than it did there. The work is the kernel's where there is WebAssembly
 * with SIMD, else the reference's; both give the same bytes and the same samples.
 *
 * @see core/chunk/FORMAT.md, "Codec 2"
 * @module
 */

import { assert } from "../assert.ts";
import { assertShape, type Codec, type SampleShape } from "./codec.ts";
import {
  type CrossChannelEncoding,
  decodeByReference,
  encodeByReference,
} from "./cross_channel_reference.ts";
import { decodeWithKernel } from "./kernel/decode_with_kernel.ts";
import { encodeWithKernel } from "./kernel/encode_with_kernel.ts";
import type { ParameterSet } from "./parameter_set.ts";

export type { CrossChannelEncoding } from "./cross_channel_reference.ts";

export const crossChannel: Codec = {
  name: "cross-channel",

  encode(samples, shape, set) {
    assert(set !== undefined, "codec 2 encodes under a parameter set");
    assert(samples instanceof Int32Array, "codec 2 is for int32");
    return encodeCrossChannel(samples, shape, set).payload;
  },

  decode(payload, shape, set) {
    assert(set !== undefined, "codec 2 decodes with the set that its chunk names");
    const lent = decodeWithKernel(payload, shape, set);
    return lent?.slice() ?? decodeByReference(payload, shape, set);
  },

  decodeLent(payload, shape, set) {
    assert(set !== undefined, "codec 2 decodes with the set that its chunk names");
    return decodeWithKernel(payload, shape, set) ?? decodeByReference(payload, shape, set);
  },
};

/**
 * Encodes a chunk under a set. Lossless for any samples and any set of as many channels; how small the
 * payload is depends on how well the set fits. Never longer than `payloadBytesMax`.
 *
 * @param samples Shape (channelCount, sampleCount), channel after channel; not kept.
 */
export function encodeCrossChannel(
  samples: Int32Array,
  shape: SampleShape,
  set: ParameterSet,
): CrossChannelEncoding {
  assertShape(samples, shape);
  assert(set.channelCount === shape.channelCount, "a set is for the stream's channel count");
  return encodeWithKernel(samples, shape, set) ?? encodeByReference(samples, shape, set);
}
