/**
 * Layer 3. Codec 2: channels predicted from their own past and from each other.
 *
 * Sole owner of the payload's structure. The coefficients come from a parameter set; the payload says
 * which of the set's channels it codes, which channels equal another, and leaves the rest to codec 1: so
 * a rail, an electrode that fell off or a trigger line costs no more than it did there.
 *
 * @see core/chunk/FORMAT.md, "Codec 2"
 * @module
 */

import { assert } from "../assert.ts";
import { BitReader, BitWriter, concatBytes, unzigzag, zigzag } from "../bytes/mod.ts";
import { CodecStepError, CorruptInputError, isCoreError, TruncatedInputError } from "../error.ts";
import { type Codec, payloadBytesMax, type SampleShape } from "./codec.ts";
import {
  isWithinModel,
  predictionFrame,
  predictResiduals,
  restoreValues,
} from "./cross_prediction.ts";
import { indexBits, type ParameterSet } from "./parameter_set.ts";
import { predictive } from "./predictive.ts";
import { decodeResiduals, encodeResiduals } from "./residual_coder.ts";
import { SCALE_INDEX_MAX, scaleIndex } from "./residual_models.ts";
import { bestRiceParameter, readRiceCode, RICE_PARAMETER_MAX, writeRiceCode } from "./rice_code.ts";

const BASE_PARAMETER_BITS = 5;
const SCALE_PARAMETER_BITS = 3;
const REST_LENGTH_BITS = 32;

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

