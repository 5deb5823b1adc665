/**
 * AssemblyScript. The heavy loops of learning, in whole numbers.
 *
 * Sums are exact whatever their order: products are added in 32 bits only as long as the largest of them
 * cannot overflow, then in 64.
 */

import { PREDICTOR_BYTES } from "./layout";
import { filterSum, shiftSum } from "./block";

/** Vectors of products that 32 bits hold, for values up to the largest in these rows. */
function safeVectors(from: usize, to: usize): usize {
  let high = i16x8.splat(0);
  for (let at = from; at < to; at += 16) high = i16x8.max_u(high, i16x8.abs(v128.load(at)));
  let largest: u32 = 1;
  largest = max<u32>(largest, u32(i16x8.extract_lane_u(high, 0)));
  largest = max<u32>(largest, u32(i16x8.extract_lane_u(high, 1)));
  largest = max<u32>(largest, u32(i16x8.extract_lane_u(high, 2)));
  largest = max<u32>(largest, u32(i16x8.extract_lane_u(high, 3)));
  largest = max<u32>(largest, u32(i16x8.extract_lane_u(high, 4)));
  largest = max<u32>(largest, u32(i16x8.extract_lane_u(high, 5)));
  largest = max<u32>(largest, u32(i16x8.extract_lane_u(high, 6)));
  largest = max<u32>(largest, u32(i16x8.extract_lane_u(high, 7)));
  return usize(0x7fffffff / (2 * largest * largest));
}

@inline
function total(sums: v128): i64 {
  const pairs = i64x2.add(i64x2.extend_low_i32x4_s(sums), i64x2.extend_high_i32x4_s(sums));
  return i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1);
}

/** Products of one row with four others, whole vectors; four f64 to `output`. */
function correlateFour(
  one: usize, a: usize, b: usize, c: usize, d: usize, byteLength: usize, safeBytes: usize,
  output: usize,
): void {
  let sumA: i64 = 0;
  let sumB: i64 = 0;
  let sumC: i64 = 0;
  let sumD: i64 = 0;
  for (let at: usize = 0; at < byteLength;) {
    const end = min<usize>(byteLength, at + safeBytes);
    let as = i32x4.splat(0);
    let bs = as;
    let cs = as;
    let ds = as;
    for (; at < end; at += 16) {
      const values = v128.load(one + at);
      as = i32x4.add(as, i32x4.dot_i16x8_s(values, v128.load(a + at)));
      bs = i32x4.add(bs, i32x4.dot_i16x8_s(values, v128.load(b + at)));
      cs = i32x4.add(cs, i32x4.dot_i16x8_s(values, v128.load(c + at)));
      ds = i32x4.add(ds, i32x4.dot_i16x8_s(values, v128.load(d + at)));
    }
    sumA += total(as);
    sumB += total(bs);
    sumC += total(cs);
    sumD += total(ds);
  }
  store<f64>(output, f64(sumA));
  store<f64>(output, f64(sumB), 8);
  store<f64>(output, f64(sumC), 16);
  store<f64>(output, f64(sumD), 24);
}

/**
 * Products of every two channels at every lag, f64 of shape (lags, channels, channels rounded up to 4).
 *
 * Rows of `stride` bytes hold whole vectors, with zeros behind the samples and `stride - byteLength` bytes
 * of zeros before them; three more rows may be read behind the last. Of lag 0 only d ≤ c is filled.
 */
export function covary(
  rows: usize, stride: usize, byteLength: usize, channelCount: usize, lagCount: usize, output: usize,
): void {
  const safeBytes = safeVectors(rows, rows + channelCount * stride - (stride - byteLength)) << 4;
  const across = (channelCount + 3) & ~3;
  for (let lag: usize = 0; lag < lagCount; lag++) {
    for (let c: usize = 0; c < channelCount; c++) {
      const one = rows + c * stride;
      const end = lag == 0 ? c + 1 : channelCount;
      for (let d: usize = 0; d < end; d += 4) {
        const a = rows + d * stride - 2 * lag;
        correlateFour(
          one, a, a + stride, a + 2 * stride, a + 3 * stride, byteLength, safeBytes,
          output + 8 * ((lag * channelCount + c) * across + d),
        );
      }
    }
  }
}

/** Products of a row with itself at every lag, f64; lags rounded up to 4. Zeros lie before and behind. */
export function autocorrelate(row: usize, byteLength: usize, lagCount: usize, output: usize): void {
  const safeBytes = safeVectors(row, row + byteLength) << 4;
  for (let lag: usize = 0; lag < lagCount; lag += 4) {
    const a = row - 2 * lag;
    correlateFour(row, a, a - 2, a - 4, a - 6, byteLength, safeBytes, output + 8 * lag);
  }
}

/**
 * Whitens a channel: values of i32, whose first is 0 and which fit 16 bits after the shift, to i16 between
 * -32767 and 32767. `past` is room for pairs of values: 32 bits for each, behind 32 zeros.
 */
export function whiten(
  values: usize, sampleCount: i32, predictors: usize, order: i32, rightShift: i32, fractionBits: i32,
  past: usize, output: usize,
): void {
  let before: u32 = 0;
  for (let t: usize = 0; t < usize(sampleCount); t++) {
    const value = u32(load<i32>(values + 4 * t) >> rightShift);
    store<u32>(past + 4 * t, (value & 0xffff) | (before << 16));
    before = value;
  }
  let t = 0;
  store<i16>(output, 0);
  // While the order grows each time has a predictor of its own; lane 0 is the one believed.
  for (t = 1; t < min<i32>(order, sampleCount); t++) {
    const predictor = predictors + usize(t) * PREDICTOR_BYTES;
    const own = shiftSum(predictor, filterSum(predictor, past + 4 * usize(t - 1), 4));
    whitenFour(values + 4 * usize(t), own, rightShift, fractionBits, output + 2 * usize(t));
  }
  const predictor = predictors + usize(order) * PREDICTOR_BYTES;
  for (; t < sampleCount; t += 4) {
    const own = shiftSum(predictor, filterSum(predictor, past + 4 * usize(t - 1), 4));
    whitenFour(values + 4 * usize(t), own, rightShift, fractionBits, output + 2 * usize(t));
  }
}

/** What is written behind the fourth is overwritten later, or is in the room behind the array. */
@inline
function whitenFour(
  values: usize, own: v128, rightShift: i32, fractionBits: i32, output: usize,
): void {
  const exact = i32x4.shr_s(i32x4.shl(v128.load(values), fractionBits), rightShift);
  const full = i32x4.sub(exact, own);
  const narrow = i16x8.narrow_i32x4_s(full, full);
  v128.store64_lane(output, i16x8.max_s(narrow, i16x8.splat(-32767)), 0);
}
