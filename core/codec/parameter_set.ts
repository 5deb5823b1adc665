/**
 * Layer 3. A parameter set: prediction coefficients that many chunks share.
 *
 * Sole owner of the bytes of a set. A set is learnt once, sent once and named by digest. Coefficients
 * derive from a patient's EEG: sets are handled like samples and never shared between recordings.
 *
 * @see core/chunk/FORMAT.md, "Parameter set"
 * @module
 */

import { assert } from "../assert.ts";
import { BitReader, BitWriter, unzigzag, zigzag } from "../bytes/mod.ts";
import { CorruptInputError, LimitExceededError, UnsupportedError } from "../error.ts";
import { SCALE_INDEX_MAX } from "./residual_models.ts";
import { FILTER_ORDER_MAX, type ReflectionFilter, reflectionFilter } from "./reflection_filter.ts";
import { bestRiceParameter, readRiceCode, writeRiceCode } from "./rice_code.ts";

/** Bytes of a set at most. */
export const PARAMETER_SET_BYTES_MAX = 65_536;

const VERSION = 1;
const FRACTION_BITS_MAX = 4;
export const LAGS_MAX = 4;
/** Lags times group size at most: the work of a sample is bounded, whatever a set says. */
export const LAGGED_TERMS_MAX = 512;
export const RIGHT_SHIFT_MAX = 12;
export const ROW_SHIFT_MAX = 15;
const ROW_PARAMETER_MAX = 15;

/** A channel that the model predicts. */
export interface ModelChannel {
  /** Index in the stream. */
  readonly channel: number;
  /** Index of its whitening filter. */
  readonly filter: number;
  /** Bits by which samples are shifted right before filtering: wide converters. */
  readonly rightShift: number;
  /** Low bits in which all its samples agree, 0 to 15: converters that fill a wider field. */
  readonly lowBits: number;
  /** Where the scale of its residuals usually starts, 0 to 95. */
  readonly scaleDefault: number;
  /** Bits by which its cross-channel sum is shifted right. */
  readonly rowShift: number;
  /** Lag 1 of each channel of the group, lag 2, …, lag q; then lag 0 of those before it. */
  readonly coefficients: Int16Array;
}

/** A model channel in its group. */
export interface PlacedChannel extends ModelChannel {
  /** Model index of the first channel of its group. */
  readonly groupStart: number;
  /** Channels of its group. */
  readonly groupLength: number;
  /** Position in its group, from 0. */
  readonly indexInGroup: number;
}

/** What a set says. */
export interface ParameterSetContent {
  /** Channels of the stream, 1 to 65,535. */
  readonly channelCount: number;
  /** Fraction bits of predictions, 0 to 4. */
  readonly fractionBits: number;
  /** Lags of the cross-channel part, 1 to 4. */
  readonly lags: number;
  /** Model channels of a group at most; times lags, at most 512. */
  readonly groupSize: number;
  /** 0: no adaptive taps; a: their step is 2^(a − 1) in units of 2^−14. 0 to 15. */
  readonly adaptation: number;
  /** 1 to 8 filters, by reflections in units of 2^−15. */
  readonly filters: readonly { readonly reflections: Int16Array }[];
  /** Model channels in channel order, at least one. */
  readonly channels: readonly ModelChannel[];
}

