/**
 * Layer 3. Rice coding of residuals, in partitions, with two escapes.
 *
 * Sole owner of these bits. A partition has one parameter k; a residual becomes its zigzag code's
 * quotient by 2^k in unary and its k low bits. A quotient of 24 or more is an escape to 32 plain bits,
 * so one spike costs 56 bits and not thousands; parameter 31 stores a whole partition in plain bits of
 * one width, which noise and zeros like.
 *
 * @see core/chunk/FORMAT.md, "Residuals"
 * @module
 */

import { type BitReader, type BitWriter, unzigzag, zigzag } from "../bytes/mod.ts";
import { CorruptInputError } from "../error.ts";

/** Quotients from here on are escaped. 24 + k bits fit one 32-bit look for every k of EEG. */
const QUOTIENT_END = 24;
/** Largest parameter: a quotient below 24 times 2^27 stays below 2^32. */
const PARAMETER_MAX = 27;
/** The parameter that means "plain bits of one width". */
const PLAIN = 31;
const PARAMETER_BITS = 5;
const WIDTH_BITS = 6;
const ESCAPE_BITS = QUOTIENT_END + 32;
/** Bits that say how many partitions there are. */
const PARTITION_ORDER_BITS = 3;
const PARTITION_ORDER_MAX = 7;
/** Partitions are not cut shorter than this by the encoder; a decoder takes any. */
const PARTITION_LENGTH_MIN = 16;

/** How many partitions (2^order), and roughly how many bits that takes. */
export interface RicePlan {
  readonly partitionOrder: number;
  readonly estimatedBits: number;
}

/** Zigzag sums of the finest partitions; reused, this module is not re-entrant. */
const sums = new Float64Array(1 << PARTITION_ORDER_MAX);

/**
 * Chooses partitions for residuals `first` to the end.
 *
 * The estimate takes the mean of each partition for its whole distribution, which is off by less than
 * one percent on EEG; only {@link chooseRice} counts exactly.
 */
export function planRice(residuals: Int32Array, first: number): RicePlan {
  const length = residuals.length;
  let order = 0;
  while (order < PARTITION_ORDER_MAX && length >>> (order + 1) >= PARTITION_LENGTH_MIN) order++;
  sumPartitions(residuals, first, order);
  let best: RicePlan = { partitionOrder: 0, estimatedBits: Infinity };
  for (;; order--) {
    let bits = PARTITION_ORDER_BITS;
    for (let p = 0; p < 1 << order; p++) {
      const count = partitionCount(length, first, order, p);
      bits += PARAMETER_BITS + estimateBits(sums[p]!, count);
    }
    if (bits <= best.estimatedBits) best = { partitionOrder: order, estimatedBits: bits };
    if (order === 0) return best;
    for (let p = 0; p < 1 << (order - 1); p++) sums[p] = sums[2 * p]! + sums[2 * p + 1]!;
  }
}

/** Parameters of every partition, and exactly how many bits the residuals take with them. */
export interface RiceCode {
  readonly partitionOrder: number;
  /** For each partition 0 to 27, or 31 for plain bits. */
  readonly parameters: Uint8Array;
  /** For each partition the width of its plain bits; read only where the parameter is 31. */
  readonly widths: Uint8Array;
  readonly bits: number;
}

/** Chooses the parameter of each partition by counting bits exactly. */
export function chooseRice(
  residuals: Int32Array,
  first: number,
  partitionOrder: number,
): RiceCode {
  const parameters = new Uint8Array(1 << partitionOrder);
  const widths = new Uint8Array(1 << partitionOrder);
  let bits = PARTITION_ORDER_BITS;
  for (let p = 0; p < 1 << partitionOrder; p++) {
    const start = Math.max(first, partitionStart(residuals.length, partitionOrder, p));
    const end = partitionStart(residuals.length, partitionOrder, p + 1);
    const chosen = chooseParameter(residuals, start, end);
    parameters[p] = chosen.parameter;
    widths[p] = chosen.width;
    bits += PARAMETER_BITS + chosen.bits;
  }
  return { partitionOrder, parameters, widths, bits };
}

