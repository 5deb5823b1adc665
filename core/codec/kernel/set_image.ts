/**
 * Layer 3. A parameter set as the kernel wants it.
 *
 * Channels stand in blocks of four lanes, each group of the set beginning a new block; a channel's place
 * is its position. Coefficients of a block are vectors of pairs: for a pair of channels, what each of the
 * four lanes multiplies them by. Made once for a set and kept as long as the set is.
 *
 * @module
 */

import type { ParameterSet, PlacedChannel } from "../parameter_set.ts";
import {
  BLOCK_BYTES,
  BLOCK_COEFFICIENTS,
  BLOCK_FILTER_COUNT,
  BLOCK_FILTER_MASKS,
  BLOCK_FILTERS,
  BLOCK_GROUP_BLOCKS,
  BLOCK_INDEX_IN_GROUP,
  BLOCK_IS_UNIFORM,
  BLOCK_LEFT_FACTORS,
  BLOCK_RIGHT_FACTORS,
  BLOCK_RIGHT_SHIFTS,
  BLOCK_ROW_FACTORS,
  BLOCK_ROW_SHIFTS,
  PREDICTOR_BYTES,
  PREDICTOR_PAIRS,
  SET_BLOCK_COUNT,
  SET_BLOCKS,
  SET_FILTER_COUNT,
  SET_FILTERS,
  SET_FRACTION_BITS,
  SET_IS_SHIFTLESS,
  SET_LAGS,
  SET_STEP,
} from "./layout.ts";

const LANES = 4;
const VECTOR_BYTES = 16;
/** Coefficients of a block for lag 0 among its own four: lanes 0, 1 and 2 to those behind them. */
const INNER_VECTORS = 3;

/** What the kernel must know of a set. */
export interface SetImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly blockCount: number;
  /** Position of each model channel. */
  readonly positions: Int32Array;
  /** Whether model channel m is at position m. */
  readonly isDense: boolean;
  /** Model channel at each position, −1 in padding. */
  readonly models: Int32Array;
  /** Channel of the stream at each position, −1 in padding. */
  readonly channels: Int32Array;
  /** Scale index that each model channel usually starts with. */
  readonly scaleDefaults: Int32Array;
}

const images = new WeakMap<ParameterSet, SetImage>();

/** The image of a set, from the cache when it was asked for before. */
export function setImageOf(set: ParameterSet): SetImage {
  const known = images.get(set);
  if (known !== undefined) return known;
  const image = makeImage(set);
  images.set(set, image);
  return image;
}

/** Bytes that the image of a set takes. */
export function setImageBytes(set: ParameterSet): number {
  let bytes = SET_BLOCKS;
  for (const { predictors } of set.filters) bytes += predictors.length * PREDICTOR_BYTES;
  for (const { groupBlocks, indexInGroup } of blocksOf(set)) {
    bytes += BLOCK_BYTES + coefficientVectors(set.lags, groupBlocks, indexInGroup) * VECTOR_BYTES;
  }
  return bytes;
}

interface Block {
  readonly groupStart: number;
  readonly groupBlocks: number;
  readonly indexInGroup: number;
  /** Up to four, in order. */
  readonly channels: readonly PlacedChannel[];
}

function* blocksOf({ channels }: ParameterSet): Iterable<Block> {
  for (let model = 0; model < channels.length;) {
    const { groupStart, groupLength, indexInGroup } = channels[model]!;
    const end = Math.min(model + LANES, groupStart + groupLength);
    yield {
      groupStart,
      groupBlocks: Math.ceil(groupLength / LANES),
      indexInGroup: indexInGroup / LANES,
      channels: channels.slice(model, end),
    };
    model = end;
  }
}

function coefficientVectors(lags: number, groupBlocks: number, indexInGroup: number): number {
  return 2 * (lags * groupBlocks + indexInGroup) + INNER_VECTORS;
}

function makeImage(set: ParameterSet): SetImage {
  const bytes = new Uint8Array(setImageBytes(set));
  const words = new Int32Array(bytes.buffer);
  const blocks = [...blocksOf(set)];
  const put = (byteOffset: number, value: number) => words[byteOffset / 4] = value;
  put(SET_BLOCK_COUNT, blocks.length);
  put(SET_LAGS, set.lags);
  put(SET_FRACTION_BITS, set.fractionBits);
  put(SET_STEP, set.adaptation === 0 ? 0 : 1 << (set.adaptation - 1));
  put(SET_IS_SHIFTLESS, set.channels.every(({ rightShift }) => rightShift === 0) ? 1 : 0);
  put(SET_FILTER_COUNT, set.filters.length);
  let at = SET_BLOCKS + blocks.length * BLOCK_BYTES;
  at = writeFilters(words, set, at);
  const positions = new Int32Array(set.channels.length);
  const models = new Int32Array(LANES * blocks.length).fill(-1);
  const channels = new Int32Array(LANES * blocks.length).fill(-1);
  let model = 0;
  blocks.forEach((block, index) => {
    writeBlock(words.subarray((SET_BLOCKS + index * BLOCK_BYTES) / 4), block, at);
    at = writeCoefficients(new Int16Array(bytes.buffer), set.lags, block, at);
    block.channels.forEach(({ channel }, lane) => {
      const position = index * LANES + lane;
      positions[model] = position;
      models[position] = model++;
      channels[position] = channel;
    });
  });
  return {
    bytes,
    blockCount: blocks.length,
    positions,
    isDense: positions.every((position, index) => position === index),
    models,
    channels,
    scaleDefaults: Int32Array.from(set.channels, ({ scaleDefault }) => scaleDefault),
  };
}

