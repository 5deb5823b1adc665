/**
 * Layer 3. Codec 2 in plain TypeScript: the reference.
 *
 * What the kernel must agree with on every byte, and what runs where WebAssembly does not. It also finds
 * the words for what is wrong with a payload that the kernel refuses.
 *
 * @see core/chunk/FORMAT.md, "Codec 2"
 * @module
 */

import { assert } from "../assert.ts";
import { BitReader, BitWriter, concatBytes, unzigzag } from "../bytes/mod.ts";
import { CorruptInputError, isCoreError } from "../error.ts";
import { payloadBytesMax, type SampleShape } from "./codec.ts";
import {
  BASE_PARAMETER_BITS,
  channelOf,
  corrupt,
  encodeHead,
  readHead,
  SCALE_PARAMETER_BITS,
  stepError,
  writeBodyHead,
} from "./cross_channel_head.ts";
import {
  isWithinModel,
  predictionFrame,
  predictResiduals,
  restoreValues,
} from "./cross_prediction.ts";
import type { ParameterSet } from "./parameter_set.ts";
import { predictive } from "./predictive.ts";
import { decodeResiduals, encodeResiduals } from "./residual_coder.ts";
import { SCALE_INDEX_MAX, scaleIndex } from "./residual_models.ts";
import { readRiceCode, RICE_PARAMETER_MAX } from "./rice_code.ts";

/** A payload, and what its encoder saw on the way: a learner works with it. */
export interface CrossChannelEncoding {
  readonly payload: Uint8Array<ArrayBuffer>;
  /** Whitened values of shape (model channels, N); 0 for channels that were not coded. */
  readonly whitened: Int16Array;
  /** Mean |residual| of each model channel; 0 where not coded. */
  readonly residualMagnitudes: Float64Array;
  /** 1 for each model channel that was coded. */
  readonly isCoded: Uint8Array;
}

/** Encodes a chunk under a set; see `encodeCrossChannel`. */
export function encodeByReference(
  samples: Int32Array,
  shape: SampleShape,
  set: ParameterSet,
): CrossChannelEncoding {
  const { channelCount, sampleCount } = shape;
  assert(set.channelCount === channelCount, "a set is for the stream's channel count");
  const coded: number[] = [];
  const frameValues: Int32Array[] = [];
  set.channels.forEach((model, index) => {
    const values = valuesFromFirst(
      channelOf(samples, model.channel, sampleCount),
      model.lowBits,
    );
    if (values === undefined || !isWithinModel(values, model)) return;
    coded.push(index);
    frameValues.push(values);
  });
  const encoding = encodeCoded(samples, shape, set, coded, frameValues);
  return encoding.payload.byteLength <= payloadBytesMax(shape)
    ? encoding
    : encodeCoded(samples, shape, set, [], []);
}

function encodeCoded(
  samples: Int32Array,
  shape: SampleShape,
  set: ParameterSet,
  coded: readonly number[],
  frameValues: readonly Int32Array[],
): CrossChannelEncoding {
  const { sampleCount } = shape;
  const frame = predictionFrame(set, coded, sampleCount);
  frameValues.forEach((values, k) => frame.values.set(values, k * sampleCount));
  predictResiduals(frame);
  const head = encodeHead(samples, shape, set, coded);
  const body = new BitWriter();
  let words: Uint8Array = new Uint8Array(0);
  const means = meanMagnitudes(frame.residuals, coded.length);
  if (coded.length > 0) {
    const startIndexes = Array.from(means, scaleIndex);
    writeBodyHead(body, { samples, sampleCount, set, coded, startIndexes });
    words = encodeResiduals(body, { residuals: frame.residuals, startIndexes });
  }
  const residualMagnitudes = new Float64Array(set.channels.length);
  const isCoded = new Uint8Array(set.channels.length);
  coded.forEach((model, k) => {
    residualMagnitudes[model] = means[k]!;
    isCoded[model] = 1;
  });
  return {
    payload: concatBytes(head, body.finish(), words),
    whitened: frame.whitened,
    residualMagnitudes,
    isCoded,
  };
}