/** Codes residuals `first` to the end. */
export function encodeRice(
  writer: BitWriter,
  residuals: Int32Array,
  first: number,
  code: RiceCode,
): void {
  const { partitionOrder, parameters, widths } = code;
  writer.bits(partitionOrder, PARTITION_ORDER_BITS);
  for (let p = 0; p < parameters.length; p++) {
    const start = Math.max(first, partitionStart(residuals.length, partitionOrder, p));
    const end = partitionStart(residuals.length, partitionOrder, p + 1);
    const parameter = parameters[p]!;
    writer.bits(parameter, PARAMETER_BITS);
    if (parameter === PLAIN) writePlain(writer, residuals, start, end, widths[p]!);
    else writeCodes(writer, residuals, start, end, parameter);
  }
}

/**
 * Decodes residuals `first` to the end into `residuals`.
 *
 * @throws {TruncatedInputError} The bits end early.
 * @throws {CorruptInputError} A rule of the format is broken.
 */
export function decodeRice(reader: BitReader, residuals: Int32Array, first: number): void {
  const partitionOrder = reader.bits(PARTITION_ORDER_BITS);
  if (1 << partitionOrder > residuals.length) {
    throw corrupt(
      reader,
      "partition order",
      `2^${partitionOrder} partitions of ${residuals.length} samples`,
    );
  }
  for (let p = 0; p < 1 << partitionOrder; p++) {
    const start = Math.max(first, partitionStart(residuals.length, partitionOrder, p));
    const end = partitionStart(residuals.length, partitionOrder, p + 1);
    const parameter = reader.bits(PARAMETER_BITS);
    if (parameter === PLAIN) decodePlain(reader, residuals, start, end);
    else if (parameter > PARAMETER_MAX) {
      throw corrupt(reader, "rice parameter", `${parameter} is neither 0 to 27 nor 31`);
    } else decodePartition(reader, residuals, start, end, parameter);
  }
}

/** First sample of partition `p` of 2^order: ⌊p · length ÷ 2^order⌋. */
function partitionStart(length: number, order: number, p: number): number {
  return Math.floor(p * length / (1 << order));
}

function partitionCount(length: number, first: number, order: number, p: number): number {
  const start = Math.max(first, partitionStart(length, order, p));
  return Math.max(0, partitionStart(length, order, p + 1) - start);
}

function sumPartitions(residuals: Int32Array, first: number, order: number): void {
  for (let p = 0; p < 1 << order; p++) {
    const end = partitionStart(residuals.length, order, p + 1);
    let sum = 0;
    for (let i = Math.max(first, partitionStart(residuals.length, order, p)); i < end; i++) {
      sum += zigzag(residuals[i]!);
    }
    sums[p] = sum;
  }
}

/** Bits of `count` codes that add up to `sum`, by the best parameter; the tail of each is half a unit. */
function estimateBits(sum: number, count: number): number {
  if (sum === 0) return WIDTH_BITS;
  const k = parameterOfMean(sum / count);
  return count * (1 + k) + Math.max(0, sum / (1 << k) - count / 2);
}

/** ⌊log2(mean · ln 2)⌋ + 1, at least 0: within one of the best parameter for a geometric distribution. */
function parameterOfMean(mean: number): number {
  const scaled = Math.min(mean * 0.6931471805599453, 0x7fffffff) >>> 0;
  return Math.min(32 - Math.clz32(scaled), PARAMETER_MAX);
}

/** The cheapest of plain bits and the three parameters around the mean. */
function chooseParameter(
  residuals: Int32Array,
  start: number,
  end: number,
): { parameter: number; width: number; bits: number } {
  let sum = 0;
  let all = 0;
  for (let i = start; i < end; i++) {
    const code = zigzag(residuals[i]!);
    sum += code;
    all |= code;
  }
  const width = 32 - Math.clz32(all);
  let bits = WIDTH_BITS + (end - start) * width;
  let parameter = PLAIN;
  const guess = end > start ? parameterOfMean(sum / (end - start)) : 0;
  for (let k = Math.max(0, guess - 1); k <= Math.min(PARAMETER_MAX, guess + 1); k++) {
    const bitsOfK = countBits(residuals, start, end, k);
    if (bitsOfK < bits) {
      bits = bitsOfK;
      parameter = k;
    }
  }
  return { parameter, width, bits };
}

