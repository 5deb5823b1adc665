/**
 * AssemblyScript. What decoding and encoding of a block of four channels share.
 *
 * Sole owner of the vector forms of the format's sums. All arithmetic is modulo 2^32, as the format
 * wants; i32x4.dot_i16x8_s wraps in the same way.
 *
 * @see core/chunk/FORMAT.md, "Samples"
 */

import { shortMinusOne, shortOne } from "./constants";
import {
  argument, BLOCK_BYTES, BLOCK_FILTER_COUNT, BLOCK_FILTER_MASKS, BLOCK_FILTERS, BLOCK_IS_UNIFORM,
  BLOCK_ROW_FACTORS, BLOCK_ROW_SHIFTS, CURRENT_PREDICTORS, GROUP_BYTES, GROUP_OCTETS, LAGS_MAX, LIVE,
  MASKS, PAST, PAST_ROWS, PREDICTOR_BYTES, PREDICTOR_PAIRS, ROWS_MAX, SET, SET_BLOCK_COUNT, SET_BLOCKS,
  SET_FILTER_COUNT, SET_FILTERS, SET_GROUP_COUNT, TAP_BYTES, TAPS, WHITENED_ROWS,
} from "./layout";

/** Clears the past and makes the masks of what is coded. */
export function openBlocks(): void {
  const set = usize(argument(SET));
  const blockCount = usize(load<u32>(set + SET_BLOCK_COUNT));
  const live = usize(argument(LIVE));
  const masks = usize(argument(MASKS));
  memory.fill(usize(argument(PAST_ROWS)), 0, usize(PAST) * blockCount * 16);
  forgetWhitened();
  memory.fill(usize(argument(TAPS)), 0, blockCount * TAP_BYTES);
  for (let b: usize = 0; b < blockCount; b++) {
    const bytes = v128.load32_zero(live + 4 * b);
    const lanes = i32x4.neg(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
    v128.store(masks + 16 * b, lanes);
  }
}

/** Moves the last rows to where the next ones look for their past. */
export function keepPast(rowCount: i32): void {
  const blockCount = usize(load<u32>(usize(argument(SET)) + SET_BLOCK_COUNT));
  const past = usize(argument(PAST_ROWS));
  const pastBytes = blockCount * 16;
  memory.copy(past, past + usize(rowCount) * pastBytes, usize(PAST) * pastBytes);
  const set = usize(argument(SET));
  let group = firstGroup(set);
  let whitened = usize(argument(WHITENED_ROWS));
  for (let count = load<u32>(set + SET_GROUP_COUNT); count > 0; count--) {
    const rowBytes = 16 * usize(load<u32>(group + GROUP_OCTETS));
    memory.copy(whitened, whitened + usize(rowCount) * rowBytes, usize(LAGS_MAX) * rowBytes);
    whitened += usize(LAGS_MAX + ROWS_MAX) * rowBytes;
    group += GROUP_BYTES;
  }
}

/** Each group has rows of its own, so that its lags lie one behind the other. */
function forgetWhitened(): void {
  const set = usize(argument(SET));
  let group = firstGroup(set);
  let whitened = usize(argument(WHITENED_ROWS));
  for (let count = load<u32>(set + SET_GROUP_COUNT); count > 0; count--) {
    const rowBytes = 16 * usize(load<u32>(group + GROUP_OCTETS));
    memory.fill(whitened, 0, usize(LAGS_MAX + ROWS_MAX) * rowBytes);
    whitened += usize(LAGS_MAX + ROWS_MAX) * rowBytes;
    group += GROUP_BYTES;
  }
}

@inline
export function firstGroup(set: usize): usize {
  return set + SET_BLOCKS + usize(load<u32>(set + SET_BLOCK_COUNT)) * BLOCK_BYTES;
}

/** Chooses each filter's predictor for time t: the order is at most t. */
@inline
export function choosePredictors(set: usize, t: i32): void {
  const filterCount = load<i32>(set + SET_FILTER_COUNT);
  for (let f: usize = 0; f < usize(filterCount); f++) {
    const order = min<u32>(u32(t), load<u32>(set + SET_FILTERS + 8 * f));
    const predictors = set + load<u32>(set + SET_FILTERS + 4 + 8 * f);
    store<u32>(CURRENT_PREDICTORS + 4 * f, u32(predictors + usize(order) * PREDICTOR_BYTES));
  }
}

/** A predictor over pairs of past values, newest pair at `past`. */
export function filterSum(predictor: usize, past: usize, pastBytes: usize): v128 {
  let sum = i32x4.splat(0);
  let other = i32x4.splat(0);
  const step = pastBytes << 1;
  let pairs = predictor + PREDICTOR_PAIRS;
  const pairsEnd = pairs + 4 * usize(load<u32>(predictor + 8));
  let at = past;
  while (pairs < pairsEnd) {
    const four = v128.load(pairs);
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(at), splat32(four, 0)));
    at -= step;
    other = i32x4.add(other, i32x4.dot_i16x8_s(v128.load(at), splat32(four, 1)));
    at -= step;
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(at), splat32(four, 2)));
    at -= step;
    other = i32x4.add(other, i32x4.dot_i16x8_s(v128.load(at), splat32(four, 3)));
    at -= step;
    pairs += 16;
  }
  return i32x4.add(sum, other);
}

