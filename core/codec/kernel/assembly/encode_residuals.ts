/**
 * AssemblyScript. rANS encoding of residuals.
 *
 * Forward once for scales, symbols and low bits, then backward once for the words. A state is divided by
 * a multiplication: for a state below frequency * 2^20 and a frequency below 2^12 the upper bits of its
 * product with ceil(2^44 / frequency) are the exact quotient, and the product stays below 2^64.
 *
 * @see core/chunk/FORMAT.md, "Symbols"
 */

import { startScale } from "./body_head";
import {
  argument, ARGUMENTS, BODY, BODY_BIT, BODY_BYTES_RESULT, CHUNK_SYMBOLS, CODED_COUNT, RESIDUALS,
  SAMPLE_COUNT, SCALES, START_INDEXES, STATES, SYMBOLS, WORDS, WORDS_BYTES_RESULT,
} from "./layout";

const STATE_MIN: u32 = 65536;
const ESCAPE: u32 = 63;

/** Writes the low bits behind the body's head, and the words. */
export function encodeResiduals(): void {
  const codedCount = argument(CODED_COUNT);
  const count = usize(codedCount) * usize(argument(SAMPLE_COUNT) - 1);
  const scales = usize(argument(SCALES));
  const starts = usize(argument(START_INDEXES));
  for (let c: usize = 0; c < usize(codedCount); c++) {
    store<i32>(scales + 4 * c, startScale(load<i32>(starts + 4 * c)));
  }
  chooseSymbols(count, usize(codedCount));
  writeWords(count);
}

function chooseSymbols(count: usize, codedCount: usize): void {
  const bodyBit = usize(argument(BODY_BIT));
  const body = usize(argument(BODY));
  const scales = usize(argument(SCALES));
  const scalesEnd = scales + 4 * codedCount;
  let to = body + (bodyBit >> 3);
  let held = u64(bodyBit & 7);
  let window: u64 = held == 0 ? 0 : u64(load<u8>(to)) >> (8 - held);
  let residuals = usize(argument(RESIDUALS));
  const residualsEnd = residuals + 4 * count;
  let symbols = usize(argument(CHUNK_SYMBOLS));
  while (residuals < residualsEnd) {
    for (let at = scales; at < scalesEnd; at += 4) {
      const residual = load<i32>(residuals);
      const scale = load<i32>(at);
      const exponent = 31 - clz(scale);
      const quarter = (scale >> (exponent - 2)) & 3;
      const table = exponent < 5
        ? 0
        : exponent <= 10
        ? 1 + 4 * (exponent - 5) + quarter
        : 25 + quarter;
      const lowBits = u64(max<i32>(0, exponent - 10));
      const middle = residual >> i32(lowBits);
      const code = u32((middle << 1) ^ (middle >> 31));
      let symbol = (u32(table) << 6) + min<u32>(code, ESCAPE);
      let value = u64(residual) & ((u64(1) << lowBits) - 1);
      let width = lowBits;
      if (code >= ESCAPE || load<u32>(SYMBOLS + 16 * usize(symbol), 8) == 0) {
        symbol = (u32(table) << 6) + ESCAPE;
        const whole = u32((residual << 1) ^ (residual >> 31));
        const length = max<u32>(1, 32 - clz(whole));
        value = (u64(length - 1) << length) | u64(whole);
        width = 5 + u64(length);
      }
      store<u16>(symbols, u16(symbol));
      // At most 31 bits are held and 37 come.
      if (width > 32) {
        window = (window << 5) | (value >> (width - 5));
        held += 5;
        width -= 5;
        value &= (u64(1) << width) - 1;
        if (held >= 32) {
          held -= 32;
          store<u32>(to, bswap<u32>(u32(window >> held)));
          to += 4;
        }
      }
      window = (window << width) | value;
      held += width;
      if (held >= 32) {
        held -= 32;
        store<u32>(to, bswap<u32>(u32(window >> held)));
        to += 4;
      }
      const magnitude = residual < 0 ? 0 - u32(residual) : u32(residual);
      store<i32>(at, scale + 16 * i32(min<u32>(magnitude, 0xfffff)) - (scale >> 5));
      residuals += 4;
      symbols += 2;
    }
  }
  if (held > 0) {
    store<u32>(to, bswap<u32>(u32(window << (32 - held))));
    to += usize((held + 7) >> 3);
  }
  store<u32>(ARGUMENTS + BODY_BYTES_RESULT, u32(to - body));
}

function writeWords(count: usize): void {
  const symbols = usize(argument(CHUNK_SYMBOLS));
  const words = usize(argument(WORDS));
  const states: usize = count >= 4096 ? 3 : 0;
  let to = words;
  for (let i: usize = 0; i <= states; i++) store<u32>(STATES + 4 * i, STATE_MIN);
  for (let i = count; i-- > 0;) {
    const symbol = SYMBOLS + 16 * usize(load<u16>(symbols + 2 * i));
    const frequency = load<u32>(symbol, 8);
    const stateAt = STATES + 4 * (i & states);
    let state = load<u32>(stateAt);
    const isFull = u32(state >= frequency << 20);
    store<u16>(to, u16(state));
    to += usize(isFull << 1);
    state >>= isFull << 4;
    const quotient = u32((u64(state) * load<u64>(symbol)) >> 44);
    // quotient * 4096 + state - quotient * frequency + start
    store<u32>(stateAt, state + quotient * (4096 - frequency) + load<u32>(symbol, 12));
  }
  if (count > 0) {
    for (let i = states + 1; i-- > 0;) {
      const state = load<u32>(STATES + 4 * i);
      store<u16>(to, u16(state));
      store<u16>(to + 2, u16(state >> 16));
      to += 4;
    }
  }
  store<u32>(ARGUMENTS + WORDS_BYTES_RESULT, u32(to - words));
}
