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
  adapt, addEveryOther, addOctet, addPairs, choosePredictors, firstGroup, keepPast, predictionOf, shiftLanes,
  shiftRows, trendOf,
} from "./block";
import { lowHalves } from "./constants";
import {
  argument, ARGUMENTS, BASES, BLOCK_BYTES, BLOCK_LEFT_FACTORS,
  BLOCK_RIGHT_FACTORS, BLOCK_RIGHT_SHIFTS, BLOCK_ROW_SHIFTS, CHANNELS, CODED_COUNT,
  GROUP_BLOCKS, GROUP_BYTES, GROUP_COEFFICIENTS, GROUP_OCTETS, LAGS_MAX, LOW_BITS, MASKS,
  OUTPUT, OUTSIDE_POSITION_RESULT, OUTSIDE_TIME_RESULT, OUTSIDE_VALUE_RESULT, PARTIAL_BYTES, PARTIALS, PAST, PAST_ROWS, POSITIONS, RESIDUALS, ROWS_MAX, SAMPLE_COUNT, SET,
  SET_BLOCK_COUNT, SET_BLOCKS, SET_FRACTION_BITS, SET_GROUP_COUNT, SET_IS_SHIFTLESS, SET_LAGS,
  SET_STEP, SPREAD, TAP_BYTES, TAPS, VALUE_ROWS, WHITENED_ROWS,
} from "./layout";

/** Restores `rowCount` times from `firstTime` on; false when a value leaves the range. */
export function restoreRows(firstTime: i32, rowCount: i32): bool {
  const set = usize(argument(SET));
  const blockCount = usize(load<u32>(set + SET_BLOCK_COUNT));
  const lags = load<u32>(set + SET_LAGS);
  const fractionBits = load<i32>(set + SET_FRACTION_BITS);
  const stepSize = load<i32>(set + SET_STEP);
  const isShiftless = load<u32>(set + SET_IS_SHIFTLESS) != 0;
  const pastBytes = blockCount * 16;
  const step = i16x8.splat(i16(stepSize));
  const half = i32x4.splat(fractionBits == 0 ? 0 : 1 << (fractionBits - 1));
  const fraction = i32x4.splat((1 << fractionBits) - 1);
  let past = usize(argument(PAST_ROWS)) + usize(PAST) * pastBytes;
  let values = usize(argument(VALUE_ROWS));
  let residuals = usize(argument(RESIDUALS));
  let residualBytes = 4 * usize(argument(CODED_COUNT));
  if (argument(POSITIONS) != 0) {
    spreadResiduals(rowCount, pastBytes);
    residuals = usize(argument(SPREAD));
    residualBytes = pastBytes;
  }
  let outside = i32x4.splat(0);
  for (let r = 0; r < rowCount; r++) {
    const t = firstTime + r;
    // Beyond that every filter has reached its order.
    if (t <= PAST) choosePredictors(set, t);
    let pastAt = past - pastBytes;
    let valuesAt = values;
    let residualsAt = residuals;
    let tapsAt = usize(argument(TAPS));
    let masksAt = usize(argument(MASKS));
    let partialsAt = usize(argument(PARTIALS));
    let rowsAt = usize(argument(WHITENED_ROWS));
    let group = firstGroup(set);
    let block = set + SET_BLOCKS;
    for (let groups = load<u32>(set + SET_GROUP_COUNT); groups > 0; groups--) {
      let coefficients = set + usize(load<u32>(group, GROUP_COEFFICIENTS));
      const groupBlocks = usize(load<u32>(group, GROUP_BLOCKS));
      const rowBytes = usize(load<u32>(group, GROUP_OCTETS)) << 4;
      const row = rowsAt + usize(LAGS_MAX + r) * rowBytes;
      const firstRow = row - usize(lags) * rowBytes;
      let newest = i32x4.splat(0);
      let older = newest;
      let waiting = newest;
      for (let index: usize = 0; index < groupBlocks; index++) {
        const own = predictionOf(block, t, pastAt, pastBytes, partialsAt);
        let cross: v128;
        if ((index & 1) == 0) {
          // Lags q to 1, then those of lag 0 that are not in registers any more: for two blocks at once,
          // so that whitened values are loaded and spread for both.
          cross = i32x4.splat(0);
          waiting = cross;
          const rowEnd = index == 0 ? row : row + (index << 3) - 16;
          for (let at = firstRow; at < rowEnd; at += 16) {
            const eight = v128.load(at);
            cross = addOctet(cross, eight, coefficients);
            waiting = addOctet(waiting, eight, coefficients + 16);
            coefficients += 128;
          }
          if (index != 0) {
            cross = addEveryOther(addEveryOther(cross, older, coefficients), newest, coefficients + 64);
            coefficients += 16;
            waiting = addEveryOther(
              addEveryOther(waiting, older, coefficients), newest, coefficients + 64,
            );
            coefficients += 112;
          }
        } else {
          cross = addPairs(waiting, newest, coefficients);
          coefficients += 32;
        }
        const live = v128.load(masksAt);
        const residual = v128.and(v128.load(residualsAt), live);
        const nearTaps = v128.load(tapsAt);
        const farTaps = v128.load(tapsAt, 16);
        const near = v128.load(tapsAt, 32);
        const far = v128.load(tapsAt, 48);
        const trend = trendOf(nearTaps, farTaps, near, far);
        const partial = i32x4.add(own, trend);
        let value: v128, small: v128, left: v128;
        older = newest;
        if (isShiftless) {
          const rounded = i32x4.add(partial, half);
          const whole = v128.andnot(live, fraction);
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
          cross = followShifted(cross, block, coefficients, partial, residual, own, half, live, 0, fractionBits);
          cross = followShifted(cross, block, coefficients, partial, residual, own, half, live, 1, fractionBits);
          cross = followShifted(cross, block, coefficients, partial, residual, own, half, live, 2, fractionBits);
          const others = shiftRows(block, cross);
          const factors = v128.load(block, BLOCK_RIGHT_FACTORS);
          const scaled = i32x4.mul(i32x4.add(others, partial), v128.load(block, BLOCK_LEFT_FACTORS));
          const both = i32x4.add(scaled, half);
          value = v128.and(i32x4.add(i32x4.shr_s(both, fractionBits), residual), live);
          small = shiftLanes(value, factors);
          left = i32x4.sub(shiftLanes(i32x4.shl(value, fractionBits), factors), own);
          newest = i16x8.narrow_i32x4_s(left, left);
          left = i32x4.sub(left, others);
        }
        coefficients += 48;
        // Whole vectors, so that a later load of an octet finds one store.
        const octet = (index & 1) == 0 ? newest : joinHalves(older, newest);
        v128.store(row + (index >> 1 << 4), octet);
        v128.store(valuesAt, value);
        const narrow = i16x8.narrow_i32x4_s(small, small);
        outside = v128.or(outside, v128.xor(i32x4.extend_low_i16x8_s(narrow), small));
        const before = i32x4.shl(v128.load(pastAt), 16);
        v128.store(pastAt + pastBytes, v128.or(before, v128.and(small, lowHalves())));
        if (stepSize != 0) {
          adapt(tapsAt, step, residual, left, nearTaps, farTaps, near, far);
        }
        pastAt += 16;
        valuesAt += 16;
        residualsAt += 16;
        tapsAt += TAP_BYTES;
        masksAt += 16;
        partialsAt += PARTIAL_BYTES;
        block += BLOCK_BYTES;
      }
      rowsAt += usize(LAGS_MAX + ROWS_MAX) * rowBytes;
      group += GROUP_BYTES;
    }
    past += pastBytes;
    values += pastBytes;
    residuals += residualBytes;
  }
  if (v128.any_true(outside)) {
    findOutside(firstTime, rowCount, blockCount);
    return false;
  }
  writeOut(firstTime, rowCount, blockCount);
  keepPast(rowCount);
  return true;
}

