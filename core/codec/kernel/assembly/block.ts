/**
 * AssemblyScript. What decoding and encoding of a block of four channels share.
 *
 * Sole owner of the vector forms of the format's sums. All arithmetic is modulo 2^32, as the format
 * wants; i32x4.dot_i16x8_s wraps in the same way.
 *
 * @see core/chunk/FORMAT.md, "Samples"
 */

import {
  argument, BLOCK_BYTES, BLOCK_FILTER_COUNT, BLOCK_FILTER_MASKS, BLOCK_FILTERS, BLOCK_IS_UNIFORM,
  BLOCK_ROW_FACTORS, BLOCK_ROW_SHIFTS, CURRENT_PREDICTORS, LAGS_MAX, LIVE, MASKS, PAST,
  PAST_ROWS, PREDICTOR_BYTES, PREDICTOR_PAIRS, SET, SET_BLOCK_COUNT, SET_FILTER_COUNT, SET_FILTERS,
  SET_FRACTION_BITS, TAP_BYTES, TAPS, WHITENED_ROWS,
} from "./layout";

/** Clears the past and makes the masks of what is coded. */
export function openBlocks(): void {
  const set = usize(argument(SET));
  const blockCount = usize(load<u32>(set + SET_BLOCK_COUNT));
  const fraction = i32x4.splat((1 << load<i32>(set + SET_FRACTION_BITS)) - 1);
  const live = usize(argument(LIVE));
  const masks = usize(argument(MASKS));
  memory.fill(usize(argument(PAST_ROWS)), 0, usize(PAST) * blockCount * 16);
  memory.fill(usize(argument(WHITENED_ROWS)), 0, usize(LAGS_MAX) * blockCount * 8);
  memory.fill(usize(argument(TAPS)), 0, blockCount * TAP_BYTES);
  for (let b: usize = 0; b < blockCount; b++) {
    const bytes = v128.load32_zero(live + 4 * b);
    const lanes = i32x4.neg(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
    v128.store(masks + 32 * b, lanes);
    v128.store(masks + 32 * b + 16, v128.andnot(lanes, fraction));
  }
}

/** Moves the last rows to where the next ones look for their past. */
export function keepPast(rowCount: i32): void {
  const blockCount = usize(load<u32>(usize(argument(SET)) + SET_BLOCK_COUNT));
  const past = usize(argument(PAST_ROWS));
  const whitened = usize(argument(WHITENED_ROWS));
  const pastBytes = blockCount * 16;
  const whitenedBytes = blockCount * 8;
  memory.copy(past, past + usize(rowCount) * pastBytes, usize(PAST) * pastBytes);
  memory.copy(whitened, whitened + usize(rowCount) * whitenedBytes, usize(LAGS_MAX) * whitenedBytes);
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
@inline
function filterSum(predictor: usize, past: usize, pastBytes: usize): v128 {
  let sum = i32x4.splat(0);
  let other = i32x4.splat(0);
  const step = pastBytes << 1;
  let pairs = predictor + PREDICTOR_PAIRS;
  const pairsEnd = pairs + 4 * usize(load<u32>(predictor + 8));
  let at = past;
  while (pairs < pairsEnd) {
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(at), v128.load32_splat(pairs)));
    at -= step;
    other = i32x4.add(other, i32x4.dot_i16x8_s(v128.load(at), v128.load32_splat(pairs, 4)));
    at -= step;
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(at), v128.load32_splat(pairs, 8)));
    at -= step;
    other = i32x4.add(other, i32x4.dot_i16x8_s(v128.load(at), v128.load32_splat(pairs, 12)));
    at -= step;
    pairs += 16;
  }
  sum = i32x4.add(sum, other);
  return i32x4.shr_s(i32x4.shl(sum, load<i32>(predictor + 4)), load<i32>(predictor));
}

/** `own` of the format. */
@inline
export function ownPrediction(block: usize, past: usize, pastBytes: usize): v128 {
  const first = usize(load<u32>(CURRENT_PREDICTORS + 4 * usize(load<u32>(block + BLOCK_FILTERS))));
  let own = filterSum(first, past, pastBytes);
  const filterCount = usize(load<u32>(block + BLOCK_FILTER_COUNT));
  for (let f: usize = 1; f < filterCount; f++) {
    const index = usize(load<u32>(block + BLOCK_FILTERS + 4 * f));
    const other = filterSum(usize(load<u32>(CURRENT_PREDICTORS + 4 * index)), past, pastBytes);
    own = v128.bitselect(other, own, v128.load(block + BLOCK_FILTER_MASKS + 16 * f));
  }
  return own;
}

/** Adds pairs of whitened values from `from` to `to` times coefficients from `coefficients` on. */
@inline
export function crossSum(sum: v128, from: usize, to: usize, coefficients: usize): v128 {
  let other = i32x4.splat(0);
  for (let at = from; at < to; at += 8) {
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.load32_splat(at), v128.load(coefficients)),
    );
    other = i32x4.add(
      other,
      i32x4.dot_i16x8_s(v128.load32_splat(at, 4), v128.load(coefficients, 16)),
    );
    coefficients += 32;
  }
  return i32x4.add(sum, other);
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

/** `trend` of the format. */
@inline
export function trendOf(taps: usize): v128 {
  const near = i32x4.dot_i16x8_s(v128.load(taps), v128.load(taps, 32));
  const far = i32x4.dot_i16x8_s(v128.load(taps, 16), v128.load(taps, 48));
  return i32x4.shr_s(i32x4.add(near, far), 14);
}

/** Moves the taps by the sign of the residual, then takes in what was left over. */
@inline
export function adapt(taps: usize, step: v128, residual: v128, left: v128): void {
  const zero = i32x4.splat(0);
  const sign = i16x8.sub(i32x4.lt_s(residual, zero), i32x4.gt_s(residual, zero));
  const move = i16x8.mul(sign, step);
  const near = v128.load(taps, 32);
  const far = v128.load(taps, 48);
  v128.store(taps, i16x8.add_sat_s(v128.load(taps), i16x8.mul(move, signs(near))));
  v128.store(taps, i16x8.add_sat_s(v128.load(taps, 16), i16x8.mul(move, signs(far))), 16);
  const newest = i32x4.extend_low_i16x8_u(i16x8.narrow_i32x4_s(left, left));
  v128.store(taps, v128.or(i32x4.shl(near, 16), newest), 32);
  v128.store(taps, v128.or(i32x4.shl(far, 16), i32x4.shr_u(near, 16)), 48);
}

@inline
function signs(values: v128): v128 {
  return i16x8.max_s(i16x8.min_s(values, i16x8.splat(1)), i16x8.splat(-1));
}
