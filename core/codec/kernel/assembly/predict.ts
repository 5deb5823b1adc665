/**
 * AssemblyScript. Residuals from samples.
 *
 * The same sums as in restore.ts, without its chain: with the samples known, whitened values of a whole
 * time come first and the channels' sums after them.
 *
 * @see core/chunk/FORMAT.md, "Samples"
 */

import {
  adapt, addOctet, addPairs, choosePredictors, firstGroup, keepPast, openBlocks, predictionOf,
  shiftLanes, shiftRows, trendOf,
} from "./block";
import {
  argument, BLOCK_BYTES, BLOCK_LEFT_FACTORS, BLOCK_RIGHT_FACTORS, CHANNEL_COUNT, CHANNELS,
  CODED_COUNT, EXTREMES, GROUP_BLOCKS, GROUP_BYTES, GROUP_COEFFICIENTS, GROUP_OCTETS, LAGS_MAX,
  LOW_BITS, MAGNITUDES, MASKS, MODELS, OWN_ROW, PARTIAL_BYTES, PARTIALS, PAST, PAST_ROWS, POSITIONS, RESIDUALS,
  ROWS_MAX, SAMPLE_COUNT, SAMPLES, SET, SET_BLOCK_COUNT, SET_BLOCKS, SET_FRACTION_BITS,
  SET_GROUP_COUNT, SET_LAGS, SET_STEP, SPREAD, TAP_BYTES, TAPS, VALUE_ROWS, WHITENED, WHITENED_ROWS,
} from "./layout";

/** Minimum, maximum and differing bits of each channel of the stream. */
export function findExtremes(): void {
  const sampleCount = usize(argument(SAMPLE_COUNT));
  const channelCount = usize(argument(CHANNEL_COUNT));
  const extremes = usize(argument(EXTREMES));
  let at = usize(argument(SAMPLES));
  for (let c: usize = 0; c < channelCount; c++) {
    const end = at + 4 * sampleCount;
    const first = v128.load32_splat(at);
    let low = first;
    let high = first;
    let other = i32x4.splat(0);
    for (; at + 16 <= end; at += 16) {
      const four = v128.load(at);
      low = i32x4.min_s(low, four);
      high = i32x4.max_s(high, four);
      other = v128.or(other, v128.xor(first, four));
    }
    for (; at < end; at += 4) {
      const one = v128.load32_splat(at);
      low = i32x4.min_s(low, one);
      high = i32x4.max_s(high, one);
      other = v128.or(other, v128.xor(first, one));
    }
    low = i32x4.min_s(low, i64x2.shr_u(low, 32));
    high = i32x4.max_s(high, i64x2.shr_u(high, 32));
    store<i32>(
      extremes + 12 * c,
      min<i32>(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 2)),
    );
    store<i32>(
      extremes + 12 * c + 4,
      max<i32>(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 2)),
    );
    const both = i64x2.extract_lane(other, 0) | i64x2.extract_lane(other, 1);
    store<i32>(extremes + 12 * c + 8, i32(both) | i32(both >> 32));
  }
}

/** Fills residuals, whitened values and magnitudes of a chunk. */
export function predict(): void {
  const sampleCount = argument(SAMPLE_COUNT);
  const blockCount = usize(load<u32>(usize(argument(SET)) + SET_BLOCK_COUNT));
  openBlocks();
  memory.fill(usize(argument(MAGNITUDES)), 0, 32 * blockCount);
  memory.fill(usize(argument(VALUE_ROWS)), 0, 16 * blockCount * usize(ROWS_MAX));
  let residuals = usize(argument(RESIDUALS));
  // Writes the zeros of time 0; a chunk may have no other time.
  writeWhitened(1, 0);
  for (let t = 1; t < sampleCount; t += ROWS_MAX) {
    const rowCount = min<i32>(ROWS_MAX, sampleCount - t);
    readRows(t, rowCount, blockCount);
    predictRows(t, rowCount, residuals);
    writeWhitened(t, rowCount);
    keepPast(rowCount);
    residuals += 4 * usize(argument(CODED_COUNT)) * usize(rowCount);
  }
}

