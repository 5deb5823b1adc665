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
import type { ReflectionFilter } from "../reflection_filter.ts";
import {
  BLOCK_BYTES,
  BLOCK_FILTER_COUNT,
  BLOCK_FILTER_MASKS,
  BLOCK_FILTERS,
  BLOCK_IS_UNIFORM,
  BLOCK_LEFT_FACTORS,
  BLOCK_RIGHT_FACTORS,
  BLOCK_RIGHT_SHIFTS,
  BLOCK_ROW_FACTORS,
  BLOCK_ROW_SHIFTS,
  GROUP_BLOCKS,
  GROUP_BYTES,
  GROUP_COEFFICIENTS,
  GROUP_OCTETS,
  LAGS_MAX,
  PREDICTOR_BYTES,
  PREDICTOR_PAIRS,
  ROWS_MAX,
  SET_BLOCK_COUNT,
  SET_BLOCKS,
  SET_FILTER_COUNT,
  SET_FILTERS,
  SET_FRACTION_BITS,
  SET_GROUP_COUNT,
  SET_IS_SHIFTLESS,
  SET_LAGS,
  SET_STEP,
} from "./layout.ts";

const LANES = 4;
const OCTET = 8;
const PAIRS_OF_BLOCK = 2;
const PAIRS_OF_OCTET = 4;
const VECTOR_BYTES = 16;
/** Coefficients of a block for lag 0 among its own four: lanes 0, 1 and 2 to those behind them. */
const INNER_VECTORS = 3;

/** What the kernel must know of a set. */
export interface SetImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly blockCount: number;
  /** Bytes of the whitened rows of all groups. */
  readonly whitenedRowsBytes: number;
  /** Position of each model channel. */
  readonly positions: Int32Array;
  /** Whether model channel m is at position m. */
  readonly isDense: boolean;
  /** Model channel at each position, −1 in padding. */
  readonly models: Int32Array;
  /** Channel of the stream at each position, −1 in padding. */
  readonly channels: Int32Array;
  /** Shared low bits at each position. */
  readonly lowBits: Int32Array;
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
  for (const { octets, blocks } of groupsOf(set)) {
    bytes += GROUP_BYTES;
    bytes += BLOCK_BYTES * blocks.length;
    for (let index = 0; index < blocks.length; index += 2) {
      const shared = 2 * (PAIRS_OF_OCTET * set.lags * octets + PAIRS_OF_BLOCK * index);
      bytes += VECTOR_BYTES * (shared + PAIRS_OF_BLOCK + 2 * INNER_VECTORS);
    }
  }
  return bytes;
}

interface Group {
  readonly octets: number;
  /** Up to four channels each, in order. */
  readonly blocks: readonly (readonly PlacedChannel[])[];
}

function* groupsOf({ channels }: ParameterSet): Iterable<Group> {
  for (let start = 0; start < channels.length;) {
    const { groupLength } = channels[start]!;
    const blocks = Array.from(
      { length: Math.ceil(groupLength / LANES) },
      (_, i) => channels.slice(start + i * LANES, start + Math.min(groupLength, (i + 1) * LANES)),
    );
    yield { octets: Math.ceil(groupLength / OCTET), blocks };
    start += groupLength;
  }
}

function makeImage(set: ParameterSet): SetImage {
  const bytes = new Uint8Array(setImageBytes(set));
  const words = new Int32Array(bytes.buffer);
  const groups = [...groupsOf(set)];
  const blocks = groups.flatMap((group) => group.blocks);
  const put = (byteOffset: number, value: number) => words[byteOffset / 4] = value;
  put(SET_BLOCK_COUNT, blocks.length);
  put(SET_LAGS, set.lags);
  put(SET_FRACTION_BITS, set.fractionBits);
  put(SET_STEP, set.adaptation === 0 ? 0 : 1 << (set.adaptation - 1));
  put(SET_IS_SHIFTLESS, set.channels.every(({ rightShift }) => rightShift === 0) ? 1 : 0);
  put(SET_FILTER_COUNT, set.filters.length);
  put(SET_GROUP_COUNT, groups.length);
  const groupsStart = SET_BLOCKS + blocks.length * BLOCK_BYTES;
  let at = writeFilters(words, set, groupsStart + groups.length * GROUP_BYTES);
  const halves = new Int16Array(bytes.buffer);
  groups.forEach((group, index) => {
    const start = groupsStart + index * GROUP_BYTES;
    put(start + GROUP_BLOCKS, group.blocks.length);
    put(start + GROUP_OCTETS, group.octets);
    put(start + GROUP_COEFFICIENTS, at);
    for (let first = 0; first < group.blocks.length; first += 2) {
      at = writeCoefficients(halves, set.lags, group, first, at);
    }
  });
  const positions = new Int32Array(set.channels.length);
  const models = new Int32Array(LANES * blocks.length).fill(-1);
  const channels = new Int32Array(LANES * blocks.length).fill(-1);
  const lowBits = new Int32Array(LANES * blocks.length);
  let model = 0;
  blocks.forEach((block, index) => {
    writeBlock(words.subarray((SET_BLOCKS + index * BLOCK_BYTES) / 4), block);
    block.forEach((channel, lane) => {
      const position = index * LANES + lane;
      positions[model] = position;
      models[position] = model++;
      channels[position] = channel.channel;
      lowBits[position] = channel.lowBits;
    });
  });
  return {
    bytes,
    blockCount: blocks.length,
    whitenedRowsBytes: groups.reduce(
      (sum, { octets }) => sum + (LAGS_MAX + ROWS_MAX) * VECTOR_BYTES * octets,
      0,
    ),
    positions,
    isDense: positions.every((position, index) => position === index),
    models,
    channels,
    lowBits,
    scaleDefaults: Int32Array.from(set.channels, ({ scaleDefault }) => scaleDefault),
  };
}

