/**
 * Layer 3. Decoding of codec 2 by the kernel.
 *
 * Hazard: a payload that breaks any rule gives no samples and no reason; the caller runs the reference,
 * which names it. So an error costs twice, and is the same error everywhere.
 *
 * @module
 */

import { BitReader } from "../../bytes/mod.ts";
import { isCoreError } from "../../error.ts";
import { payloadBytesMax, type SampleShape } from "../codec.ts";
import { channelOf, type Head, readHead } from "../cross_channel_head.ts";
import type { ParameterSet } from "../parameter_set.ts";
import { predictive } from "../predictive.ts";
import { getKernel, type Kernel } from "./instance.ts";
import { ARGUMENT, LAGS_MAX, PAST, ROWS_MAX, TAP_BYTES } from "./layout.ts";
import type { SetImage } from "./set_image.ts";

/** The whole head when every channel of the stream is coded: one bit, padded. */
const EVERY_CHANNEL = 0x80;

/**
 * Decodes a payload.
 *
 * @returns The samples, or undefined when there is no kernel or the payload is broken.
 */
export function decodeWithKernel(
  payload: Uint8Array,
  shape: SampleShape,
  set: ParameterSet,
): Int32Array<ArrayBuffer> | undefined {
  const { kind, channelCount, sampleCount } = shape;
  const kernel = getKernel();
  if (kernel === undefined || kind !== "int32" || set.channelCount !== channelCount) {
    return undefined;
  }
  if (payload.byteLength > payloadBytesMax(shape)) return undefined;
  if (set.channels.length === channelCount && payload[0] === EVERY_CHANNEL) {
    return decodeCoded(kernel, payload, shape, set, { bodyStart: 1 });
  }
  try {
    const reader = new BitReader(payload);
    const head = readHead(reader, shape, set);
    const restEnd = head.restStart + head.restByteLength;
    let samples: Int32Array<ArrayBuffer> | undefined;
    if (head.coded.length > 0) {
      samples = decodeCoded(kernel, payload, shape, set, { bodyStart: restEnd, coded: head.coded });
      if (samples === undefined) return undefined;
    } else {
      reader.position = 8 * restEnd;
      reader.expectEnd();
      samples = new Int32Array(channelCount * sampleCount);
    }
    placeOthers(samples, payload, shape, head);
    return samples;
  } catch (err) {
    if (isCoreError(err)) return undefined;
    throw err;
  }
}

/** Fills in the rest, then the copies. */
function placeOthers(
  samples: Int32Array,
  payload: Uint8Array,
  { kind, sampleCount }: SampleShape,
  head: Head,
): void {
  if (head.rest.length > 0) {
    const bytes = payload.subarray(head.restStart, head.restStart + head.restByteLength);
    const values = predictive.decode(bytes, { kind, channelCount: head.rest.length, sampleCount });
    head.rest.forEach((channel, i) =>
      samples.set(channelOf(values as Int32Array, i, sampleCount), channel * sampleCount)
    );
  }
  for (const { channel, source } of head.copies) {
    samples.copyWithin(channel * sampleCount, source * sampleCount, (source + 1) * sampleCount);
  }
}