/** A set that has been read and found valid; frozen, to be kept and shared among decodes. */
export interface ParameterSet extends ParameterSetContent {
  /** The set as it travels, without its record's frame. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly filters: readonly ReflectionFilter[];
  readonly channels: readonly PlacedChannel[];
}

/**
 * Writes a set.
 *
 * @returns The set as {@link readParameterSet} gives it. Equal content gives equal bytes.
 * @throws {LimitExceededError} The content takes more than {@link PARAMETER_SET_BYTES_MAX} bytes.
 * @throws {CorruptInputError} A filter's coefficients grow beyond what the format allows.
 */
export function writeParameterSet(content: ParameterSetContent): ParameterSet {
  const writer = new BitWriter();
  writer.bits(VERSION, 8);
  writer.bits(content.channelCount, 16);
  writer.bits(content.fractionBits, 3);
  writer.bits(content.lags, 3);
  writer.bits(content.groupSize, 10);
  writer.bits(content.adaptation, 4);
  writer.bits(content.filters.length - 1, 3);
  for (const { reflections } of content.filters) {
    writer.bits(reflections.length, 6);
    for (const reflection of reflections) writer.bits(reflection & 0xffff, 16);
  }
  let next = 0;
  for (let channel = 0; channel < content.channelCount; channel++) {
    const model = content.channels[next];
    if (model?.channel !== channel) {
      writer.bits(0, 1);
      continue;
    }
    next++;
    writer.bits(1, 1);
    writer.bits(model.filter, indexBits(content.filters.length));
    writer.bits(model.rightShift, 4);
    writer.bits(model.lowBits, 4);
    writer.bits(model.scaleDefault, 7);
  }
  assert(next === content.channels.length, "model channels are in order, each once");
  content.channels.forEach((model, index) => {
    const { groupLength, indexInGroup } = placeInGroup(content, index);
    assert(
      model.coefficients.length === content.lags * groupLength + indexInGroup,
      "a row has the coefficients of its place",
    );
    writeRow(writer, model);
  });
  return readParameterSet(writer.finish());
}

/**
 * Reads and validates a set.
 *
 * Safe on any bytes; work and memory are bounded by their length.
 *
 * @returns The set; its bytes are a copy.
 * @throws {LimitExceededError} More than {@link PARAMETER_SET_BYTES_MAX} bytes.
 * @throws {TruncatedInputError} The bytes end early.
 * @throws {CorruptInputError} A rule of the format is broken.
 * @throws {UnsupportedError} The set is of a newer version.
 */
export function readParameterSet(bytes: Uint8Array): ParameterSet {
  if (bytes.byteLength > PARAMETER_SET_BYTES_MAX) {
    throw new LimitExceededError(
      `Cannot read parameter set: ${bytes.byteLength} bytes, limit is ${PARAMETER_SET_BYTES_MAX}`,
      { limit: PARAMETER_SET_BYTES_MAX, actual: bytes.byteLength },
    );
  }
  const reader = new BitReader(bytes);
  const version = reader.bits(8);
  if (version !== VERSION) {
    throw new UnsupportedError(
      `Cannot read parameter set: version is ${version}, this build knows ${VERSION}`,
      { feature: "parameter set version", value: version },
    );
  }
  const channelCount = within(reader, "channel count", reader.bits(16), 1, 65_535);
  const fractionBits = within(reader, "fraction bits", reader.bits(3), 0, FRACTION_BITS_MAX);
  const lags = within(reader, "lags", reader.bits(3), 1, LAGS_MAX);
  const groupSizeMax = Math.floor(LAGGED_TERMS_MAX / lags);
  const groupSize = within(reader, "group size", reader.bits(10), 1, groupSizeMax);
  const adaptation = reader.bits(4);
  const filters = readFilters(reader);
  const heads = readChannels(reader, channelCount, filters.length);
  const shape = { channels: heads, groupSize };
  const channels = heads.map((head, index) => {
    const place = placeInGroup(shape, index);
    const row = readRow(reader, lags * place.groupLength + place.indexInGroup);
    return Object.freeze({ ...head, ...place, ...row });
  });
  reader.expectEnd();
  return Object.freeze({
    bytes: Uint8Array.from(bytes),
    channelCount,
    fractionBits,
    lags,
    groupSize,
    adaptation,
    filters: Object.freeze(filters),
    channels: Object.freeze(channels),
  });
}

function readFilters(reader: BitReader): ReflectionFilter[] {
  const filters: ReflectionFilter[] = [];
  for (let count = reader.bits(3) + 1; count > 0; count--) {
    const order = within(reader, "filter order", reader.bits(6), 0, FILTER_ORDER_MAX);
    const reflections = new Int16Array(order);
    for (let m = 0; m < order; m++) {
      reflections[m] = within(reader, "reflection", reader.signedBits(16), -32_767, 32_767);
    }
    filters.push(reflectionFilter(reflections));
  }
  return filters;
}

type ChannelHead = Omit<ModelChannel, "rowShift" | "coefficients">;

function readChannels(reader: BitReader, channelCount: number, filterCount: number): ChannelHead[] {
  reader.need(channelCount);
  const heads: ChannelHead[] = [];
  for (let channel = 0; channel < channelCount; channel++) {
    if (reader.bits(1) === 0) continue;
    const filter = reader.bits(indexBits(filterCount));
    within(reader, "filter index", filter, 0, filterCount - 1);
    const rightShift = within(reader, "right shift", reader.bits(4), 0, RIGHT_SHIFT_MAX);
    const lowBits = reader.bits(4);
    const scaleDefault = within(reader, "scale default", reader.bits(7), 0, SCALE_INDEX_MAX);
    heads.push({ channel, filter, rightShift, lowBits, scaleDefault });
  }
  within(reader, "model channel count", heads.length, 1, channelCount);
  return heads;
}

function writeRow(writer: BitWriter, { rowShift, coefficients }: ModelChannel): void {
  const codes = Array.from(coefficients, (coefficient) => zigzag(coefficient));
  const k = bestRiceParameter(codes, ROW_PARAMETER_MAX);
  writer.bits(rowShift, 4);
  writer.bits(k, 4);
  for (const code of codes) writeRiceCode(writer, code, k);
}

function readRow(
  reader: BitReader,
  length: number,
): Pick<ModelChannel, "rowShift" | "coefficients"> {
  const rowShift = reader.bits(4);
  const k = reader.bits(4);
  // Every code has at least 1 + k bits, so a short input is refused before anything is allocated.
  reader.need((1 + k) * length);
  const coefficients = new Int16Array(length);
  for (let i = 0; i < length; i++) {
    const value = unzigzag(readRiceCode(reader, k));
    coefficients[i] = within(reader, "coefficient", value, -32_768, 32_767);
  }
  return { rowShift, coefficients };
}

/** The group of a model channel: groups are filled in order. */
function placeInGroup(
  { channels, groupSize }: { channels: readonly unknown[]; groupSize: number },
  index: number,
): Pick<PlacedChannel, "groupStart" | "groupLength" | "indexInGroup"> {
  const indexInGroup = index % groupSize;
  const groupStart = index - indexInGroup;
  return {
    groupStart,
    groupLength: Math.min(groupSize, channels.length - groupStart),
    indexInGroup,
  };
}

/** Bits of an index below `count`: none for one. */
export function indexBits(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

function within(
  reader: BitReader,
  field: string,
  value: number,
  min: number,
  max: number,
): number {
  if (value >= min && value <= max) return value;
  throw new CorruptInputError(
    `Cannot read parameter set: ${field} before bit ${reader.position} is ${value}, must be ${min} to ${max}`,
    { offset: reader.position >>> 3, field },
  );
}