function writePlain(
  writer: BitWriter,
  residuals: Int32Array,
  start: number,
  end: number,
  width: number,
): void {
  writer.bits(width, WIDTH_BITS);
  for (let i = start; i < end; i++) writer.bits(zigzag(residuals[i]!), width);
}

/** Exact bits of the codes of a partition. */
function countBits(residuals: Int32Array, start: number, end: number, k: number): number {
  let bits = (end - start) * (1 + k);
  for (let i = start; i < end; i++) {
    const quotient = zigzag(residuals[i]!) >>> k;
    bits += quotient < QUOTIENT_END ? quotient : ESCAPE_BITS - 1 - k;
  }
  return bits;
}

function writeCodes(
  writer: BitWriter,
  residuals: Int32Array,
  start: number,
  end: number,
  k: number,
): void {
  const low = (1 << k) - 1;
  for (let i = start; i < end; i++) {
    const code = zigzag(residuals[i]!);
    const quotient = code >>> k;
    if (quotient >= QUOTIENT_END) {
      writer.bits(0, QUOTIENT_END);
      writer.bits(code, 32);
    } else if (quotient + 1 + k <= 32) {
      writer.bits((1 << k) | (code & low), quotient + 1 + k);
    } else {
      writer.bits(1, quotient + 1);
      writer.bits(code & low, k);
    }
  }
}

function decodePlain(reader: BitReader, residuals: Int32Array, start: number, end: number): void {
  const width = reader.bits(WIDTH_BITS);
  if (width > 32) throw corrupt(reader, "plain width", `${width} is above 32`);
  reader.need(width * (end - start));
  for (let i = start; i < end; i++) residuals[i] = unzigzag(reader.bits(width));
}

/**
 * The inner loop of reading: one 32-bit look for a residual. Looks behind the end see zeros and are
 * caught when the partition is done, or at an escape, whichever comes first.
 */
function decodePartition(
  reader: BitReader,
  residuals: Int32Array,
  start: number,
  end: number,
  k: number,
): void {
  // Every code has at least 1 + k bits, so a short input is refused before the loop.
  reader.need((1 + k) * (end - start));
  const words = reader.words;
  const bitLength = reader.bitLength;
  let position = reader.position;
  for (let i = start; i < end; i++) {
    const shift = position & 31;
    const look = (words[position >>> 5]! << shift) |
      (words[(position >>> 5) + 1]! >>> 1 >>> (31 - shift));
    const quotient = Math.clz32(look);
    let code: number;
    if (quotient >= QUOTIENT_END) {
      reader.position = position;
      if (position + ESCAPE_BITS > bitLength) reader.need(ESCAPE_BITS);
      reader.position += QUOTIENT_END;
      code = reader.bits(32);
      if (code >>> k < QUOTIENT_END) {
        throw corrupt(reader, "rice escape", `code ${code} needs none with parameter ${k}`);
      }
      position = reader.position;
    } else if (quotient + k < 32) {
      code = (quotient << k) | (look << (quotient + 1) >>> 1 >>> (31 - k));
      position += quotient + 1 + k;
    } else {
      reader.position = position + quotient + 1;
      code = (quotient << k) | reader.bits(k);
      position = reader.position;
    }
    residuals[i] = (code >>> 1) ^ -(code & 1);
  }
  reader.position = position;
  reader.need(0);
}

function corrupt(reader: BitReader, field: string, state: string): CorruptInputError {
  return new CorruptInputError(`Cannot decode ${field} at bit ${reader.position}: ${state}`, {
    offset: reader.position >>> 3,
    field,
  });
}
