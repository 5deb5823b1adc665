/**
 * AssemblyScript. rANS decoding: four states in the lanes of a vector, or one symbol at a time.
 *
 * Scales lie in one run as the symbols do: the scale of symbol i, once moved on by its residual, is that
 * of symbol i + (coded channels). With four states and at least four channels a vector of symbols takes
 * all its scales from one load. Hazard: words are loaded eight bytes at a time from behind and bits
 * eight at a time from the front; both cursors are checked before every load.
 *
 * @see core/chunk/FORMAT.md, "Symbols"
 */

import { bits, end, hasFailed, position, setPosition, unzigzag } from "./body_head";
import {
  escapes, exponentBias, exponentMask, exponentTen, floatOne, floatWhole, fortyFour, fortyThree, low12,
  magnitudeMax, mantissaMask, nineteen, one, reversal, ten, three,
} from "./constants";
import {
  argument, CODED_COUNT, CODES, LANES, PAYLOAD, PAYLOAD_BYTES, RESIDUALS, SCALES, SLOTS, STATES,
  WORD_SHUFFLES,
} from "./layout";

const STATE_MIN: u32 = 65536;
const ESCAPE: u32 = 63;

let payload: usize = 0;
/** Behind the next word. */
let words: usize = 0;
let stateCount: u32 = 0;
/** Symbols decoded so far. */
let done: u32 = 0;

/** Reads the states. */
export function openWords(symbolCount: u32): bool {
  payload = usize(argument(PAYLOAD));
  words = payload + usize(argument(PAYLOAD_BYTES));
  done = 0;
  stateCount = symbolCount == 0 ? 0 : symbolCount >= 4096 ? 4 : 1;
  for (let i: u32 = 0; i < stateCount; i++) {
    if (words < payload + 4) return false;
    words -= 4;
    const state = (u32(load<u16>(words + 2)) << 16) | u32(load<u16>(words));
    if (state < STATE_MIN) return false;
    store<u32>(STATES + 4 * usize(i), state);
  }
  return true;
}

/** Whether states, body and words ended where they must. */
export function hasMet(): bool {
  for (let i: u32 = 0; i < stateCount; i++) {
    if (load<u32>(STATES + 4 * usize(i)) != STATE_MIN) return false;
  }
  const bodyEnd = (position + 7) >> 3;
  if (bodyEnd != u64(words - payload)) return false;
  return bits(u32(8 * bodyEnd - position)) == 0 && !hasFailed;
}

/** The table of a scale. */
@inline
function tableOf(scale: i32): u32 {
  const exponent = 31 - clz(scale | 1);
  if (exponent < 5) return 0;
  const quarter = (scale >> (exponent - 2)) & 3;
  return exponent <= 10 ? 1 + 4 * (exponent - 5) + quarter : 25 + quarter;
}

/** Where the code of a slot is, from CODES on; its table is above the twelve bits of the slot. */
@inline
function codeOf(slot: u32): usize {
  return (usize(slot >> 4) & ~255) + (usize(load<u8>(usize(slot), SLOTS)) << 2);
}

@inline
function nextScale(scale: i32, residual: i32): i32 {
  const magnitude = residual < 0 ? 0 - u32(residual) : u32(residual);
  return scale + 16 * i32(min<u32>(magnitude, 0xfffff)) - (scale >> 5);
}

/** Decodes the next `count` symbols to the start of the residuals; false on a broken payload. */
export function decodeSymbols(count: u32): bool {
  const channelCount = u32(argument(CODED_COUNT));
  const byFour: u32 = stateCount == 4 && channelCount >= 4 ? count & ~3 : 0;
  if (!decodeByFour(byFour, 4 * usize(channelCount))) return false;
  const residuals = usize(argument(RESIDUALS));
  const scales = usize(argument(SCALES));
  const states = stateCount - 1;
  for (let i = byFour; i < count; i++) {
    const stateAt = STATES + 4 * usize((done + i) & states);
    const scale = load<i32>(scales + 4 * usize(i));
    let state = load<u32>(stateAt);
    const slot = state & 4095;
    const entry = load<u32>(codeOf(tableOf(scale) << 12 | slot), CODES);
    state = ((entry >> 6) & 4095) * (state >> 12) + slot - (entry >> 18);
    if (state < STATE_MIN) {
      if (words < payload + 2) return false;
      words -= 2;
      state = (state << 16) | u32(load<u16>(words));
    }
    store<u32>(stateAt, state);
    const residual = residualOf(entry & 63, scale);
    if (hasFailed) return false;
    store<i32>(residuals + 4 * usize(i), residual);
    store<i32>(scales + 4 * usize(i + channelCount), nextScale(scale, residual));
  }
  done += count;
  // The scales of the last time are those that the next symbols begin with.
  memory.copy(scales, scales + 4 * usize(count), 4 * usize(channelCount));
  return true;
}

function residualOf(symbol: u32, scale: i32): i32 {
  if (symbol == ESCAPE) return unzigzag(bits(bits(5) + 1));
  const lowBits = u32(max<i32>(0, 21 - clz(scale)));
  return (unzigzag(symbol) << lowBits) | i32(bits(lowBits));
}

