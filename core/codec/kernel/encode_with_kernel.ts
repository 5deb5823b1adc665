/**
 * Layer 3. Encoding of codec 2 by the kernel.
 *
 * Gives the reference's bytes: the kernel computes residuals, low bits and words, and TypeScript writes
 * what stands before them.
 *
 * @module
 */

import { BitWriter, concatBytes } from "../../bytes/mod.ts";
import { payloadBytesMax, type SampleShape } from "../codec.ts";
import { encodeHead, writeBodyHead } from "../cross_channel_head.ts";
import type { CrossChannelEncoding } from "../cross_channel_reference.ts";
import type { ParameterSet } from "../parameter_set.ts";
import { scaleIndex } from "../residual_models.ts";
import { placeChannels } from "./decode_with_kernel.ts";
import { getKernel, type Kernel } from "./instance.ts";
import { ARGUMENT, PARTIAL_BYTES, PAST, ROWS_MAX, TAP_BYTES } from "./layout.ts";

/** A symbol writes at most 37 bits to the body and a word. */
const BODY_BYTES_PER_SYMBOL = 5;
const WORD_BYTES = 2;
const STATES_BYTES = 16;

/** @returns The encoding, or undefined when there is no kernel, or none that large. */
export function encodeWithKernel(
  samples: Int32Array,
  shape: SampleShape,
  set: ParameterSet,
): CrossChannelEncoding | undefined {
  const kernel = getKernel();
  if (kernel === undefined) return undefined;
  const coded = findCoded(kernel, samples, shape, set);
  if (coded === undefined || coded.length === 0) return undefined;
  const encoding = encodeCoded(kernel, samples, shape, set, coded);
  if (encoding === undefined) return undefined;
  // Too long for the format: the reference leaves every channel to the rest.
  return encoding.payload.byteLength <= payloadBytesMax(shape) ? encoding : undefined;
}

/** Model channels whose samples stay where the model may code them. */
function findCoded(
  kernel: Kernel,
  samples: Int32Array,
  { channelCount, sampleCount }: SampleShape,
  set: ParameterSet,
): number[] | undefined {
  if (kernel.open(set) === undefined) return undefined;
  const samplesAt = kernel.place(4 * samples.length);
  const extremesAt = kernel.place(12 * channelCount);
  if (!kernel.isPlaced()) return undefined;
  kernel.words.set(samples, samplesAt >> 2);
  kernel.setArguments([
    [ARGUMENT.SAMPLES, samplesAt],
    [ARGUMENT.EXTREMES, extremesAt],
    [ARGUMENT.SAMPLE_COUNT, sampleCount],
    [ARGUMENT.CHANNEL_COUNT, channelCount],
  ]);
  kernel.call.findExtremes();
  const extremes = kernel.words.subarray(extremesAt >> 2, (extremesAt >> 2) + 3 * channelCount);
  const coded: number[] = [];
  set.channels.forEach(({ channel, rightShift, lowBits }, model) => {
    const first = samples[channel * sampleCount]!;
    const reach = 2 ** (15 + rightShift + lowBits);
    const isWithin = extremes[3 * channel]! - first >= -reach &&
      extremes[3 * channel + 1]! - first < reach;
    const isWhole = (extremes[3 * channel + 2]! & (2 ** lowBits - 1)) === 0;
    if (isWithin && isWhole) coded.push(model);
  });
  return coded;
}