export const crossChannel: Codec = {
  name: "cross-channel",

  encode(samples, shape, set) {
    assert(set !== undefined, "codec 2 encodes under a parameter set");
    assert(samples instanceof Int32Array, "codec 2 is for int32");
    return encodeCrossChannel(samples, shape, set).payload;
  },

  decode(payload, shape, set) {
    assert(set !== undefined, "codec 2 decodes with the set that its chunk names");
    return decodeCrossChannel(payload, shape, set);
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
  const { channelCount, sampleCount } = shape;
  assert(set.channelCount === channelCount, "a set is for the stream's channel count");
  const coded: number[] = [];
  const frameValues: Int32Array[] = [];
  set.channels.forEach((model, index) => {
    const values = valuesFromFirst(channelOf(samples, model.channel, sampleCount));
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
    const bases = coded.map((model) =>
      zigzag(samples[set.channels[model]!.channel * sampleCount]!)
    );
    writeCodes(body, bases, BASE_PARAMETER_BITS, RICE_PARAMETER_MAX);
    const startIndexes = Array.from(means, scaleIndex);
    const steps = startIndexes.map((start, k) =>
      zigzag(start - set.channels[coded[k]!]!.scaleDefault)
    );
    writeCodes(body, steps, SCALE_PARAMETER_BITS, 2 ** SCALE_PARAMETER_BITS - 1);
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

/** The head, padded, and the rest. */
function encodeHead(
  samples: Int32Array,
  shape: SampleShape,
  set: ParameterSet,
  coded: readonly number[],
): Uint8Array {
  const { channelCount, sampleCount } = shape;
  const writer = new BitWriter();
  const isCoded = new Uint8Array(set.channels.length);
  for (const model of coded) isCoded[model] = 1;
  const isAll = coded.length === set.channels.length;
  writer.bits(isAll ? 1 : 0, 1);
  if (!isAll) { for (const bit of isCoded) writer.bits(bit, 1); }
  const rest: number[] = [];
  for (const channel of channelsNotCoded(set, isCoded)) {
    const source = sourceOf(samples, channel, sampleCount);
    writer.bits(source === undefined ? 0 : 1, 1);
    if (source === undefined) rest.push(channel);
    else writer.bits(source, indexBits(channelCount));
  }
  if (rest.length === 0) return writer.finish();
  const restSamples = new Int32Array(rest.length * sampleCount);
  rest.forEach((channel, i) =>
    restSamples.set(channelOf(samples, channel, sampleCount), i * sampleCount)
  );
  const payload = predictive.encode(restSamples, {
    kind: "int32",
    channelCount: rest.length,
    sampleCount,
  });
  writer.bits(payload.byteLength, REST_LENGTH_BITS);
  return concatBytes(writer.finish(), payload);
}

function decodeCrossChannel(
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

interface Head {
  /** Model indexes. */
  readonly coded: number[];
  /** In channel order, so that a source is there before its copy. */
  readonly copies: { channel: number; source: number }[];
  readonly rest: number[];
  readonly restStart: number;
  readonly restByteLength: number;
}

function readHead(reader: BitReader, { channelCount }: SampleShape, set: ParameterSet): Head {
  const isCoded = new Uint8Array(set.channels.length).fill(1);
  if (reader.bits(1) === 0) {
    for (let model = 0; model < isCoded.length; model++) isCoded[model] = reader.bits(1);
  }
  const coded: number[] = [];
  isCoded.forEach((bit, model) => bit === 1 && coded.push(model));
  const copies: Head["copies"] = [];
  const rest: number[] = [];
  for (const channel of channelsNotCoded(set, isCoded)) {
    if (reader.bits(1) === 0) {
      rest.push(channel);
      continue;
    }
    const source = reader.bits(indexBits(channelCount));
    if (source >= channel) {
      throw corrupt(reader, "source", `${source} of channel ${channel} does not come before it`);
    }
    copies.push({ channel, source });
  }
  const restByteLength = rest.length > 0 ? reader.bits(REST_LENGTH_BITS) : 0;
  const padding = reader.bits(-reader.position & 7);
  if (padding !== 0) throw corrupt(reader, "padding", "a bit of it is set");
  const restStart = reader.position >>> 3;
  const availableBytes = (reader.bitLength >>> 3) - restStart;
  if (restByteLength > availableBytes) {
    throw new TruncatedInputError(
      `Cannot read rest at byte ${restStart}: ${restByteLength} bytes wanted, ${availableBytes} there`,
      { offset: restStart, neededBytes: restByteLength, availableBytes },
    );
  }
  return { coded, copies, rest, restStart, restByteLength };
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
    const target = channelOf(samples, set.channels[model]!.channel, sampleCount);
    const values = channelOf(frame.values, k, sampleCount);
    for (let t = 0; t < sampleCount; t++) target[t] = bases[k]! + values[t]!;
  });
}

/** Samples less their first, or nothing when that takes more than 32 bits. */
function valuesFromFirst(channel: Int32Array): Int32Array | undefined {
  const first = channel[0]!;
  const values = new Int32Array(channel.length);
  for (let t = 0; t < channel.length; t++) {
    const value = channel[t]! - first;
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

/** The first channel before this one that is its equal. */
function sourceOf(samples: Int32Array, channel: number, sampleCount: number): number | undefined {
  for (let source = 0; source < channel; source++) {
    let t = 0;
    while (
      t < sampleCount && samples[source * sampleCount + t] === samples[channel * sampleCount + t]
    ) t++;
    if (t === sampleCount) return source;
  }
  return undefined;
}

function* channelsNotCoded(set: ParameterSet, isCoded: Uint8Array): Iterable<number> {
  let model = 0;
  for (let channel = 0; channel < set.channelCount; channel++) {
    if (set.channels[model]?.channel !== channel) yield channel;
    else if (isCoded[model++] === 0) yield channel;
  }
}

function channelOf(samples: Int32Array, channel: number, sampleCount: number): Int32Array {
  return samples.subarray(channel * sampleCount, (channel + 1) * sampleCount);
}

function writeCodes(
  writer: BitWriter,
  codes: readonly number[],
  parameterBits: number,
  parameterMax: number,
): void {
  const k = bestRiceParameter(codes, parameterMax);
  writer.bits(k, parameterBits);
  for (const code of codes) writeRiceCode(writer, code, k);
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
    throw new CodecStepError(`Cannot decode ${step}: ${cause.message}`, {
      step: `cross-channel/${step}`,
      cause,
    });
  }
}

function corrupt(reader: BitReader, field: string, state: string): CorruptInputError {
  return new CorruptInputError(`Cannot decode ${field} at bit ${reader.position}: ${state}`, {
    offset: reader.position >>> 3,
    field,
  });
}