/** The coded channels in place; what other channels hold is not theirs yet. */
function decodeCoded(
  kernel: Kernel,
  payload: Uint8Array,
  { channelCount, sampleCount }: SampleShape,
  set: ParameterSet,
  { bodyStart, coded }: { bodyStart: number; coded?: readonly number[] },
): Int32Array<ArrayBuffer> | undefined {
  const opened = kernel.open(set);
  if (opened === undefined) return undefined;
  const { image, address } = opened;
  const { blockCount } = image;
  const codedCount = coded?.length ?? image.positions.length;
  const rows = Math.min(ROWS_MAX, sampleCount);
  const isDense = image.isDense && codedCount === image.positions.length;
  const payloadAt = kernel.place(payload.byteLength);
  const residualsAt = kernel.place(4 * rows * codedCount + 16 * blockCount);
  const scalesAt = kernel.place(4 * (rows + 1) * codedCount);
  const spreadAt = isDense ? 0 : kernel.place(16 * rows * blockCount);
  const pastAt = kernel.place(16 * (PAST + rows) * blockCount);
  const whitenedAt = kernel.place(8 * (LAGS_MAX + rows) * blockCount);
  const valuesAt = kernel.place(16 * rows * blockCount);
  const tapsAt = kernel.place(TAP_BYTES * blockCount);
  const masksAt = kernel.place(32 * blockCount);
  const basesAt = kernel.place(4 * codedCount);
  const places = placeChannels(kernel, image, coded);
  const outputAt = kernel.place(4 * channelCount * sampleCount);
  if (!kernel.isPlaced()) return undefined;
  kernel.needSlots();
  kernel.bytes.set(payload, payloadAt);
  places.fill();
  kernel.setArguments([
    [ARGUMENT.PAYLOAD, payloadAt],
    [ARGUMENT.PAYLOAD_BYTES, payload.byteLength],
    [ARGUMENT.BODY_BIT, 8 * bodyStart],
    [ARGUMENT.CODED_COUNT, codedCount],
    [ARGUMENT.SAMPLE_COUNT, sampleCount],
    [ARGUMENT.SET, address],
    [ARGUMENT.MASKS, masksAt],
    [ARGUMENT.RESIDUALS, residualsAt],
    [ARGUMENT.SCALES, scalesAt],
    [ARGUMENT.PAST_ROWS, pastAt],
    [ARGUMENT.WHITENED_ROWS, whitenedAt],
    [ARGUMENT.VALUE_ROWS, valuesAt],
    [ARGUMENT.TAPS, tapsAt],
    [ARGUMENT.OUTPUT, outputAt],
    [ARGUMENT.BASES, basesAt],
    [ARGUMENT.SPREAD, spreadAt],
    ...places.arguments,
    [ARGUMENT.POSITIONS, isDense ? 0 : places.positionsAt],
  ]);
  if (kernel.call.decode() !== 1) return undefined;
  return kernel.words.slice(outputAt >> 2, (outputAt >> 2) + channelCount * sampleCount);
}

/** Places what says which channel is where; decoding and encoding want the same. */
export function placeChannels(
  kernel: Kernel,
  image: SetImage,
  coded: readonly number[] | undefined,
): {
  positionsAt: number;
  arguments: readonly (readonly [number, number])[];
  fill(): void;
} {
  const { positions, channels, scaleDefaults } = image;
  const codedCount = coded?.length ?? positions.length;
  const liveAt = kernel.place(channels.length);
  const channelsAt = kernel.place(4 * channels.length);
  const positionsAt = kernel.place(4 * codedCount);
  const startIndexesAt = kernel.place(4 * codedCount);
  return {
    positionsAt,
    arguments: [
      [ARGUMENT.LIVE, liveAt],
      [ARGUMENT.CHANNELS, channelsAt],
      [ARGUMENT.START_INDEXES, startIndexesAt],
    ],
    fill() {
      const { bytes, words } = kernel;
      if (coded === undefined) {
        for (let i = 0; i < channels.length; i++) bytes[liveAt + i] = channels[i]! < 0 ? 0 : 1;
        words.set(channels, channelsAt >> 2);
        words.set(positions, positionsAt >> 2);
        words.set(scaleDefaults, startIndexesAt >> 2);
        return;
      }
      bytes.fill(0, liveAt, liveAt + channels.length);
      words.fill(-1, channelsAt >> 2, (channelsAt >> 2) + channels.length);
      coded.forEach((model, k) => {
        const position = positions[model]!;
        bytes[liveAt + position] = 1;
        words[(channelsAt >> 2) + position] = channels[position]!;
        words[(positionsAt >> 2) + k] = position;
        words[(startIndexesAt >> 2) + k] = scaleDefaults[model]!;
      });
    },
  };
}