/** Decodes a payload; see `Codec.decode`. */
export function decodeByReference(
  payload: Uint8Array,
  shape: SampleShape,
  set: ParameterSet,
): Int32Array {
  const { kind, channelCount, sampleCount } = shape;
  if (kind !== "int32" || set.channelCount !== channelCount) {
    throw new CorruptInputError(
      `Cannot decode cross-channel payload: ${channelCount} channels of ${kind}, ` +
        `the parameter set is for ${set.channelCount} of int32`,
      { field: "parameter-set digest" },
    );
  }
  const limit = payloadBytesMax(shape);
  if (payload.byteLength > limit) {
    throw new CorruptInputError(
      `Cannot decode cross-channel payload: ${payload.byteLength} bytes, at most ${limit} are allowed`,
      { offset: limit, field: "payload" },
    );
  }
  const reader = new BitReader(payload);
  const head = atStep("head", () => readHead(reader, shape, set));
  const samples = new Int32Array(channelCount * sampleCount);
  if (head.rest.length > 0) {
    const bytes = payload.subarray(head.restStart, head.restStart + head.restByteLength);
    const restShape = { kind, channelCount: head.rest.length, sampleCount };
    const values = atStep("rest", () => predictive.decode(bytes, restShape));
    head.rest.forEach((channel, i) =>
      samples.set(channelOf(values as Int32Array, i, sampleCount), channel * sampleCount)
    );
    reader.position = 8 * (head.restStart + head.restByteLength);
  }
  atStep("body", () => readBody(reader, payload, shape, set, head.coded, samples));
  for (const { channel, source } of head.copies) {
    samples.copyWithin(channel * sampleCount, source * sampleCount, (source + 1) * sampleCount);
  }
  return samples;
}

function readBody(
  reader: BitReader,
  payload: Uint8Array,
  { sampleCount }: SampleShape,
  set: ParameterSet,
  coded: readonly number[],
  samples: Int32Array,
): void {
  if (coded.length === 0) return reader.expectEnd();
  const bases = readCodes(reader, coded.length, BASE_PARAMETER_BITS);
  const startIndexes = readCodes(reader, coded.length, SCALE_PARAMETER_BITS);
  coded.forEach((model, k) => {
    const start = set.channels[model]!.scaleDefault + startIndexes[k]!;
    if (start < 0 || start > SCALE_INDEX_MAX) {
      throw corrupt(reader, "start", `${start} of channel ${k} is not 0 to ${SCALE_INDEX_MAX}`);
    }
    startIndexes[k] = start;
  });
  const symbolCount = coded.length * (sampleCount - 1);
  const frame = predictionFrame(set, coded, sampleCount);
  frame.residuals.set(decodeResiduals(reader, payload, startIndexes, symbolCount));
  restoreValues(frame);
  coded.forEach((model, k) => {
    const { channel, lowBits } = set.channels[model]!;
    const target = channelOf(samples, channel, sampleCount);
    const values = channelOf(frame.values, k, sampleCount);
    for (let t = 0; t < sampleCount; t++) target[t] = bases[k]! + (values[t]! << lowBits);
  });
}

/** Samples less their first without low bits; nothing when that takes more than 32 bits or is a fraction. */
function valuesFromFirst(channel: Int32Array, lowBits: number): Int32Array | undefined {
  const first = channel[0]!;
  const values = new Int32Array(channel.length);
  for (let t = 0; t < channel.length; t++) {
    const value = (channel[t]! - first) / 2 ** lowBits;
    values[t] = value;
    if (values[t] !== value) return undefined;
  }
  return values;
}

function meanMagnitudes(residuals: Int32Array, channelCount: number): Float64Array {
  const means = new Float64Array(channelCount);
  for (let i = 0; i < residuals.length; i++) {
    means[i % channelCount] = means[i % channelCount]! + Math.abs(residuals[i]!);
  }
  const times = Math.max(1, residuals.length / Math.max(1, channelCount));
  return means.map((sum) => sum / times);
}

/** A parameter, and `count` signed numbers under it. */
function readCodes(reader: BitReader, count: number, parameterBits: number): number[] {
  const k = reader.bits(parameterBits);
  if (k > RICE_PARAMETER_MAX) {
    throw corrupt(reader, "rice parameter", `${k} is above ${RICE_PARAMETER_MAX}`);
  }
  return Array.from({ length: count }, () => unzigzag(readRiceCode(reader, k)));
}

/** Runs one step of decoding and names it in what it throws. */
function atStep<Result>(step: string, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    throw stepError(step, cause);
  }
}