@inline
export function shiftSum(predictor: usize, sum: v128): v128 {
  return i32x4.shr_s(i32x4.shl(sum, load<i32>(predictor, 4)), load<i32>(predictor));
}

/** One of four 32-bit lanes in all of them; `lane` is constant where this is inlined. */
@inline
export function splat32(values: v128, lane: usize): v128 {
  if (lane == 0) {
    return i8x16.shuffle(values, values, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
  }
  if (lane == 1) {
    return i8x16.shuffle(values, values, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
  }
  if (lane == 2) {
    return i8x16.shuffle(values, values, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11);
  }
  return i8x16.shuffle(values, values, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}

/** `own` of the format. */
function ownPrediction(block: usize, past: usize, pastBytes: usize): v128 {
  const first = usize(load<u32>(CURRENT_PREDICTORS + 4 * usize(load<u32>(block + BLOCK_FILTERS))));
  let own = shiftSum(first, filterSum(first, past, pastBytes));
  const filterCount = usize(load<u32>(block + BLOCK_FILTER_COUNT));
  for (let f: usize = 1; f < filterCount; f++) {
    const index = usize(load<u32>(block + BLOCK_FILTERS + 4 * f));
    const predictor = usize(load<u32>(CURRENT_PREDICTORS + 4 * index));
    const other = shiftSum(predictor, filterSum(predictor, past, pastBytes));
    own = v128.bitselect(other, own, v128.load(block + BLOCK_FILTER_MASKS + 16 * f));
  }
  return own;
}

/** From this time on no filter's order grows any more; a multiple of eight. */
const STEADY_TIME: i32 = PAST;

/** `own` of the format, by the faster of two ways. */
@inline
export function predictionOf(
  block: usize, t: i32, past: usize, pastBytes: usize, partials: usize,
): v128 {
  if (t >= STEADY_TIME && load<u32>(block, BLOCK_FILTER_COUNT) == 1) {
    const filter = usize(load<u32>(block, BLOCK_FILTERS));
    const predictor = usize(load<u32>(CURRENT_PREDICTORS + 4 * filter));
    return steadyPrediction(predictor, t, past, pastBytes, partials);
  }
  return ownPrediction(block, past, pastBytes);
}

/**
 * `own` at time t once every filter has reached its order, for a block of one filter. At times 0 and 1 of
 * eight each row of the past is loaded once for the sums of four times, t, t + 2, t + 4 and t + 6; at the
 * other times only the rows since then are missing. A load is dear where its bounds are checked.
 */
@inline
function steadyPrediction(
  predictor: usize, t: i32, past: usize, pastBytes: usize, partials: usize,
): v128 {
  const phase = usize(t & 7);
  const step = pastBytes << 1;
  let pairs = predictor + PREDICTOR_PAIRS;
  let four = v128.load(pairs);
  if (phase >= 2) {
    let sum = v128.load(partials + 16 * phase);
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(past), splat32(four, 0)));
    if (phase >= 4) {
      past -= step;
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(past), splat32(four, 1)));
      if (phase >= 6) {
        past -= step;
        sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(past), splat32(four, 2)));
      }
    }
    return shiftSum(predictor, sum);
  }
  const pairsEnd = pairs + 4 * usize(load<u32>(predictor, 8));
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  while (pairs < pairsEnd) {
    pairs += 16;
    const next = v128.load(pairs);
    const c1 = splat32(four, 1);
    const c2 = splat32(four, 2);
    const c3 = splat32(four, 3);
    let row = v128.load(past);
    past -= step;
    a = i32x4.add(a, i32x4.dot_i16x8_s(row, splat32(four, 0)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(row, c1));
    c = i32x4.add(c, i32x4.dot_i16x8_s(row, c2));
    d = i32x4.add(d, i32x4.dot_i16x8_s(row, c3));
    row = v128.load(past);
    past -= step;
    const c4 = splat32(next, 0);
    a = i32x4.add(a, i32x4.dot_i16x8_s(row, c1));
    b = i32x4.add(b, i32x4.dot_i16x8_s(row, c2));
    c = i32x4.add(c, i32x4.dot_i16x8_s(row, c3));
    d = i32x4.add(d, i32x4.dot_i16x8_s(row, c4));
    row = v128.load(past);
    past -= step;
    const c5 = splat32(next, 1);
    a = i32x4.add(a, i32x4.dot_i16x8_s(row, c2));
    b = i32x4.add(b, i32x4.dot_i16x8_s(row, c3));
    c = i32x4.add(c, i32x4.dot_i16x8_s(row, c4));
    d = i32x4.add(d, i32x4.dot_i16x8_s(row, c5));
    row = v128.load(past);
    past -= step;
    a = i32x4.add(a, i32x4.dot_i16x8_s(row, c3));
    b = i32x4.add(b, i32x4.dot_i16x8_s(row, c4));
    c = i32x4.add(c, i32x4.dot_i16x8_s(row, c5));
    d = i32x4.add(d, i32x4.dot_i16x8_s(row, splat32(next, 2)));
    four = next;
  }
  partials += 16 * phase;
  v128.store(partials, b, 32);
  v128.store(partials, c, 64);
  v128.store(partials, d, 96);
  return shiftSum(predictor, a);
}