function writeFilters(words: Int32Array, set: ParameterSet, start: number): number {
  let at = start;
  set.filters.forEach((filter, index) => {
    words[SET_FILTERS / 4 + 2 * index] = filter.predictors.length - 1;
    words[SET_FILTERS / 4 + 2 * index + 1] = at;
    at = writeFilter(words, at, filter, set.fractionBits);
  });
  return at;
}

/** Writes the predictors of a filter. @returns The byte offset behind them. */
export function writeFilter(
  words: Int32Array,
  start: number,
  { predictors }: ReflectionFilter,
  fractionBits: number,
): number {
  let at = start;
  for (const { shift, coefficients } of predictors) {
    const word = at / 4;
    words[word] = Math.max(0, shift - fractionBits);
    words[word + 1] = Math.max(0, fractionBits - shift);
    words[word + 2] = 4 * Math.ceil(coefficients.length / 8);
    for (let j = 0; j < coefficients.length; j += 2) {
      words[word + PREDICTOR_PAIRS / 4 + j / 2] = pair(coefficients[j]!, coefficients[j + 1] ?? 0);
    }
    at += PREDICTOR_BYTES;
  }
  return at;
}

function writeBlock(words: Int32Array, channels: readonly PlacedChannel[]): void {
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
  const first = channels[0]!.rowShift;
  words[BLOCK_IS_UNIFORM / 4] = channels.every(({ rowShift }) => rowShift === first) ? 1 : 0;
  words[BLOCK_FILTER_COUNT / 4] = filters.length;
}

/**
 * Coefficients of two blocks in the order in which the kernel uses them: of lags q to 1 and of lag 0 for
 * the blocks before both, in turn for the one and the other; lag 0 among the first one's own; lag 0 of
 * the second for the first; lag 0 among the second one's own.
 */
function writeCoefficients(
  halves: Int16Array,
  lags: number,
  { octets, blocks }: Group,
  first: number,
  start: number,
): number {
  const pairOfBlocks = [blocks[first]!, blocks[first + 1] ?? []];
  const groupLength = pairOfBlocks[0]![0]!.groupLength;
  const lagZero = lags * groupLength;
  let at = start / 2;
  /** Coefficients of two channels for every lane; `offset` is where a row's part for them begins. */
  const putPair = (
    channels: readonly PlacedChannel[],
    { offset, even, length }: { offset: number; even: number; length: number },
  ) => {
    channels.forEach(({ coefficients }, lane) => {
      for (let d = even; d < Math.min(even + 2, length); d++) {
        halves[at + 2 * lane + d - even] = coefficients[offset + d]!;
      }
    });
    at += OCTET;
  };
  // Of its own four each lane goes alone, at the place in the pair that it has in its row of values.
  const putInner = (channels: readonly PlacedChannel[], index: number) => {
    for (let source = 0; source < INNER_VECTORS; source++) {
      const d = lagZero + LANES * index + source;
      for (let lane = source + 1; lane < channels.length; lane++) {
        halves[at + 2 * lane + (source & 1)] = channels[lane]!.coefficients[d]!;
      }
      at += OCTET;
    }
  };
  for (let lag = lags; lag > 0; lag--) {
    const offset = (lag - 1) * groupLength;
    for (let even = 0; even < OCTET * octets; even += 2) {
      for (const channels of pairOfBlocks) {
        putPair(channels, { offset, even, length: groupLength });
      }
    }
  }
  const before = LANES * first;
  for (let even = 0; even < before; even += 2) {
    for (const channels of pairOfBlocks) {
      putPair(channels, { offset: lagZero, even, length: before });
    }
  }
  putInner(pairOfBlocks[0]!, first);
  for (let even = before; even < before + LANES; even += 2) {
    putPair(pairOfBlocks[1]!, { offset: lagZero, even, length: before + LANES });
  }
  putInner(pairOfBlocks[1]!, first + 1);
  return 2 * at;
}

/** Two 16-bit numbers, the first in the lower half. */
function pair(low: number, high: number): number {
  return (low & 0xffff) | (high << 16);
}
