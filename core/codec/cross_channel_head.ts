/**
 * Layer 3. What stands before the residuals of a codec 2 payload.
 *
 * Sole owner of its head (which channels are coded, which equal another, and the rest by codec 1) and of
 * the way bases and starting scales are written. The reference and the kernel share it.
 *
 * @see core/chunk/FORMAT.md, "Codec 2"
 * @module
 */

import { type BitReader, BitWriter, concatBytes, zigzag } from "../bytes/mod.ts";
import {
  CodecStepError,
  type CoreError,
  CorruptInputError,
  TruncatedInputError,
} from "../error.ts";
import type { SampleShape } from "./codec.ts";
import { indexBits, type ParameterSet } from "./parameter_set.ts";
import { predictive } from "./predictive.ts";
import { bestRiceParameter, RICE_PARAMETER_MAX, writeRiceCode } from "./rice_code.ts";

export const BASE_PARAMETER_BITS = 5;
export const SCALE_PARAMETER_BITS = 3;
const REST_LENGTH_BITS = 32;

/** The head, padded, and the rest. */
export function encodeHead(
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

/** What a head says. */
export interface Head {
  /** Model indexes. */
  readonly coded: number[];
  /** In channel order, so that a source is there before its copy. */
  readonly copies: { channel: number; source: number }[];
  readonly rest: number[];
  readonly restStart: number;
  readonly restByteLength: number;
}

/**
 * Reads a head and moves behind its padding.
 *
 * @param payloadBytes Bytes of the payload, where the reader has only the first {@link headBytesMax}.
 * @throws {TruncatedInputError} The bits, or the bytes of the rest, end early.
 * @throws {CorruptInputError} A source does not come before its copy, or a bit of the padding is set.
 */
export function readHead(
  reader: BitReader,
  { channelCount }: SampleShape,
  set: ParameterSet,
  payloadBytes = reader.bitLength >>> 3,
): Head {
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
  const availableBytes = payloadBytes - restStart;
  if (restByteLength > availableBytes) {
    throw new TruncatedInputError(
      `Cannot read rest at byte ${restStart}: ${restByteLength} bytes wanted, ${availableBytes} there`,
      { offset: restStart, neededBytes: restByteLength, availableBytes },
    );
  }
  return { coded, copies, rest, restStart, restByteLength };
}

/** Bytes of a head at most, without the rest. */
export function headBytesMax({ channelCount, channels }: ParameterSet): number {
  const bits = 1 + channels.length + channelCount * (1 + indexBits(channelCount)) +
    REST_LENGTH_BITS;
  return Math.ceil(bits / 8);
}

/** Writes bases and starting scales of the coded channels. */
export function writeBodyHead(
  writer: BitWriter,
  { samples, sampleCount, set, coded, startIndexes }: {
    samples: Int32Array;
    sampleCount: number;
    set: ParameterSet;
    coded: readonly number[];
    startIndexes: readonly number[];
  },
): void {
  const bases = coded.map((model) => zigzag(samples[set.channels[model]!.channel * sampleCount]!));
  writeCodes(writer, bases, BASE_PARAMETER_BITS, RICE_PARAMETER_MAX);
  const steps = startIndexes.map((start, k) =>
    zigzag(start - set.channels[coded[k]!]!.scaleDefault)
  );
  writeCodes(writer, steps, SCALE_PARAMETER_BITS, 2 ** SCALE_PARAMETER_BITS - 1);
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

/** The samples of one channel, as a view. */
export function channelOf(samples: Int32Array, channel: number, sampleCount: number): Int32Array {
  return samples.subarray(channel * sampleCount, (channel + 1) * sampleCount);
}

/** An error that says where reading stood. */
export function corrupt(reader: BitReader, field: string, state: string): CorruptInputError {
  return new CorruptInputError(`Cannot decode ${field} at bit ${reader.position}: ${state}`, {
    offset: reader.position >>> 3,
    field,
  });
}

/** An error that names the step of decoding in which its cause was met. */
export function stepError(step: string, cause: CoreError): CodecStepError {
  return new CodecStepError(`Cannot decode ${step}: ${cause.message}`, {
    step: `cross-channel/${step}`,
    cause,
  });
}