function writeFilters(words: Int32Array, set: ParameterSet, start: number): number {
  let at = start;
  set.filters.forEach(({ predictors }, index) => {
    words[SET_FILTERS / 4 + 2 * index] = predictors.length - 1;
    words[SET_FILTERS / 4 + 2 * index + 1] = at;
    for (const { shift, coefficients } of predictors) {
      const word = at / 4;
      words[word] = Math.max(0, shift - set.fractionBits);
      words[word + 1] = Math.max(0, set.fractionBits - shift);
      words[word + 2] = 4 * Math.ceil(coefficients.length / 8);
      for (let j = 0; j < coefficients.length; j += 2) {
        words[word + PREDICTOR_PAIRS / 4 + j / 2] = pair(
          coefficients[j]!,
          coefficients[j + 1] ?? 0,
        );
      }
      at += PREDICTOR_BYTES;
    }
  });
  return at;
}

function writeBlock(words: Int32Array, block: Block, coefficientsAt: number): void {
  const { channels } = block;
  const filters = [...new Set(channels.map(({ filter }) => filter))];
  for (let lane = 0; lane < LANES; lane++) {
    const { rowShift, rightShift } = channels[lane] ?? channels[0]!;
    words[BLOCK_ROW_SHIFTS / 4 + lane] = rowShift;
    words[BLOCK_RIGHT_SHIFTS / 4 + lane] = rightShift;
    words[BLOCK_ROW_FACTORS / 4 + lane] = 2 ** (30 - rowShift);
    words[BLOCK_LEFT_FACTORS / 4 + lane] = 2 ** rightShift;
    words[BLOCK_RIGHT_FACTORS / 4 + lane] = 2 ** (30 - rightShift);
    words[BLOCK_FILTERS / 4 + lane] = filters[lane] ?? 0;
    filters.forEach((filter, f) => {
      words[BLOCK_FILTER_MASKS / 4 + f * LANES + lane] = channels[lane]?.filter === filter ? -1 : 0;
    });
  }
  words[BLOCK_COEFFICIENTS / 4] = coefficientsAt;
  words[BLOCK_GROUP_BLOCKS / 4] = block.groupBlocks;
  words[BLOCK_INDEX_IN_GROUP / 4] = block.indexInGroup;
  const first = channels[0]!.rowShift;
  words[BLOCK_IS_UNIFORM / 4] = channels.every(({ rowShift }) => rowShift === first) ? 1 : 0;
  words[BLOCK_FILTER_COUNT / 4] = filters.length;
}

/** In the order in which the kernel uses them: each lag, lag 0 of blocks before, lag 0 of its own. */
function writeCoefficients(halves: Int16Array, lags: number, block: Block, start: number): number {
  const { channels, groupBlocks, indexInGroup } = block;
  const groupLength = channels[0]!.groupLength;
  let at = start / 2;
  /** Two channels' coefficients for every lane; `offset` is where a row's part for them begins. */
  const putPair = (offset: number, even: number, length: (channel: PlacedChannel) => number) => {
    for (let lane = 0; lane < LANES; lane++) {
      const channel = channels[lane];
      if (channel === undefined) continue;
      for (const d of [even, even + 1]) {
        if (d < length(channel)) {
          halves[at + 2 * lane + d - even] = channel.coefficients[offset + d]!;
        }
      }
    }
    at += 8;
  };
  for (let lag = 0; lag < lags; lag++) {
    for (let even = 0; even < LANES * groupBlocks; even += 2) {
      putPair(lag * groupLength, even, () => groupLength);
    }
  }
  for (let even = 0; even < LANES * indexInGroup; even += 2) {
    putPair(lags * groupLength, even, () => LANES * indexInGroup);
  }
  // Of its own four each lane goes alone, at the place in the pair that it has in its row of values.
  for (let source = 0; source < INNER_VECTORS; source++) {
    const d = LANES * indexInGroup + source;
    for (let lane = source + 1; lane < LANES; lane++) {
      const channel = channels[lane];
      if (channel === undefined) continue;
      halves[at + 2 * lane + (source & 1)] = channel.coefficients[lags * groupLength + d]!;
    }
    at += 8;
  }
  return 2 * at;
}

/** Two 16-bit numbers, the first in the lower half. */
function pair(low: number, high: number): number {
  return (low & 0xffff) | (high << 16);
}