function predictRows(firstTime: i32, rowCount: i32, residuals: usize): void {
  const set = usize(argument(SET));
  const blockCount = usize(load<u32>(set + SET_BLOCK_COUNT));
  const lags = load<u32>(set + SET_LAGS);
  const fractionBits = load<i32>(set + SET_FRACTION_BITS);
  const stepSize = load<i32>(set + SET_STEP);
  const pastBytes = blockCount * 16;
  const step = i16x8.splat(i16(stepSize));
  const half = i32x4.splat(fractionBits == 0 ? 0 : 1 << (fractionBits - 1));
  const positions = usize(argument(POSITIONS));
  const codedCount = usize(argument(CODED_COUNT));
  const ownRow = usize(argument(OWN_ROW));
  let past = usize(argument(PAST_ROWS)) + usize(PAST) * pastBytes;
  let values = usize(argument(VALUE_ROWS));
  for (let t = firstTime; t < firstTime + rowCount; t++) {
    whitenRow(set, t, t - firstTime, past, values);
    let residualsAt = positions == 0 ? residuals : usize(argument(SPREAD));
    let rowsAt = usize(argument(WHITENED_ROWS));
    let valuesAt = values;
    let ownAt = ownRow;
    let tapsAt = usize(argument(TAPS));
    let masksAt = usize(argument(MASKS));
    let magnitudesAt = usize(argument(MAGNITUDES));
    let block = set + SET_BLOCKS;
    let group = firstGroup(set);
    for (let groups = load<u32>(set + SET_GROUP_COUNT); groups > 0; groups--) {
      let coefficients = set + usize(load<u32>(group, GROUP_COEFFICIENTS));
      const groupBlocks = usize(load<u32>(group, GROUP_BLOCKS));
      const rowBytes = usize(load<u32>(group, GROUP_OCTETS)) << 4;
      const row = rowsAt + usize(LAGS_MAX + t - firstTime) * rowBytes;
      const firstRow = row - usize(lags) * rowBytes;
      let waiting = i32x4.splat(0);
      for (let index: usize = 0; index < groupBlocks; index++) {
      const whitenedAt = row + (index << 3);
      let cross: v128;
      if ((index & 1) == 0) {
        cross = i32x4.splat(0);
        waiting = cross;
        for (let at = firstRow; at < whitenedAt; at += 16) {
          const eight = v128.load(at);
          cross = addOctet(cross, eight, coefficients);
          waiting = addOctet(waiting, eight, coefficients + 16);
          coefficients += 128;
        }
      } else {
        cross = addPairs(waiting, v128.load64_zero(whitenedAt - 8), coefficients);
        coefficients += 32;
      }
      const first = v128.load32_splat(whitenedAt);
      const second = v128.load32_splat(whitenedAt, 4);
      cross = i32x4.add(cross, i32x4.dot_i16x8_s(first, v128.load(coefficients)));
      cross = i32x4.add(cross, i32x4.dot_i16x8_s(first, v128.load(coefficients, 16)));
      cross = i32x4.add(cross, i32x4.dot_i16x8_s(second, v128.load(coefficients, 32)));
      coefficients += 48;
      const own = v128.load(ownAt);
      const value = v128.load(valuesAt);
      const others = shiftRows(block, cross);
      const nearTaps = v128.load(tapsAt);
      const farTaps = v128.load(tapsAt, 16);
      const near = v128.load(tapsAt, 32);
      const far = v128.load(tapsAt, 48);
      const trend = trendOf(nearTaps, farTaps, near, far);
      const sum = i32x4.add(i32x4.add(own, others), trend);
      const both = i32x4.add(i32x4.mul(sum, v128.load(block + BLOCK_LEFT_FACTORS)), half);
      const predicted = i32x4.shr_s(both, fractionBits);
      const residual = v128.and(i32x4.sub(value, predicted), v128.load(masksAt));
      v128.store(residualsAt, residual);
      const magnitude = i32x4.abs(residual);
      v128.store(
        magnitudesAt,
        i64x2.add(v128.load(magnitudesAt), i64x2.extend_low_i32x4_u(magnitude)),
      );
      v128.store(
        magnitudesAt,
        i64x2.add(v128.load(magnitudesAt, 16), i64x2.extend_high_i32x4_u(magnitude)),
        16,
      );
      if (stepSize != 0) {
        const factors = v128.load(block + BLOCK_RIGHT_FACTORS);
        const exact = shiftLanes(i32x4.shl(value, fractionBits), factors);
        const left = i32x4.sub(i32x4.sub(exact, own), others);
        adapt(tapsAt, step, residual, left, nearTaps, farTaps, near, far);
      }
      residualsAt += 16;
      valuesAt += 16;
      ownAt += 16;
      tapsAt += TAP_BYTES;
      masksAt += 16;
      magnitudesAt += 32;
      block += BLOCK_BYTES;
      }
      rowsAt += usize(LAGS_MAX + ROWS_MAX) * rowBytes;
      group += GROUP_BYTES;
    }
    if (positions != 0) gather(residuals, positions, codedCount);
    residuals += 4 * codedCount;
    past += pastBytes;
    values += pastBytes;
  }
}