function decodeByFour(count: u32, channelBytes: usize): bool {
  if (count == 0) return true;
  let residuals = usize(argument(RESIDUALS));
  let scales = usize(argument(SCALES));
  const scalesEnd = scales + 4 * usize(count);
  const firstByte = payload;
  const bitEnd = end;
  let at = position;
  let wordsAt = words;
  let x = v128.load(STATES);
  for (; scales < scalesEnd; scales += 16) {
    const a = v128.load(scales);
    // The upper bits of a number as a float are 4 x exponent + quarter; clearing what lies eight below a
    // set bit keeps rounding from reaching them.
    const float = f32x4.convert_i32x4_s(v128.andnot(a, i32x4.shr_u(a, 8)));
    const size = i32x4.sub(i32x4.shr_u(float, 21), exponentBias());
    const quarter = i32x4.add(v128.and(size, three()), fortyFour());
    const table = i32x4.max_s(
      i32x4.sub(i32x4.min_s(size, quarter), nineteen()),
      i32x4.splat(0),
    );
    const slot = v128.and(x, low12());
    const address = v128.or(i32x4.shl(table, 12), slot);
    let entry = v128.load32_zero(codeOf(i32x4.extract_lane(address, 0)), CODES);
    entry = v128.load32_lane(codeOf(i32x4.extract_lane(address, 1)), entry, 1, CODES);
    entry = v128.load32_lane(codeOf(i32x4.extract_lane(address, 2)), entry, 2, CODES);
    entry = v128.load32_lane(codeOf(i32x4.extract_lane(address, 3)), entry, 3, CODES);

    const frequency = v128.and(i32x4.shr_u(entry, 6), low12());
    const bias = i32x4.sub(slot, i32x4.shr_u(entry, 18));
    x = i32x4.add(i32x4.mul(frequency, i32x4.shr_u(x, 12)), bias);
    const isLow = i32x4.eq(i32x4.shr_u(x, 16), i32x4.splat(0));
    const which = i32x4.bitmask(isLow);
    const waiting = v128.load64_zero(wordsAt - 8);
    const arriving = i8x16.swizzle(waiting, v128.load(WORD_SHUFFLES + (usize(which) << 4)));
    x = v128.or(v128.bitselect(i32x4.shl(x, 16), x, isLow), arriving);
    wordsAt -= usize(popcnt(which)) << 1;
    if (wordsAt < firstByte) return false;

    const symbol = v128.and(entry, escapes());
    const sign = i32x4.neg(v128.and(symbol, one()));
    let residual = v128.xor(i32x4.shr_u(symbol, 1), sign);
    const isEscape = i32x4.eq(symbol, escapes());
    const hasLowBits = i32x4.gt_s(size, fortyThree());
    if (v128.any_true(v128.or(isEscape, hasLowBits))) {
      const widths = i32x4.max_s(
        i32x4.sub(i32x4.shr_s(size, 2), ten()),
        i32x4.splat(0),
      );
      const halves = i16x8.narrow_i32x4_s(widths, widths);
      const packed = i32x4.extract_lane(i8x16.narrow_i16x8_s(halves, halves), 0);
      // Byte i: low bits of the symbols up to i.
      const ends = u32(packed) * 0x01010101;
      if (ends >> 24 <= 57 && !v128.any_true(isEscape)) {
        if (at > bitEnd) return false;
        const bytes = i8x16.swizzle(v128.load64_zero(firstByte + usize(at >> 3)), reversal());
        const window = u64(i64x2.extract_lane(bytes, 0)) << (at & 7);
        let low = i32x4.splat(i32(window >> u64(0 - ends)));
        low = i32x4.replace_lane(low, 1, i32(window >> u64(0 - (ends >> 8))));
        low = i32x4.replace_lane(low, 2, i32(window >> u64(0 - (ends >> 16))));
        low = i32x4.replace_lane(low, 3, i32(window >> u64(0 - (ends >> 24))));
        // 2^width, out of the exponent: 2^23 + f holds f in its low bits.
        const power = f32x4.pmax(
          i32x4.sub(v128.and(float, exponentMask()), exponentTen()),
          floatOne(),
        );
        const factor = v128.and(f32x4.add(power, floatWhole()), mantissaMask());
        const mask = i32x4.sub(factor, one());
        residual = v128.or(i32x4.mul(residual, factor), v128.and(low, mask));
        at += u64(ends >> 24);
      } else {
        setPosition(at);
        v128.store(LANES, symbol);
        for (let lane: usize = 0; lane < 16; lane += 4) {
          const scale = load<i32>(scales + lane);
          store<i32>(LANES + lane, residualOf(load<u32>(LANES + lane), scale));
        }
        if (hasFailed) return false;
        at = position;
        residual = v128.load(LANES);
      }
    }
    v128.store(residuals, residual);
    residuals += 16;
    const magnitude = i32x4.min_u(i32x4.abs(residual), magnitudeMax());
    const grown = i32x4.add(a, i32x4.shl(magnitude, 4));
    v128.store(scales + channelBytes, i32x4.sub(grown, i32x4.shr_s(a, 5)));
  }
  if (at > bitEnd) return false;
  setPosition(at);
  words = wordsAt;
  v128.store(STATES, x);
  return true;
}
