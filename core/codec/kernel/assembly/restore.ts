/**
 * AssemblyScript. Samples from residuals.
 *
 * The one serial chain is lag 0: each channel needs the whitened value of the one before it. Within a
 * block of four it is walked lane by lane with every lane computed and one believed; once all four are
 * known the block is computed again as a whole, which needs no assembling of lanes.
 *
 * @see core/chunk/FORMAT.md, "Samples"
 */

import {
  adapt, choosePredictors, crossSum, keepPast, ownPrediction, shiftLanes, shiftRows, trendOf,
} from "./block";
import {
  argument, BASES, BLOCK_BYTES, BLOCK_COEFFICIENTS, BLOCK_GROUP_BLOCKS, BLOCK_INDEX_IN_GROUP,
  BLOCK_LEFT_FACTORS, BLOCK_RIGHT_FACTORS, BLOCK_RIGHT_SHIFTS, BLOCK_ROW_SHIFTS, CHANNELS,
  CODED_COUNT, LAGS_MAX, MASKS, OUTPUT, PAST, PAST_ROWS, POSITIONS, RESIDUALS, SAMPLE_COUNT, SET,
  SET_BLOCK_COUNT, SET_BLOCKS, SET_FRACTION_BITS, SET_IS_SHIFTLESS, SET_LAGS, SET_STEP, SPREAD,
  TAP_BYTES, TAPS, VALUE_ROWS, WHITENED_ROWS,
} from "./layout";