/** Own predictions and whitened values of one time, and the row that later times look back to. */
function whitenRow(set: usize, t: i32, r: i32, past: usize, values: usize): void {
  const blockCount = usize(load<u32>(set + SET_BLOCK_COUNT));
  const fractionBits = load<i32>(set + SET_FRACTION_BITS);
  const pastBytes = blockCount * 16;
  const even = i32x4.splat(0xffff);
  let pastAt = past - pastBytes;
  let ownAt = usize(argument(OWN_ROW));
  let partialsAt = usize(argument(PARTIALS));
  let block = set + SET_BLOCKS;
  let rowsAt = usize(argument(WHITENED_ROWS));
  let group = firstGroup(set);
  choosePredictors(set, t);
  for (let groups = load<u32>(set + SET_GROUP_COUNT); groups > 0; groups--) {
    const groupBlocks = usize(load<u32>(group, GROUP_BLOCKS));
    const rowBytes = usize(load<u32>(group, GROUP_OCTETS)) << 4;
    let whitened = rowsAt + usize(LAGS_MAX + r) * rowBytes;
    for (let index: usize = 0; index < groupBlocks; index++) {
      const own = predictionOf(block, t, pastAt, pastBytes, partialsAt);
      const value = v128.load(values);
      const factors = v128.load(block, BLOCK_RIGHT_FACTORS);
      const exact = shiftLanes(i32x4.shl(value, fractionBits), factors);
      const full = i32x4.sub(exact, own);
      const small = shiftLanes(value, factors);
      v128.store(ownAt, own);
      v128.store64_lane(whitened, i16x8.narrow_i32x4_s(full, full), 0);
      const before = i32x4.shl(v128.load(pastAt), 16);
      v128.store(pastAt + pastBytes, v128.or(before, v128.and(small, even)));
      pastAt += 16;
      ownAt += 16;
      values += 16;
      whitened += 8;
      partialsAt += PARTIAL_BYTES;
      block += BLOCK_BYTES;
    }
    rowsAt += usize(LAGS_MAX + ROWS_MAX) * rowBytes;
    group += GROUP_BYTES;
  }
}

/** Columns of samples to rows of values; positions that are not coded keep their zeros. */
function readRows(firstTime: i32, rowCount: i32, blockCount: usize): void {
  const rowBytes = blockCount * 16;
  const sampleBytes = 4 * usize(argument(SAMPLE_COUNT));
  const samples = usize(argument(SAMPLES));
  const channels = usize(argument(CHANNELS));
  const rows = usize(argument(VALUE_ROWS));
  const lowBits = usize(argument(LOW_BITS));
  for (let position: usize = 0; position < 4 * blockCount; position++) {
    const channel = load<i32>(channels + 4 * position);
    if (channel < 0) continue;
    const first = samples + usize(channel) * sampleBytes;
    const base = i64(load<i32>(first));
    const shift = i64(load<i32>(lowBits + 4 * position));
    let from = first + 4 * usize(firstTime);
    let to = rows + 4 * position;
    for (let r = 0; r < rowCount; r++) {
      store<i32>(to, i32((i64(load<i32>(from)) - base) >> shift));
      from += 4;
      to += rowBytes;
    }
  }
}

/** Rows of whitened values to columns, by model channel. */
function writeWhitened(firstTime: i32, rowCount: i32): void {
  const sampleCount = usize(argument(SAMPLE_COUNT));
  const set = usize(argument(SET));
  const output = usize(argument(WHITENED)) + 2 * usize(firstTime);
  let models = usize(argument(MODELS));
  let rowsAt = usize(argument(WHITENED_ROWS));
  let group = firstGroup(set);
  for (let groups = load<u32>(set + SET_GROUP_COUNT); groups > 0; groups--) {
    const lanes = usize(load<u32>(group, GROUP_BLOCKS)) << 2;
    const rowBytes = usize(load<u32>(group, GROUP_OCTETS)) << 4;
    const rows = rowsAt + usize(LAGS_MAX) * rowBytes;
    for (let lane: usize = 0; lane < lanes; lane++) {
      const model = load<i32>(models + 4 * lane);
      if (model < 0) continue;
      let to = output + 2 * usize(model) * sampleCount;
      let from = rows + 2 * lane;
      if (firstTime == 1) store<i16>(to - 2, 0);
      for (let r = 0; r < rowCount; r++) {
        store<i16>(to, load<i16>(from));
        to += 2;
        from += rowBytes;
      }
    }
    models += 4 * lanes;
    rowsAt += usize(LAGS_MAX + ROWS_MAX) * rowBytes;
    group += GROUP_BYTES;
  }
}

function gather(residuals: usize, positions: usize, count: usize): void {
  const spread = usize(argument(SPREAD));
  for (let k: usize = 0; k < count; k++) {
    store<i32>(residuals + 4 * k, load<i32>(spread + 4 * usize(load<u32>(positions + 4 * k))));
  }
}