/** Adds four pairs times coefficients, between which lie those of the next block. */
@inline
export function addOctet(sum: v128, eight: v128, coefficients: usize): v128 {
  sum = addEveryOther(sum, eight, coefficients);
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(splat32(eight, 2), v128.load(coefficients, 64)));
  return i32x4.add(sum, i32x4.dot_i16x8_s(splat32(eight, 3), v128.load(coefficients, 96)));
}

/** The same of the two pairs in the lower half. */
@inline
export function addEveryOther(sum: v128, four: v128, coefficients: usize): v128 {
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(splat32(four, 0), v128.load(coefficients)));
  return i32x4.add(sum, i32x4.dot_i16x8_s(splat32(four, 1), v128.load(coefficients, 32)));
}

/** Adds the two pairs in the lower half of `four`. */
@inline
export function addPairs(sum: v128, four: v128, coefficients: usize): v128 {
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(splat32(four, 0), v128.load(coefficients)));
  return i32x4.add(sum, i32x4.dot_i16x8_s(splat32(four, 1), v128.load(coefficients, 16)));
}

/** Arithmetic shift of each lane by its own count, given as 2^(30 - count). */
@inline
export function shiftLanes(lanes: v128, factors: v128): v128 {
  const low = i64x2.shr_u(i64x2.extmul_low_i32x4_s(lanes, factors), 30);
  const high = i64x2.shr_u(i64x2.extmul_high_i32x4_s(lanes, factors), 30);
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

/** `others` of the format. */
@inline
export function shiftRows(block: usize, cross: v128): v128 {
  if (load<u32>(block + BLOCK_IS_UNIFORM) != 0) {
    return i32x4.shr_s(cross, load<i32>(block + BLOCK_ROW_SHIFTS));
  }
  return shiftLanes(cross, v128.load(block + BLOCK_ROW_FACTORS));
}

/** `trend` of the format, from the taps and what was left over at the last four times. */
@inline
export function trendOf(nearTaps: v128, farTaps: v128, near: v128, far: v128): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(nearTaps, near), i32x4.dot_i16x8_s(farTaps, far));
  return i32x4.shr_s(sum, 14);
}

/** Moves the taps by the sign of the residual, then takes in what was left over. */
@inline
export function adapt(
  taps: usize, step: v128, residual: v128, left: v128, nearTaps: v128, farTaps: v128, near: v128,
  far: v128,
): void {
  const zero = i32x4.splat(0);
  const sign = i16x8.sub(i32x4.lt_s(residual, zero), i32x4.gt_s(residual, zero));
  const move = i16x8.mul(sign, step);
  v128.store(taps, i16x8.add_sat_s(nearTaps, i16x8.mul(move, signs(near))));
  v128.store(taps, i16x8.add_sat_s(farTaps, i16x8.mul(move, signs(far))), 16);
  const newest = i32x4.extend_low_i16x8_u(i16x8.narrow_i32x4_s(left, left));
  v128.store(taps, v128.or(i32x4.shl(near, 16), newest), 32);
  v128.store(taps, v128.or(i32x4.shl(far, 16), i32x4.shr_u(near, 16)), 48);
}

@inline
function signs(values: v128): v128 {
  return i16x8.max_s(i16x8.min_s(values, shortOne()), shortMinusOne());
}