/** The lower half of one vector, and of another above it. */
@inline
function joinHalves(low: v128, high: v128): v128 {
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
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

/** Says which value left its range first; those after it are not to be believed. */
function findOutside(firstTime: i32, rowCount: i32, blockCount: usize): void {
  const blocks = usize(argument(SET)) + SET_BLOCKS;
  let at = usize(argument(VALUE_ROWS));
  for (let t = firstTime; t < firstTime + rowCount; t++) {
    for (let position: usize = 0; position < 4 * blockCount; position++) {
      const block = blocks + (position >> 2) * BLOCK_BYTES;
      const value = load<i32>(at);
      const small = value >> load<i32>(block + 4 * (position & 3), BLOCK_RIGHT_SHIFTS);
      if (small != i32(i16(small))) {
        store<i32>(ARGUMENTS + OUTSIDE_TIME_RESULT, t);
        store<i32>(ARGUMENTS + OUTSIDE_POSITION_RESULT, i32(position));
        store<i32>(ARGUMENTS + OUTSIDE_VALUE_RESULT, value);
        return;
      }
      at += 4;
    }
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
  const lowBits = usize(argument(LOW_BITS));
  let coded: usize = 0;
  for (let position: usize = 0; position < 4 * blockCount; position++) {
    const channel = load<i32>(channels + 4 * position);
    if (channel < 0) continue;
    const base = load<i32>(bases + 4 * coded++);
    const shift = load<i32>(lowBits + 4 * position);
    const to = output + usize(channel) * sampleBytes;
    const from = rows + 4 * position;
    if (firstTime == 1) store<i32>(to - 4, base);
    writeColumn(from, rowBytes, rowCount, to, base, shift);
  }
}

/** A column of values as samples of a channel, four at a time. */
function writeColumn(
  from: usize, rowBytes: usize, rowCount: i32, to: usize, base: i32, shift: i32,
): void {
  const bases = i32x4.splat(base);
  let r = 0;
  for (; r + 4 <= rowCount; r += 4) {
    let four = v128.load32_zero(from);
    four = v128.load32_lane(from + rowBytes, four, 1);
    four = v128.load32_lane(from + 2 * rowBytes, four, 2);
    four = v128.load32_lane(from + 3 * rowBytes, four, 3);
    v128.store(to, i32x4.add(bases, i32x4.shl(four, shift)));
    from += rowBytes << 2;
    to += 16;
  }
  for (; r < rowCount; r++) {
    store<i32>(to, base + (load<i32>(from) << shift));
    to += 4;
    from += rowBytes;
  }
}
