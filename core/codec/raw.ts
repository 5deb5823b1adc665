/**
 * Layer 3. Codec 0: samples as they are.
 *
 * Little-endian, channel after channel, in the kind's own width. The fallback that is always right and
 * the form that the sample digest covers.
 *
 * @see core/chunk/FORMAT.md, "Codec 0"
 * @module
 */

import { fillFromLittleEndian, littleEndianBytes } from "../bytes/mod.ts";
import { CorruptInputError, TruncatedInputError } from "../error.ts";
import { allocateSamples, assertShape, type Codec, SAMPLE_BYTES } from "./codec.ts";

export const raw: Codec = {
  name: "raw",

  encode(samples, shape) {
    assertShape(samples, shape);
    return new Uint8Array(littleEndianBytes(samples));
  },

  decode(payload, shape) {
    const wanted = shape.channelCount * shape.sampleCount * SAMPLE_BYTES[shape.kind];
    if (payload.byteLength < wanted) {
      throw new TruncatedInputError(
        `Cannot decode raw payload: ${payload.byteLength} bytes, ${wanted} wanted`,
        { offset: 0, neededBytes: wanted, availableBytes: payload.byteLength },
      );
    }
    if (payload.byteLength > wanted) {
      throw new CorruptInputError(
        `Cannot decode raw payload: ${payload.byteLength} bytes, ${wanted} wanted`,
        { offset: wanted, field: "payload" },
      );
    }
    const samples = allocateSamples(shape);
    fillFromLittleEndian(samples, payload);
    return samples;
  },
};
