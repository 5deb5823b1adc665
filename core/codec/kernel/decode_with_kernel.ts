/**
 * Layer 3. Decoding of codec 2 by the kernel.
 *
 * Hazard: a payload that breaks a rule gives no samples and no reason; the caller runs the reference,
 * which names it, so that an error is the same error everywhere. It finds whatever is wrong before it
 * comes to prediction, the part that costs; the one error behind that is named here.
 *
 * @module
 */

import { BitReader } from "../../bytes/mod.ts";
import { type CodecStepError, isCoreError } from "../../error.ts";
import { payloadBytesMax, type SampleShape } from "../codec.ts";
import { channelOf, type Head, headBytesMax, readHead, stepError } from "../cross_channel_head.ts";
import { outOfRange } from "../cross_prediction.ts";
import type { ParameterSet } from "../parameter_set.ts";
import { predictive } from "../predictive.ts";
import { getKernel, type Kernel } from "./instance.ts";
import { ARGUMENT, PARTIAL_BYTES, PAST, ROWS_MAX, TAP_BYTES } from "./layout.ts";
import type { SetImage } from "./set_image.ts";

/** The whole head when every channel of the stream is coded: one bit, padded. */
const EVERY_CHANNEL = 0x80;

/** What the kernel's decode() answers; core/codec/kernel/assembly/decode.ts. */
const IS_DECODED = 1;
const IS_OUTSIDE = 2;

/**
 * Decodes a payload.
 *
 * @returns The samples, lent: a view of the kernel's memory, good until its next call. Undefined when
 * there is no kernel or the payload is broken.
 * @throws {CodecStepError} All of the payload is read, but a value leaves its range.
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
  const others = readOthers(payload, shape, set);
  if (others === undefined) return undefined;
  const { head, rest } = others;
  const bodyStart = head.restStart + head.restByteLength;
  const samples = head.coded.length === 0
    ? new Int32Array(channelCount * sampleCount)
    : decodeCoded(kernel, payload, shape, set, { bodyStart, coded: head.coded });
  if (samples === undefined) return undefined;
  head.rest.forEach((channel, i) =>
    samples.set(channelOf(rest, i, sampleCount), channel * sampleCount)
  );
  for (const { channel, source } of head.copies) {
    samples.copyWithin(channel * sampleCount, source * sampleCount, (source + 1) * sampleCount);
  }
  return samples;
}

/** The head and the rest, or undefined when anything is wrong with them. */
function readOthers(
  payload: Uint8Array,
  shape: SampleShape,
  set: ParameterSet,
): { head: Head; rest: Int32Array } | undefined {
  try {
    // A reader copies its bytes: mostly only the head is wanted.
    const reader = new BitReader(payload.subarray(0, headBytesMax(set)));
    const head = readHead(reader, shape, set, payload.byteLength);
    const restEnd = head.restStart + head.restByteLength;
    let rest = new Int32Array(0);
    if (head.rest.length > 0) {
      const bytes = payload.subarray(head.restStart, restEnd);
      const restShape = { ...shape, channelCount: head.rest.length };
      rest = predictive.decode(bytes, restShape) as Int32Array<ArrayBuffer>;
    }
    if (head.coded.length === 0 && restEnd !== payload.byteLength) return undefined;
    return { head, rest };
  } catch (err) {
    if (isCoreError(err)) return undefined;
    throw err;
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
  const whitenedAt = kernel.place(image.whitenedRowsBytes);
  const partialsAt = kernel.place(PARTIAL_BYTES * blockCount);
  const valuesAt = kernel.place(16 * rows * blockCount);
  const tapsAt = kernel.place(TAP_BYTES * blockCount);
  const masksAt = kernel.place(16 * blockCount);
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
    [ARGUMENT.PARTIALS, partialsAt],
    [ARGUMENT.OUTPUT, outputAt],
    [ARGUMENT.BASES, basesAt],
    [ARGUMENT.SPREAD, spreadAt],
    ...places.arguments,
    [ARGUMENT.POSITIONS, isDense ? 0 : places.positionsAt],
  ]);
  const outcome = kernel.call.decode();
  if (outcome === IS_OUTSIDE) throw outsideError(kernel, image);
  if (outcome !== IS_DECODED) return undefined;
  return kernel.words.subarray(outputAt >> 2, (outputAt >> 2) + channelCount * sampleCount);
}

/** What the reference throws; it would have to decode all of the payload again to find it. */
function outsideError(kernel: Kernel, { channels }: SetImage): CodecStepError {
  const cause = outOfRange({
    time: kernel.result(ARGUMENT.OUTSIDE_TIME_RESULT),
    channel: channels[kernel.result(ARGUMENT.OUTSIDE_POSITION_RESULT)]!,
    value: kernel.result(ARGUMENT.OUTSIDE_VALUE_RESULT),
  });
  return stepError("body", cause);
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
  const { positions, channels, lowBits, scaleDefaults } = image;
  const codedCount = coded?.length ?? positions.length;
  const liveAt = kernel.place(channels.length);
  const channelsAt = kernel.place(4 * channels.length);
  const positionsAt = kernel.place(4 * codedCount);
  const startIndexesAt = kernel.place(4 * codedCount);
  const lowBitsAt = kernel.place(4 * channels.length);
  return {
    positionsAt,
    arguments: [
      [ARGUMENT.LIVE, liveAt],
      [ARGUMENT.CHANNELS, channelsAt],
      [ARGUMENT.START_INDEXES, startIndexesAt],
      [ARGUMENT.LOW_BITS, lowBitsAt],
    ],
    fill() {
      const { bytes, words } = kernel;
      words.set(lowBits, lowBitsAt >> 2);
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