function encodeCoded(
  kernel: Kernel,
  samples: Int32Array,
  shape: SampleShape,
  set: ParameterSet,
  coded: readonly number[],
): CrossChannelEncoding | undefined {
  const { sampleCount } = shape;
  const { image, address } = kernel.open(set)!;
  const { blockCount } = image;
  const codedCount = coded.length;
  const modelCount = image.positions.length;
  const isAll = codedCount === modelCount;
  const isDense = image.isDense && isAll;
  const symbolCount = codedCount * (sampleCount - 1);
  const rows = ROWS_MAX;
  // First, where findCoded put them.
  const samplesAt = kernel.place(4 * samples.length);
  const residualsAt = kernel.place(4 * symbolCount + 16 * blockCount);
  const spreadAt = kernel.place(16 * blockCount);
  const pastAt = kernel.place(16 * (PAST + rows) * blockCount);
  const whitenedRowsAt = kernel.place(image.whitenedRowsBytes);
  const partialsAt = kernel.place(PARTIAL_BYTES * blockCount);
  const valuesAt = kernel.place(16 * rows * blockCount);
  const tapsAt = kernel.place(TAP_BYTES * blockCount);
  const masksAt = kernel.place(16 * blockCount);
  const ownAt = kernel.place(16 * blockCount);
  const magnitudesAt = kernel.place(32 * blockCount);
  const whitenedAt = kernel.place(2 * modelCount * sampleCount);
  const modelsAt = kernel.place(16 * blockCount);
  const scalesAt = kernel.place(4 * codedCount);
  const symbolsAt = kernel.place(2 * symbolCount);
  const bodyAt = kernel.place(20 * codedCount + BODY_BYTES_PER_SYMBOL * symbolCount);
  const wordsAt = kernel.place(WORD_BYTES * symbolCount + STATES_BYTES);
  const places = placeChannels(kernel, image, isAll ? undefined : coded);
  if (!kernel.isPlaced()) return undefined;
  kernel.needSymbols();
  places.fill();
  kernel.words.set(image.models, modelsAt >> 2);
  kernel.setArguments([
    [ARGUMENT.SAMPLES, samplesAt],
    [ARGUMENT.SAMPLE_COUNT, sampleCount],
    [ARGUMENT.CODED_COUNT, codedCount],
    [ARGUMENT.SET, address],
    [ARGUMENT.MASKS, masksAt],
    [ARGUMENT.RESIDUALS, residualsAt],
    [ARGUMENT.SPREAD, spreadAt],
    [ARGUMENT.PAST_ROWS, pastAt],
    [ARGUMENT.WHITENED_ROWS, whitenedRowsAt],
    [ARGUMENT.VALUE_ROWS, valuesAt],
    [ARGUMENT.TAPS, tapsAt],
    [ARGUMENT.PARTIALS, partialsAt],
    [ARGUMENT.OWN_ROW, ownAt],
    [ARGUMENT.MAGNITUDES, magnitudesAt],
    [ARGUMENT.WHITENED, whitenedAt],
    [ARGUMENT.MODELS, modelsAt],
    [ARGUMENT.SCALES, scalesAt],
    [ARGUMENT.CHUNK_SYMBOLS, symbolsAt],
    [ARGUMENT.BODY, bodyAt],
    [ARGUMENT.WORDS, wordsAt],
    ...places.arguments,
    [ARGUMENT.POSITIONS, isDense ? 0 : places.positionsAt],
  ]);
  kernel.call.predict();
  const { bytes, words } = kernel;
  const times = Math.max(1, sampleCount - 1);
  const residualMagnitudes = new Float64Array(modelCount);
  const isCoded = new Uint8Array(modelCount);
  const startIndexes = coded.map((model) => {
    const at = (magnitudesAt >> 2) + 2 * image.positions[model]!;
    const sum = (words[at]! >>> 0) + 2 ** 32 * words[at + 1]!;
    residualMagnitudes[model] = sum / times;
    isCoded[model] = 1;
    return scaleIndex(sum / times);
  });
  const bodyHead = new BitWriter();
  writeBodyHead(bodyHead, { samples, sampleCount, set, coded, startIndexes });
  const bodyBit = bodyHead.bitLength;
  bytes.set(bodyHead.finish(), bodyAt);
  const startIndexesAt = kernel.result(ARGUMENT.START_INDEXES);
  words.set(startIndexes, startIndexesAt >> 2);
  kernel.setArguments([[ARGUMENT.BODY_BIT, bodyBit]]);
  kernel.call.encodeResiduals();
  const bodyEnd = bodyAt + kernel.result(ARGUMENT.BODY_BYTES_RESULT);
  const wordsEnd = wordsAt + kernel.result(ARGUMENT.WORDS_BYTES_RESULT);
  return {
    payload: concatBytes(
      encodeHead(samples, shape, set, coded),
      bytes.subarray(bodyAt, bodyEnd),
      bytes.subarray(wordsAt, wordsEnd),
    ),
    whitened: new Int16Array(
      kernel.call.memory.buffer.slice(whitenedAt, whitenedAt + 2 * modelCount * sampleCount),
    ),
    residualMagnitudes,
    isCoded,
  };
}