/** Restores `rowCount` times from `firstTime` on; false when a value leaves the range. */
export function restoreRows(firstTime: i32, rowCount: i32): bool {
  const set = usize(argument(SET));
  const blockCount = usize(load<u32>(set + SET_BLOCK_COUNT));
  const lags = load<u32>(set + SET_LAGS);
  const fractionBits = load<i32>(set + SET_FRACTION_BITS);
  const stepSize = load<i32>(set + SET_STEP);
  const isShiftless = load<u32>(set + SET_IS_SHIFTLESS) != 0;
  const blocks = set + SET_BLOCKS;
  const blocksEnd = blocks + blockCount * BLOCK_BYTES;
  const pastBytes = blockCount * 16;
  const whitenedBytes = blockCount * 8;
  const step = i16x8.splat(i16(stepSize));
  const half = i32x4.splat(fractionBits == 0 ? 0 : 1 << (fractionBits - 1));
  const even = i32x4.splat(0xffff);
  let past = usize(argument(PAST_ROWS)) + usize(PAST) * pastBytes;
  let whitened = usize(argument(WHITENED_ROWS)) + usize(LAGS_MAX) * whitenedBytes;
  let values = usize(argument(VALUE_ROWS));
  let residuals = usize(argument(RESIDUALS));
  let residualBytes = 4 * usize(argument(CODED_COUNT));
  if (argument(POSITIONS) != 0) {
    spreadResiduals(rowCount, pastBytes);
    residuals = usize(argument(SPREAD));
    residualBytes = pastBytes;
  }
  const taps = usize(argument(TAPS));
  const masks = usize(argument(MASKS));
  let outside = i32x4.splat(0);
  for (let t = firstTime; t < firstTime + rowCount; t++) {
    choosePredictors(set, t);
    let pastAt = past - pastBytes;
    let whitenedAt = whitened;
    let valuesAt = values;
    let residualsAt = residuals;
    let tapsAt = taps;
    let masksAt = masks;
    let newest = i32x4.splat(0);
    for (let block = blocks; block < blocksEnd; block += BLOCK_BYTES) {
      const own = ownPrediction(block, pastAt, pastBytes);
      let coefficients = set + usize(load<u32>(block + BLOCK_COEFFICIENTS));
      const before = usize(load<u32>(block + BLOCK_INDEX_IN_GROUP)) << 3;
      const groupBytes = usize(load<u32>(block + BLOCK_GROUP_BLOCKS)) << 3;
      const group = whitenedAt - before;
      let cross = i32x4.splat(0);
      let row = group;
      for (let lag = lags; lag > 0; lag--) {
        row -= whitenedBytes;
        cross = crossSum(cross, row, row + groupBytes, coefficients);
        coefficients += groupBytes << 2;
      }
      if (before != 0) {
        cross = crossSum(cross, group, whitenedAt - 8, coefficients);
        coefficients += (before - 8) << 2;
        const first = i8x16.shuffle(newest, newest, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
        const second = i8x16.shuffle(newest, newest, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
        cross = i32x4.add(cross, i32x4.dot_i16x8_s(first, v128.load(coefficients)));
        cross = i32x4.add(cross, i32x4.dot_i16x8_s(second, v128.load(coefficients, 16)));
        coefficients += 32;
      }
      const live = v128.load(masksAt);
      const residual = v128.and(v128.load(residualsAt), live);
      const trend = stepSize == 0 ? i32x4.splat(0) : trendOf(tapsAt);
      const partial = i32x4.add(own, trend);
      let value: v128, small: v128, left: v128;
      if (isShiftless) {
        const rounded = i32x4.add(partial, half);
        const whole = v128.load(masksAt, 16);
        const known = i32x4.sub(i32x4.shl(residual, fractionBits), own);
        cross = follow(cross, block, coefficients, rounded, whole, known, 0);
        cross = follow(cross, block, coefficients, rounded, whole, known, 1);
        cross = follow(cross, block, coefficients, rounded, whole, known, 2);
        const others = shiftRows(block, cross);
        const both = i32x4.add(others, rounded);
        value = v128.and(i32x4.add(i32x4.shr_s(both, fractionBits), residual), live);
        small = value;
        left = i32x4.sub(i32x4.shl(value, fractionBits), own);
        newest = i16x8.narrow_i32x4_s(left, left);
        left = i32x4.sub(left, others);
      } else {
        const factors = v128.load(block + BLOCK_LEFT_FACTORS);
        cross = followShifted(cross, block, coefficients, partial, residual, own, half, live, 0, fractionBits);
        cross = followShifted(cross, block, coefficients, partial, residual, own, half, live, 1, fractionBits);
        cross = followShifted(cross, block, coefficients, partial, residual, own, half, live, 2, fractionBits);
        const rightFactors = v128.load(block + BLOCK_RIGHT_FACTORS);
        const others = shiftRows(block, cross);
        const both = i32x4.add(i32x4.mul(i32x4.add(others, partial), factors), half);
        value = v128.and(i32x4.add(i32x4.shr_s(both, fractionBits), residual), live);
        small = shiftLanes(value, rightFactors);
        left = i32x4.sub(shiftLanes(i32x4.shl(value, fractionBits), rightFactors), own);
        newest = i16x8.narrow_i32x4_s(left, left);
        left = i32x4.sub(left, others);
      }
      v128.store64_lane(whitenedAt, newest, 0);
      v128.store(valuesAt, value);
      const narrow = i16x8.narrow_i32x4_s(small, small);
      outside = v128.or(outside, v128.xor(i32x4.extend_low_i16x8_s(narrow), small));
      const before2 = i32x4.shl(v128.load(pastAt), 16);
      v128.store(pastAt + pastBytes, v128.or(before2, v128.and(small, even)));
      if (stepSize != 0) adapt(tapsAt, step, residual, left);
      pastAt += 16;
      whitenedAt += 8;
      valuesAt += 16;
      residualsAt += 16;
      tapsAt += TAP_BYTES;
      masksAt += 32;
    }
    past += pastBytes;
    whitened += whitenedBytes;
    values += pastBytes;
    residuals += residualBytes;
  }
  if (v128.any_true(outside)) return false;
  writeOut(firstTime, rowCount, blockCount);
  keepPast(rowCount);
  return true;
}

/** One lane of a block settled, and its whitened value given to the lanes behind it: no right shifts. */
@inline
function follow(
  cross: v128, block: usize, coefficients: usize, rounded: v128, whole: v128, known: v128,
  lane: usize,
): v128 {
  const others = i32x4.shr_s(cross, load<i32>(block + 4 * lane, BLOCK_ROW_SHIFTS));
  const full = i32x4.add(v128.and(i32x4.add(others, rounded), whole), known);
  const splat = splatLane(i16x8.narrow_i32x4_s(full, full), lane);
  return i32x4.add(cross, i32x4.dot_i16x8_s(splat, v128.load(coefficients + 16 * lane)));
}

/** The same under right shifts. */
@inline
function followShifted(
  cross: v128, block: usize, coefficients: usize, partial: v128, residual: v128, own: v128,
  half: v128, live: v128, lane: usize, fractionBits: i32,
): v128 {
  const others = i32x4.shr_s(cross, load<i32>(block + 4 * lane, BLOCK_ROW_SHIFTS));
  const rightShift = load<i32>(block + 4 * lane, BLOCK_RIGHT_SHIFTS);
  const both = i32x4.add(i32x4.shl(i32x4.add(others, partial), rightShift), half);
  const value = v128.and(i32x4.add(i32x4.shr_s(both, fractionBits), residual), live);
  const full = i32x4.sub(i32x4.shr_s(i32x4.shl(value, fractionBits), rightShift), own);
  const splat = splatLane(i16x8.narrow_i32x4_s(full, full), lane);
  return i32x4.add(cross, i32x4.dot_i16x8_s(splat, v128.load(coefficients + 16 * lane)));
}

/** One of eight 16-bit lanes in all of them; `lane` is constant where this is inlined. */
@inline
function splatLane(values: v128, lane: usize): v128 {
  if (lane == 0) {
    return i8x16.shuffle(values, values, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1);
  }
  if (lane == 1) {
    return i8x16.shuffle(values, values, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3);
  }
  return i8x16.shuffle(values, values, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5);
}

/** Residuals of the coded channels to their positions; the masks clear what lies between. */
function spreadResiduals(rowCount: i32, rowBytes: usize): void {
  const count = usize(argument(CODED_COUNT));
  const positions = usize(argument(POSITIONS));
  let from = usize(argument(RESIDUALS));
  let to = usize(argument(SPREAD));
  for (let r = 0; r < rowCount; r++) {
    for (let k: usize = 0; k < count; k++) {
      store<i32>(to + 4 * usize(load<u32>(positions + 4 * k)), load<i32>(from + 4 * k));
    }
    from += 4 * count;
    to += rowBytes;
  }
}

/** Rows of values to columns of samples, the base of each channel added. */
export function writeOut(firstTime: i32, rowCount: i32, blockCount: usize): void {
  const rowBytes = blockCount * 16;
  const sampleBytes = 4 * usize(argument(SAMPLE_COUNT));
  const output = usize(argument(OUTPUT)) + 4 * usize(firstTime);
  const rows = usize(argument(VALUE_ROWS));
  const channels = usize(argument(CHANNELS));
  const bases = usize(argument(BASES));
  let coded: usize = 0;
  for (let position: usize = 0; position < 4 * blockCount; position++) {
    const channel = load<i32>(channels + 4 * position);
    if (channel < 0) continue;
    const base = load<i32>(bases + 4 * coded++);
    let to = output + usize(channel) * sampleBytes;
    if (firstTime == 1) store<i32>(to - 4, base);
    let from = rows + 4 * position;
    for (let r = 0; r < rowCount; r++) {
      store<i32>(to, base + load<i32>(from));
      to += 4;
      from += rowBytes;
    }
  }
}
